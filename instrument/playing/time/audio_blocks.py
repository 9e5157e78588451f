"""Clock pulses that fall on audio blocks: a program that writes MIDI a block at a time sends them on the block's edges.

A clock of 120 bpm in blocks of 1024 frames comes every 21.33 ms, as 117.19 would, and now and then two pulses at once
make up for it. What gives the blocks away is that stretches of perfect regularity are broken by steps of one size: two
pulses in one block, or a slip, and once more. From then on the count is believed and not the regularity.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from statistics import median

STEADY = 0.0004  #: seconds by which intervals within a stretch differ
LEAST = 0.002  #: seconds: the shortest block that matters
BEFORE, AFTER = 6, 4  #: intervals that are steady around a slip
TOGETHER = 2000  #: pulses within which two slips are of one kind


class Blocks:
    """Audio blocks that clock pulses fall on.

    size: seconds of a block, 0 where pulses fall on none. thread: the player's. blocks: never.
    """

    def __init__(self, remembered: int) -> None:
        """remembered: pulses kept."""
        self.size = 0.0
        self.times: deque[float] = deque(maxlen=remembered)  #: of all pulses, whatever they were taken for
        self.adjusted = 0  #: pulses that were taken for lost (below 0: for doubled) since the first slip
        self._slip = 0.0  # seconds, of the last one
        self._since = 0  # pulses since then

    def forget(self) -> None:
        """Another clock, or another tempo."""
        self.size = self._slip = 0.0
        self.adjusted = 0
        self.times.clear()

    def pulse(self, at: float) -> bool:
        """One more. True where it shows that there are blocks."""
        self.times.append(at)
        self._since += 1
        if self.size or len(self.times) < BEFORE + AFTER + 2:
            return False
        slip = self._slipped()
        if not slip:
            return False
        if self._since <= TOGETHER and abs(self._slip - slip) < 2 * STEADY:
            self.size = abs(slip)
            return True
        self._slip, self._since, self.adjusted = slip, 0, 0
        return False

    def _slipped(self) -> float:
        """Seconds by which one interval differs from those around it, which are all alike; 0 where none does."""
        times = [self.times[i] for i in range(-BEFORE - AFTER - 2, 0)]
        newest = [later - at for at, later in pairwise(times)]
        around = newest[:BEFORE] + newest[BEFORE + 1 :]
        base = median(around)
        slip = newest[BEFORE] - base
        steady = all(abs(one - base) < STEADY for one in around)
        return slip if steady and LEAST < abs(slip) < 1.1 * base else 0.0
