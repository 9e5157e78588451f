"""JACK transport as it stands: position and tempo at a moment, and whether it rolls. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JackState:
    """State of the JACK transport.

    at: seconds on the player clock; beat: quarter notes from the top at that moment; bpm: quarter notes a minute
    rolling: whether it moves."""

    at: float
    beat: float
    bpm: float
    rolling: bool

    def beat_at(self, at: float) -> float:
        """Where it is at another moment, if nothing changes."""
        return self.beat + (at - self.at) * self.bpm / 60 * self.rolling
