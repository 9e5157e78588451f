"""MIDI in: whatever arrives is stamped with the player's clock and put in an inbox, from which the player takes it.

The stamp is made in the library's own callback, because what the library says of time cannot be relied on. The callback
does nothing else: what a message means is decided where the music is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from instrument.playing.clock import Bell, Clock, whole
from instrument.playing.heard import Heard
from instrument.playing.machine_control import is_machine_control
from instrument.ports import midi_system
from instrument.ports.midi import close_wire
from instrument.ports.midi_system import CLIENT, IN

SENSING, SYSEX = b"\xfe", b"\xf0"
FULLEST = 4096  #: messages waiting; the player empties it every few milliseconds


class Inbox:
    """What has arrived at all inputs and was not yet taken. `take` is the player's; `put` any thread's."""

    def __init__(self, clock: Clock, bell: Bell) -> None:
        """bell: is rung for every message, so that whoever sleeps by it wakes."""
        self.dropped = 0  #: messages that found it full
        self._clock, self._bell = clock, bell
        self._waiting: deque[Heard] = deque()

    def put(self, port: str, data: bytes, at: float | None = None) -> None:
        """at: seconds, where whoever heard it knows better than now. blocks: never."""
        if not data:
            return
        if len(self._waiting) >= FULLEST:
            self.dropped += 1
            return
        self._waiting.append(Heard(whole(self._clock.now() if at is None else at), port, data))
        self._bell.ring()

    def take(self) -> list[Heard]:
        """All that waits, in the order of arrival. blocks: never."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]


class MidiInput:
    """A port that feeds an inbox. name: the rig's; whole: the system's; wire: its client. thread: the player's."""

    def __init__(self, wire: Any, name: str, whole: str, inbox: Inbox, also: Sequence[str] = ()) -> None:
        """wire: None for one that is not there yet; also: other ports that might have been meant."""
        self.name, self.whole, self.also = name, whole, tuple(also)
        self.wire: Any = None
        self.there = False
        self._inbox = inbox
        midi_system.opened(IN, self)
        if wire is not None:
            self.take_up(wire, whole)

    def lose(self) -> None:
        """It has gone: nothing is heard from it."""
        self.there = False

    def take_up(self, wire: Any, whole: str) -> None:
        """It is there, by this client."""
        if wire is not self.wire:
            wire.ignore_types(sysex=False, timing=False, active_sense=True)
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
        data = bytes(event[0])
        if self.there and (data[:1] != SYSEX or is_machine_control(data)):
            self._inbox.put(self.name, data)

    def _hear_at(self, data: bytes, at: float) -> None:
        if self.there and data[:1] != SENSING and (data[:1] != SYSEX or is_machine_control(data)):
            self._inbox.put(self.name, data, at)


def open_input(name: str, part: str | None, inbox: Inbox) -> MidiInput:
    """An input by part of its name, or (None) one of our own that others connect to. Raises NoMidi, one line."""
    if part is None:
        return MidiInput(midi_system.open_own(IN, f"{CLIENT} in", name), name, f"{CLIENT} in (virtual)", inbox)
    wire, whole, also = midi_system.open_named(IN, part, f"{CLIENT} in", name)
    return MidiInput(wire, name, whole, inbox, also)
