"""Pitch and level of one moment of sound, as a pitch tracker gives them, and the note that begins or ends with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PitchFrame:
    """Pitch and level of one moment of sound.

    at: seconds, the end of the sound that it was told by; hertz: 0 for none; clarity: 0 noise .. 1 one clear pitch;
    level: decibels below full scale, RMS of the newest few milliseconds."""

    at: float
    hertz: float
    clarity: float
    level: float


@dataclass(frozen=True, slots=True)
class HeardNote:
    """Note that was heard to begin or to end.

    at: seconds at which it began or ended; pitch: MIDI number; velocity: 1..127, 0: it ends.
    """

    at: float
    pitch: int
    velocity: int
