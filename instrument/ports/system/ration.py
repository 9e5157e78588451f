"""Rations: how much of something costly may happen a second, with some put by for a burst. Fed with the time."""

from __future__ import annotations


class Ration:
    """Rate limit with a burst (token bucket). thread: one at a time. blocks: never."""

    def __init__(self, rate: float, burst: float) -> None:
        """rate: units a second; burst: how many are put by at most, and are there at the start."""
        self._rate, self._burst, self._left, self._at = rate, burst, burst, float("-inf")

    def take(self, now: float, units: float = 1.0) -> bool:
        """Whether so many units may be spent now; they are spent then. now: seconds, never going back."""
        if self.left(now) < units:
            return False
        self._left -= units
        return True

    def left(self, now: float) -> float:
        """Units that may be spent now; below 0 where more was spent than there was."""
        if self._at > float("-inf"):
            self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        return self._left

    def spend(self, now: float, units: float) -> None:
        """So many units have been spent, whether they were there or not."""
        self._left = self.left(now) - units
