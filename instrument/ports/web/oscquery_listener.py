"""An OSCQuery client on a WebSocket: hears what it listens to, and sends OSC in binary frames.

It hears a value at once and whenever it changes, but not what it has just set itself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from pythonosc.osc_message_builder import build_msg
from websockets.asyncio.server import ServerConnection

from instrument.controls.control import Value
from instrument.ports.osc.request import Set, value_at
from instrument.ports.osc.socket import Client
from instrument.ports.web import oscquery

PACE = 0.05  #: seconds a message to one page costs: 20 a second in the long run
AT_ONCE = 3  #: messages that may go out one upon another after a pause, so that a single move is seen at once
QUIET = 0.3  #: seconds in which a client does not hear of what it has set
MOST = 512  #: replies that wait to be sent

Obey = Callable[[bytes, Client, Callable[[bytes], bool]], list[Set]]  #: OSC, whose, and how to answer -> what it set


class Listener:
    """OSCQuery client on a WebSocket. thread: the server's."""

    def __init__(self, connection: ServerConnection, get: oscquery.Get, obey: Obey, event: asyncio.Event) -> None:
        """event: is set whenever something is new."""
        self._connection, self._get, self._obey, self._event = connection, get, obey, event
        self._known: dict[str, Value | None] = {}  # by address that is listened to
        self._held: dict[str, float] = {}  # by address: until when it is not told
        self._loop = asyncio.get_running_loop()
        self._replies: asyncio.Queue[bytes] = asyncio.Queue()

    def doing(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """All that is done at once, until one of it ends."""
        return self._values(), self._answers(), self._commands()

    async def _values(self) -> None:
        pace = ListenerPace()
        while True:
            await self._event.wait()
            self._event.clear()
            for address, old in list(self._known.items()):
                value = oscquery.value_of(address, self._get)
                if self._held.get(address, 0.0) > self._loop.time():
                    continue
                if (old is None or value != old) and address in self._known:
                    self._known[address] = value
                    await self._connection.send(build_msg(address, [value]).dgram)
            await pace.spend()

    async def _answers(self) -> None:
        while True:
            await self._connection.send(await self._replies.get())

    async def _commands(self) -> None:
        async for data in self._connection:
            if isinstance(data, bytes):
                self._frame(data)
                continue
            with suppress(ValueError, RecursionError):
                command = oscquery.listened(json.loads(data))
                if command and command[0] == "LISTEN":
                    self._known.setdefault(command[1], None)
                    self._event.set()
                elif command:
                    self._known.pop(command[1], None)

    def _frame(self, data: bytes) -> None:
        """OSC: obeyed, and its answers sent back as they come, now or at their time."""
        for change in self._obey(data, self._connection.remote_address, self._send):
            self._held[change.address] = self._loop.time() + QUIET
            if change.address in self._known and not change.said:
                self._known[change.address] = value_at(change.address, change.value)
            self._loop.call_later(QUIET + 0.01, self._event.set)

    def _send(self, data: bytes) -> bool:
        """Send back. thread: any. False where too much waits already."""
        if self._replies.qsize() >= MOST:
            return False
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._replies.put_nowait, data)
        return True


class ListenerPace:
    """How long to wait after each message, so that no page gets more than it should. thread: the server's."""

    def __init__(self) -> None:
        self._credit, self._last = float(AT_ONCE), 0.0

    async def spend(self) -> None:
        """One message has gone out: wait until the next may. Not at all while there is credit from quiet times."""
        now = asyncio.get_running_loop().time()
        self._credit = min(float(AT_ONCE), self._credit + (now - self._last) / PACE) - 1
        self._last = now
        if self._credit < 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), -self._credit * PACE)
