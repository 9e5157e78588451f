"""Outliers among clock pulses: a stall that bursts, pulses lost or doubled, or another tempo.

A few in a row tell. In a stall they are late and catch up; after lost or doubled pulses all are off by the same whole
number of pulses, at the old tempo, from one moment to the next; in another tempo they lie on a line of their own, which
may be a whole pulse off when it is looked at, but came there pulse by pulse.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil, hypot, sqrt

import numpy as np
from numpy.typing import NDArray

FEWEST = 6  #: in a row; more where jitter is large
SURE = 2  #: more than that before another tempo is believed: the first may be one that came twice
MOST = 24  #: after so many in a row that tell nothing, the newest are believed


@dataclass(frozen=True, slots=True)
class PulseVerdict:
    """Verdict on a clock pulse that came unexpected.

    lost: pulses that the count lacks (below 0: that came twice); slope: seconds a pulse of a new line, or None

    counts, times: of the pulses it rests on, as they were counted.
    """

    lost: int
    slope: float | None
    counts: NDArray[np.float64]
    times: NDArray[np.float64]


class Surprises:
    """Outlier detector for clock pulses. thread: the player's. blocks: never."""

    def __init__(self) -> None:
        self.row = 0  #: unexpected pulses since the last that was expected
        self._errors: deque[float] = deque(maxlen=FEWEST)  # of the newest that were expected
        self._newest: list[tuple[int, float, float]] = []  # count, when, error

    @property
    def many(self) -> bool:
        return self.row >= FEWEST

    def expected(self, error: float) -> None:
        """A pulse came as expected, but for `error` seconds: what did not is forgotten."""
        self.row = 0
        self._newest.clear()
        self._errors.append(error)

    def forget(self) -> None:
        """A new line begins."""
        self.row = 0
        self._newest.clear()
        self._errors.clear()

    def unexpected(
        self, count: int, at: float, error: float, period: float, jitter: float, drift: float = 0.0
    ) -> PulseVerdict | None:
        """A pulse was off by `error`. period, jitter: seconds, of the line in force; drift: seconds a pulse, of
        error in its period. None: nothing can be said yet."""
        self.row += 1
        enough = _enough(period, jitter)
        self._newest = [*self._newest, (count, at, error)][-enough:]
        first, last = self._newest[0][2], self._newest[-1][2]
        catching_up = abs(last) < abs(first) - period / 2 and last * first > 0
        if len(self._newest) < enough or catching_up:
            return None
        return self._judge(period, jitter, drift)

    def _judge(self, period: float, jitter: float, drift: float) -> PulseVerdict | None:
        counts, times = (np.array([one[i] for one in self._newest], float) for i in (0, 1))
        slope, bent = _line(counts, times)
        off = float(np.mean([error for _, _, error in self._newest])) / period
        whole = round(off)
        noise = 4 * jitter / sqrt(len(counts))  # of their mean; of their slope, 3.5 times that over their number
        same = abs(slope - period) < max(0.03 * period, 3.5 * noise / len(counts))
        before = float(np.mean(self._errors)) if self._errors else 0.0  # a tempo that creeps away shows here
        apart = jitter * sqrt(1 / len(counts) + 1 / max(1, len(self._errors)))  # of two means
        far = min(4 * hypot(apart, drift * (abs(whole) + self.row)), period / 4)  # the line was carried on over the gap
        there = same and whole and abs((off - whole) * period - before) < max(0.1 * period, noise, far)
        if there and not self._crept(whole * period):
            return PulseVerdict(whole, None, counts, times)
        straight = bent < max(4.5 * jitter, 0.1 * period) and self.row >= len(counts) + SURE
        if straight or self.row >= MOST:
            return PulseVerdict(0, period if same else slope, counts, times)
        return None

    def _crept(self, away: float) -> bool:
        """Whether the errors grew steadily to `away` seconds, from some expected pulse on, rather than in one step."""
        expected, newest = list(self._errors) or [0.0], self._newest
        if len(newest) == self.row:
            newest = newest[1:]  # it may be the one that came twice, and be off by anything
        known = len(expected)
        x = np.r_[:known, known + self.row - len(newest) : known + self.row]  # pulses since the first of the expected
        errors = np.array([*expected, *(error for _, _, error in newest)])
        stepped = float(np.sum((errors - np.mean(expected) - away * (x >= known)) ** 2))
        for bend in range(known):
            grown = np.maximum(x - bend, 0)
            slope, begin = np.polyfit(grown, errors, 1)
            if slope * away > 0 and float(np.sum((errors - begin - slope * grown) ** 2)) < stepped:
                return True
        return False


def _enough(period: float, jitter: float) -> int:
    """How many pulses tell their period to some four hundredths."""
    needed: float = (12 * (jitter / (0.04 * period)) ** 2) ** (1 / 3)
    return max(FEWEST, min(MOST, ceil(needed)))


def _line(counts: NDArray[np.float64], times: NDArray[np.float64]) -> tuple[float, float]:
    """Seconds a pulse of the line through them, and how far the farthest is from it."""
    x, t = counts - counts[0], times - times[0]
    slope, start = np.polyfit(x, t, 1)
    return float(slope), float(np.max(np.abs(start + slope * x - t)))
