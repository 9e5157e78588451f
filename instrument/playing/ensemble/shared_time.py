"""Shared time of an ensemble: how another member's ticks lie on ours, where both play by one clock.

Whoever sends says where its music is. What comes is late by its way and never early, so the smallest difference is the
truest; both count by the same clock, so it is a whole number of eighths. A greater difference counts once all that came
for a while had it: that member was moved, and is not merely heard late.
"""

from __future__ import annotations

from instrument.music.ticks import QUARTER

STEP = QUARTER // 2  #: ticks: what members that share a clock differ by a whole number of
STEADY = 15  #: messages in a row with a greater difference


class SharedTime:
    """Time of one other member. Pure state. thread: one at a time."""

    def __init__(self) -> None:
        self.ahead: int | None = None  #: ticks to add to theirs to have ours; None while nobody knows
        self._greater: list[int] = []

    def hear(self, here: float, there: int) -> bool:
        """A message said they were at tick `there`; when it came we were at `here`. Whether we stand otherwise now."""
        found = round((here - there) / STEP) * STEP
        if self.ahead is not None and found >= self.ahead:
            self._greater = [*self._greater, found] if found > self.ahead else []
            if len(self._greater) < STEADY:
                return False
            found = min(self._greater)
        self._greater.clear()
        self.ahead = found
        return True

    def forget(self) -> None:
        """One of the two stands still."""
        self.ahead = None
        self._greater.clear()
