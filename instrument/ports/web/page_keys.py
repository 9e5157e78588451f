"""Keys of one open page: what is played on it, or on MIDI devices of the machine that shows it, as an input "page N".

On a line of its own, beside `/live`, so that no score stands before a key. JSON, from the page:
    {"m": [status, number, value], "t": ms}   a channel message, with the page's own time of the touch
    {"tap": ms}, {"off": 1}, {"listen": true}  tap tempo; let go of all that is held; send what sounds
    {"a": number, "t": ms}                    the answer to an asking
To the page: {"page": N} first, then {"ask": number, "late": ms} several times a second, and, to a page that listens,
    {"n": number, "s": [[ms, voice, pitch, velocity], ...]}   what sounds when, by the page's own clock; a number that
                                              is missing says that something was lost; with "b": [[ms, voice, pitch,
                                              "bend" or "pressure", semitones or 0..127], ...] where notes are moved
A page that floods is heard as far as its share goes; what lets go of a key is always heard. When the line breaks, or
the page answers no more, every key that it held is let go.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

from websockets.asyncio.server import ServerConnection

from instrument.playing.messages import Sounding
from instrument.ports.network.note_router import NoteRouter
from instrument.ports.system.ration import Ration
from instrument.ports.web.page_clock import PageClock

RATE, BURST = 400.0, 200.0  #: messages of a page a second, and at once
NONSENSE = 50  #: messages that make no sense, or are beyond its share, a second, before the line is closed
ASKS = 0.5  #: seconds between two askings
FIRST = (0.01, 0.05, 0.05, 0.1, 0.1, 0.2)  #: seconds before each of the first
WAITING = 512  #: what sounds and was not yet sent to the page
PEDALS = (64, 66, 67)


class PageKeys:
    """Keys of one open page. thread: the server's, but for `heard`. No network, no time."""

    def __init__(self, number: int, put: Callable[[tuple[Any, ...]], object], tap: Callable[[float], object]) -> None:
        """number: of the page; put: to the player; tap: a beat of the tempo at that moment (seconds on our clock)."""
        self.port, self._put, self._tap = f"page {number}", put, tap
        self.clock = PageClock()
        self.listens = False
        self._down: set[tuple[int, int, int]] = set()  # keys and pedals that are down
        self._ration, self._patience = Ration(RATE, BURST), Ration(NONSENSE, 4 * NONSENSE)
        self._sounding: deque[Sounding] = deque(maxlen=WAITING)

    def hear(self, message: object, now: float) -> None:
        """What the page sent. Raises ValueError, one line, for a page that is to be let go."""
        if not self._heard(message, now) and not self._patience.take(now):
            raise ValueError("too much of what is no playing; the page's line is closed")

    def _heard(self, message: object, now: float) -> bool:
        if not isinstance(message, dict):
            return False
        at = self._seconds(message.get("t"))
        if type(message.get("a")) is int and at is not None:
            self._put(("sign", self.port))
            self.clock.answered(message["a"], at, now)
        elif "m" in message:
            return self._played(message["m"], at, now)
        elif "tap" in message:
            if not self._ration.take(now):
                return False
            self._tap(self.clock.moment(self._seconds(message["tap"]), now))
        elif "off" in message:
            self._down.clear()
            self._put(("gone", self.port))
        elif "listen" in message:
            self.listens = message["listen"] is True
            self._sounding.clear()
        else:
            return False
        return True

    def _played(self, data: object, at: float | None, now: float) -> bool:
        """A channel message: what lets go is heard if it was held, anything else as far as the page's share goes."""
        if not (isinstance(data, list) and 2 <= len(data) <= 3 and all(type(one) is int for one in data)):
            return False
        kind, channel = data[0] & 0xF0, data[0] & 15
        if not (0x80 <= data[0] < 0xF0 and all(0 <= one < 128 for one in data[1:])):
            return False
        if len(data) != (2 if kind in (0xC0, 0xD0) else 3):
            return False
        pedal = kind == 0xB0 and data[1] in PEDALS
        key = (channel, 1 if pedal else 0, data[1])
        ends = kind == 0x80 or (kind == 0x90 and not data[2]) or (pedal and data[2] < 64)
        if ends and key not in self._down:
            return True
        if not ends and not self._ration.take(now):
            return False
        if ends:
            self._down.discard(key)
        elif kind == 0x90 or pedal:
            self._down.add(key)
        self._put(("midi", self.port, self.clock.moment(at, now), bytes(data), 0.0))
        return True

    def ask(self, now: float) -> dict[str, Any]:
        """What the page is asked, and how late it is (milliseconds)."""
        return {"ask": self.clock.ask(now), "late": round(self.clock.late * 1000, 1)}

    def heard(self, sounding: Sounding) -> None:
        """What sounds. thread: any."""
        self._sounding.append(sounding)

    def news(self) -> list[dict[str, Any]]:
        """What sounds and was not told yet, by the page's clock."""
        found = []
        while self._sounding:
            one = self._sounding.popleft()
            notes = [[round(self.clock.theirs(at) * 1000, 2), *rest] for at, *rest in one.notes]
            told: dict[str, Any] = {"n": one.number, "s": notes}
            if one.moves:
                told["b"] = [[round(self.clock.theirs(at) * 1000, 2), *rest] for at, *rest in one.moves]
            found.append(told)
        return found

    @staticmethod
    def _seconds(given: object) -> float | None:
        """Milliseconds of the page's as seconds; None for what is no time."""
        if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) < 1e12:
            return None
        return given / 1000


async def play_along(
    connection: ServerConnection, router: NoteRouter, tap: Callable[[float], object], now: Callable[[], float]
) -> None:
    """Serve one page's keys until it goes. thread: the server's. now: seconds on the machine's clock."""
    number = router.open_page()
    page, loop, news = PageKeys(number, router.put, tap), asyncio.get_running_loop(), asyncio.Event()

    def hear(sounding: Sounding) -> None:
        page.heard(sounding)
        loop.call_soon_threadsafe(news.set)

    async def listen() -> None:
        async for data in connection:
            was = page.listens
            try:
                message = json.loads(data)
            except (ValueError, RecursionError):
                message = None
            page.hear(message, now())
            if page.listens != was:
                router.listen(number, hear if page.listens else None)

    async def ask() -> None:
        for pause in chain(FIRST, repeat(ASKS)):
            with suppress(TimeoutError):
                await asyncio.wait_for(connection.wait_closed(), pause)
            await connection.send(json.dumps(page.ask(now())))

    async def tell() -> None:
        while True:
            await news.wait()
            news.clear()
            for one in page.news():
                await connection.send(json.dumps(one))

    tasks = list[asyncio.Task[None]]()
    try:
        await connection.send(json.dumps({"page": number}))
        tasks += [asyncio.create_task(work()) for work in (listen, ask, tell)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        router.close_page(number)  # first: whatever hangs below, its keys are let go
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
