"""MIDI in: whatever arrives is stamped with the player's clock and put in an inbox, from which the player takes it.

The stamp is made in the library's own callback, because what the library says of time cannot be relied on. The callback
does nothing else: what a message means is decided where the music is.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from typing import Any

from instrument.controls.midi_messages import ENDING, RESET, SYSEX, decode, encode
from instrument.playing.messages import Released
from instrument.playing.midi.machine_control import is_machine_control
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.time.clock import Bell, Clock, whole
from instrument.ports.midi import system
from instrument.ports.midi.output import close_wire
from instrument.ports.midi.system import CLIENT, IN
from instrument.ports.system.outbox import alike, newest
from instrument.ports.system.ration import Ration

FULLEST = 4096  #: messages waiting; the player empties it every few milliseconds
CROWDED = 64  #: messages taken at once, from which on knobs count by their newest value only
SENSING, CLOCK = (bytes(encode(kind)) for kind in ("sensing", "clock"))
CLOCKS, BURST = 500.0, 500.0  #: a second, three times those of the fastest tempo; at once, after a stall
SENSED = 0.5  #: seconds without a message after which an input that sends active sensing has fallen silent


class Inbox:
    """What has arrived at all inputs and was not yet taken. `take` is the player's; `put` any thread's.

    A full one still takes what ends a note or moves the music, up to as much again, and of each knob the newest; an
    input from which even that is lost is let go of whole.
    """

    def __init__(self, clock: Clock, bell: Bell) -> None:
        """bell: is rung when something has come in, so that whoever sleeps by it wakes and takes it."""
        self.dropped = 0  #: messages that found it full
        self._clock, self._bell = clock, bell
        self._lock = threading.Lock()
        self._waiting: list[ReceivedMidi] = []
        self._knobs: dict[Hashable, ReceivedMidi] = {}  # that found it full
        self._lost: set[str] = set()  # inputs from which what must not be lost was lost

    def now(self) -> float:
        """Seconds on the player's clock."""
        return self._clock.now()

    def put(self, port: str, data: bytes, at: float | None = None) -> None:
        """at: seconds, where whoever heard it knows better than now. blocks: never."""
        if not data:
            return
        heard = ReceivedMidi(whole(self._clock.now() if at is None else at), port, data)
        with self._lock:
            first = not self._waiting
            if len(self._waiting) < FULLEST:
                self._waiting.append(heard)
            else:
                self._crowd(heard)
        if first:
            self._bell.ring()

    def take(self) -> list[ReceivedMidi | Released]:
        """All that waits, in the order of arrival. blocks: never."""
        with self._lock:
            taken, self._waiting = [*self._waiting, *self._knobs.values()], []
            self._knobs = {}
            lost, self._lost = sorted(self._lost), set()
        return [*(newest(taken) if len(taken) > CROWDED else taken), *map(Released, lost)]

    def _crowd(self, heard: ReceivedMidi) -> None:
        """There is no room for it, unless it is of those that must be heard."""
        key = alike(heard)
        if key is not None:
            self.dropped += key in self._knobs
            self._knobs[key] = heard
        elif not (heard.transport or _ends(heard.data)):
            self.dropped += 1
        elif len(self._waiting) < 2 * FULLEST:
            self._waiting.append(heard)
        else:
            self.dropped += 1
            self._lost.add(heard.port)


def _ends(data: bytes) -> bool:
    """Whether it lets go of keys."""
    said = decode(data)
    return said is not None and (said.kind == "off" or (said.kind == "control" and said.number in (RESET, *ENDING)))


class MidiInput:
    """A port that feeds an inbox. name: the rig's; whole: the system's; wire: its client. thread: the player's."""

    def __init__(self, wire: Any, name: str, whole: str, inbox: Inbox, also: Sequence[str] = ()) -> None:
        """wire: None for one that is not there yet; also: other ports that might have been meant."""
        self.name, self.whole, self.also = name, whole, tuple(also)
        self.wire: Any = None
        self.there = False
        self._inbox = inbox
        self._clocks = Ration(CLOCKS, BURST)  # what is beyond is no tempo, and is passed over
        self._sensed: float | None = None  # when it last gave a sign, where it sends active sensing
        system.opened(IN, self)
        if wire is not None:
            self.take_up(wire, whole)

    def lose(self) -> None:
        """It has gone: nothing is heard from it."""
        self.there, self._sensed = False, None

    def silent(self, now: float) -> bool:
        """Whether its active sensing has stopped: True once."""
        if self._sensed is None or now - self._sensed <= SENSED:
            return False
        self._sensed = None
        return True

    def take_up(self, wire: Any, whole: str) -> None:
        """It is there, by this client."""
        if wire is not self.wire:
            wire.ignore_types(sysex=False, timing=False, active_sense=False)
            if hasattr(wire, "set_timed"):  # it says when
                wire.set_timed(self._hear_at)
            else:
                wire.set_callback(self._hear)
        self.wire, self.whole, self.there = wire, whole, True

    def close(self) -> None:
        """Stop hearing. Safe to call twice. blocks: 1 s at most."""
        there, self.there = self.there, False
        if there:
            self.wire.cancel_callback()  # first: closing with a callback in flight crashes in some drivers
            close_wire(self.wire, self.name)

    def _hear(self, event: tuple[list[int], float], _: object = None) -> None:
        self._hear_at(bytes(event[0]), None)

    def _hear_at(self, data: bytes, at: float | None) -> None:
        if not self.there:
            return
        if self._sensed is not None or data == SENSING:
            self._sensed = self._inbox.now()
        if data == CLOCK and not self._clocks.take(self._inbox.now() if at is None else at):
            return
        if data != SENSING and (data[:1] != bytes([SYSEX]) or is_machine_control(data)):
            self._inbox.put(self.name, data, at)


def open_input(name: str, part: str | None, inbox: Inbox) -> MidiInput:
    """An input by part of its name, or (None) one of our own that others connect to. Raises NoMidi, one line."""
    if part is None:
        return MidiInput(system.open_own(IN, f"{CLIENT} in", name), name, f"{CLIENT} in (virtual)", inbox)
    wire, whole, also = system.open_named(IN, part, f"{CLIENT} in", name)
    return MidiInput(wire, name, whole, inbox, also)
