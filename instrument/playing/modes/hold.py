"""Holding: the keys that are down limit what is composed, from the next bar on that is not announced.

As pitch classes or as a range, as set. With no key down there is no limit. The sustain pedal holds keys as it
would hold their sound.
"""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.midi_messages import RESET, SUSTAIN, channel_of
from instrument.controls.snapshot import Snapshot
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.play_mode import ModeResult, PlayMode, note_of
from instrument.playing.schedule.scheduler import Scheduler

Key = tuple[str, int, int]  #: input, channel 1..16, key


class Hold(PlayMode):
    """Play mode "hold": held keys limit what is composed. thread: the player's. blocks: never."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._down: set[Key] = set()
        self._lifted: set[Key] = set()  # while their pedal was down
        self._pedals: set[tuple[str, int]] = set()  # input and channel of each that is down

    @property
    def held(self) -> tuple[int, ...]:
        """The keys that limit, lowest first."""
        return tuple(sorted({pitch for _, _, pitch in self._down}))

    def end(self, now: float) -> list[Message]:
        self._down.clear()
        self._lifted.clear()
        self._pedals.clear()
        return []

    def hear(self, heard: ReceivedMidi) -> ModeResult:
        before = self.held
        note = note_of(heard)
        if note is not None:
            self._note((heard.port, channel_of(heard.data), note[0]), note[1] > 0)
        elif (said := heard.message) is not None and said.kind == "control" and said.number in (SUSTAIN, RESET):
            self._tread((heard.port, said.channel), said.number == SUSTAIN and said.value >= 64)
        return ModeResult(ask=self.held != before)

    def unhear(self, port: str, now: float, channel: int | None = None, pedals: bool = True) -> ModeResult:
        before = self.held
        for key in [key for key in self._down if key[0] == port and channel in (None, key[1])]:
            self._note(key, False)
        for pedal in list(self._pedals) if pedals else ():
            if pedal[0] == port and channel in (None, pedal[1]):
                self._tread(pedal, False)
        return ModeResult(ask=self.held != before)

    def over(self, snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, held=self.held)

    def _note(self, key: Key, struck: bool) -> None:
        if struck:
            self._down.add(key)
            self._lifted.discard(key)
        elif key[:2] in self._pedals and key in self._down:
            self._lifted.add(key)
        else:
            self._down.discard(key)

    def _tread(self, pedal: tuple[str, int], down: bool) -> None:
        (self._pedals.add if down else self._pedals.discard)(pedal)
        if not down:
            let_go = {key for key in self._lifted if key[:2] == pedal}
            self._down -= let_go
            self._lifted -= let_go
