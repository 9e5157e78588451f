"""Tap tempo: beats that a foot or a finger gives are followed as clocks are, one pulse a beat.

The second tap gives a tempo, every further one mends it; after a pause of two beats or more another series begins.
"""

from __future__ import annotations

from instrument.music.ticks import QUARTER
from instrument.playing.time.clock_follower import ClockFollower

PAUSE = 2.2  #: beats
LONGEST = 3.0  #: seconds between two taps of a series
SURE = 3  #: taps from which the beat itself is taken too


class TapTempo:
    """Tap tempo. thread: one. blocks: never."""

    def __init__(self) -> None:
        self.taps = 0  #: of this series
        self._follower = ClockFollower(0.5)

    @property
    def sure(self) -> bool:
        """Whether the taps are beats to go by, not only a tempo."""
        return self.taps >= SURE

    def tap(self, at: float, bpm: float, beat: int = QUARTER) -> float | None:
        """One tap. at: seconds; bpm: the tempo in force; beat: ticks that a tap counts for. The tempo, quarter notes a
        minute within 20..300, or None: the first of a series."""
        gap = at - self._follower.newest
        if self.taps == 0 or gap > LONGEST or (self.taps > 1 and gap > PAUSE * self._follower.period):
            self.taps, self._follower = 0, ClockFollower(60 / bpm * beat / QUARTER)
        elif self.taps == 1 and gap > 0:  # whatever the tempo was
            first, self._follower = self._follower.newest, ClockFollower(gap)
            self._follower.pulse(first)
        self._follower.pulse(at)
        self.taps += 1
        if self.taps < 2:
            return None
        return min(max(60 / self._follower.period * beat / QUARTER, 20.0), 300.0)
