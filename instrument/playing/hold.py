"""Holding: the keys that are down limit what is composed, from the next bar on that is not announced.

As pitch classes or as a range, as set. With no key down there is no limit. The sustain pedal holds keys as it
would hold their sound.
"""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.playing.heard import Heard
from instrument.playing.message import Message
from instrument.playing.scheduler import Scheduler
from instrument.playing.way import Played, Way, note_of

PEDAL = 64  #: controller

Key = tuple[str, int, int]  #: input, channel 0..15, key


class Hold(Way):
    """thread: the player's. blocks: never."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._down: set[Key] = set()
        self._lifted: set[Key] = set()  # while the pedal was down
        self._pedal = False

    @property
    def held(self) -> tuple[int, ...]:
        """The keys that limit, lowest first."""
        return tuple(sorted({pitch for _, _, pitch in self._down}))

    def end(self, now: float) -> list[Message]:
        self._down.clear()
        self._lifted.clear()
        self._pedal = False
        return []

    def hear(self, heard: Heard) -> Played:
        before = self.held
        note = note_of(heard)
        if note is not None:
            self._note((heard.port, heard.data[0] & 0x0F, note[0]), note[1] > 0)
        elif heard.data[0] & 0xF0 == 0xB0 and len(heard.data) == 3 and heard.data[1] == PEDAL:
            self._pedal = heard.data[2] >= 64
            if not self._pedal:
                self._down -= self._lifted
                self._lifted.clear()
        return Played(ask=self.held != before)

    def unhear(self, port: str, now: float) -> list[Message]:
        self._down = {key for key in self._down if key[0] != port}
        return []

    def over(self, snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, held=self.held)

    def _note(self, key: Key, struck: bool) -> None:
        if struck:
            self._down.add(key)
            self._lifted.discard(key)
        elif self._pedal:
            self._lifted.add(key)
        else:
            self._down.discard(key)
