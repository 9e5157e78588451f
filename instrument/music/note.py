"""Note, the smallest thing that is planned."""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern

from instrument.music.held_once import held_once


@dataclass(frozen=True, slots=True)
class Note:
    """Note of a voice. start: ticks from the top; duration: ticks, > 0; pitch: MIDI 0..127; velocity: 1..127;
    voice: which part; the patch maps parts to ports and channels."""

    start: int
    duration: int
    pitch: int
    velocity: int = 80
    voice: str = "melody"

    def __setstate__(self, state: list[int | str]) -> None:
        """As it was sent. There are few durations and voices: each is held once, since thousands of notes are."""
        start, duration, pitch, velocity, voice = state
        values = start, held_once(duration), pitch, velocity, intern(str(voice))
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    @property
    def end(self) -> int:
        return self.start + self.duration
