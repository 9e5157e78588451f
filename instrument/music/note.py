"""Note, the smallest thing that is planned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """Note of a voice. start: ticks from the top; duration: ticks, > 0; pitch: MIDI 0..127; velocity: 1..127;
    voice: which part; the patch maps parts to ports and channels."""

    start: int
    duration: int
    pitch: int
    velocity: int = 80
    voice: str = "melody"

    @property
    def end(self) -> int:
        return self.start + self.duration
