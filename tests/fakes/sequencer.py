"""A sequencer that others wrote, in virtual time: what it sends, to the millisecond, and what of ours then sounds."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.ticks import QUARTER
from instrument.playing.messages import PlayerSetup
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.turn import Entry, Exits
from instrument.ports.midi.output import WHOLE
from tests.fakes.balance import balance
from tests.fakes.band import BAR, ROUTES, bar_of

START, CONTINUE, STOP, CLOCK = b"\xfa", b"\xfb", b"\xfc", b"\xf8"
LEAD, TURN = 0.02, 0.002


def position(sixteenths: int) -> bytes:
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))


def bar(number: int) -> bytes:
    """The position of a bar, from 1, as people count."""
    return position((number - 1) * 16)


class Tape:
    """What a sequencer sends, as it goes: moments in seconds, beginning at `at`."""

    def __init__(self, bpm: float = 120.0, at: float = 10.0, jitter: float = 0.0, seed: int = 0) -> None:
        self.sent: list[tuple[float, bytes]] = []
        self.bpm, self.at, self.jitter = bpm, at, jitter
        self._rng = random.Random(seed)

    def send(self, *messages: bytes) -> Tape:
        """At once, between two clocks."""
        self.sent += [(self.at, message) for message in messages]
        return self

    def clocks(self, number: int) -> Tape:
        for _ in range(number):
            self.sent.append((self.at + self._rng.gauss(0, self.jitter) if self.jitter else self.at, CLOCK))
            self.at += 60 / self.bpm / 24
        return self

    def beats(self, number: float) -> Tape:
        return self.clocks(round(number * 24))

    def wait(self, seconds: float) -> Tape:
        """Nothing is sent."""
        self.at += seconds
        return self

    def heard(self) -> Iterator[ReceivedMidi]:
        """In the order of arrival: a cable keeps the order of sending."""
        now = 0.0
        for at, data in self.sent:
            now = max(now, at)
            yield ReceivedMidi(now, "band", data)


class Stand:
    """A performance with bars that can be told from each other: bar n (from 1) is four times the pitch 30 + n."""

    def __init__(self, bars: int = 64, **controls: Value) -> None:
        named = [(name.replace("__", "."), value) for name, value in controls.items()]
        snapshot = Snapshot().with_values([("clock.source", "midi"), ("search.commit", 1.0), *named])
        opening = tuple(bar_of(*(31 + n,) * 4, start=n * BAR) for n in range(bars))
        voices = {name: (route.channel, route.program) for name, route in ROUTES.items()}
        self.performance = Performance(PlayerSetup(snapshot, opening, voices, {}), ["out"], LEAD)
        self.player = self.performance.player
        self.now = 0.0
        self._heard: dict[int, int] = {}  # of each tape
        self.messages: list[Message] = []
        self.told: list[object] = []
        self._held: list[Message] = []

    def listen(self, tape: Tape, beyond: float = 0.0) -> Stand:
        """Hear a tape to its end, from where it was heard before, and so many seconds beyond it."""
        heard = self._heard.get(id(tape), 0)
        coming = deque(list(tape.heard())[heard:])
        self._heard[id(tape)] = heard + len(coming)
        end = max(tape.at, coming[-1].at if coming else 0.0) + beyond
        while self.now < end:
            self.now += TURN
            arrived = []
            while coming and coming[0].at <= self.now:
                arrived.append(coming.popleft())
            self._leave(self.performance.turn(self.now, arrived))
        return self

    def enter(self, *entries: Entry) -> Stand:
        """Something else comes in, now."""
        self._leave(self.performance.turn(self.now, entries))
        return self

    def wait(self, seconds: float) -> Stand:
        """Nothing comes in."""
        return self.listen(Tape(at=self.now), seconds)

    def close(self) -> None:
        self._leave(self.performance.close(self.now))

    def _leave(self, exits: Exits) -> None:
        """What a port does: holds messages back until they are due."""
        self.told += exits.told
        for one in exits.out:
            if isinstance(one, Silence):
                down = set(balance(self.messages))
                offs = [*(m for m in self._held if m.kind == "off"), *one.offs]
                kept = [m for m in self._held if m.kind in WHOLE]
                self._held = [*kept, *{k: m for m in offs if (k := (m.port, m.channel, m.number)) in down}.values()]
            else:
                self._held.append(one)
        due = [m for m in self._held if m.due <= self.now]
        self._held = [m for m in self._held if m.due > self.now]
        self.messages += sorted(due, key=lambda m: m.due)

    def notes(self, since: float = 0.0) -> list[tuple[float, int]]:
        """(seconds, bar) of each note that was struck."""
        return [(m.due, m.number - 30) for m in self.messages if m.kind == "on" and m.due >= since]

    @property
    def bar(self) -> float:
        """Where the music is: 9.0 at the beginning of bar 9."""
        return self.player.scheduler.tick(self.now) / (4 * QUARTER) + 1

    def reading(self, name: str) -> Value:
        return self.player.time.readings(self.now)[name]
