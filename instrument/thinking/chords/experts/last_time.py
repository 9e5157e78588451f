"""Last-time expert: what was played under the same music before, in this tune or the last time through.

It looks back by whole sections (2, 4, 8, 16 or 32 bars, and once through the tune) for the half bar whose melody was
most like this one's, and speaks for the chord that stood there, the more surely the more alike they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from instrument.thinking.chords.experts.expert import Expert, Floats, Numbers, level, normalised
from instrument.thinking.chords.half_bars import BEAT, OFF, STRUCK, HalfBars
from instrument.thinking.chords.states import COUNT, DEGREE, SAME

LAGS = (2, 4, 8, 16, 32)  #: bars
ALIKE = 0.7  #: how alike two half bars must be to count, 0..1


class LastTime(Expert):
    """numbers["sure"]: (1,) nats for the chord that stood under the same notes, a third of it for its root."""

    name = "last time"

    def __init__(self, numbers: Numbers) -> None:
        self._sure = float(numbers["sure"][0])

    def remembered(self, half: HalfBars, at: int, decided: Sequence[int], known: bool) -> Floats:
        """(COUNT,) log-probabilities for half bar `at`. decided: states of those before it. known: its notes are all
        known; else it goes by those before it, and by the first of its own."""
        best, source = ALIKE, -1
        a_bar = 3 if half.triple else 2
        for lag in LAGS:
            there = at - lag * a_bar
            if 0 <= there < len(decided):
                found = self._alike(half, at, there, known)
                if found > best or (found == best and source < 0):
                    best, source = found, there
        if source < 0:
            return level()
        state = decided[source]
        sure = self._sure * (0.2 + 0.8 * (best - ALIKE) / (1 - ALIKE))
        return normalised(np.where(SAME[state], sure, np.where(DEGREE[state] == DEGREE, sure / 3, 0.0)))

    @staticmethod
    def _alike(half: HalfBars, at: int, there: int, known: bool) -> float:
        if known:
            return alike(half.sounds[at], half.sounds[there])
        before = [alike(half.sounds[at - by], half.sounds[there - by]) for by in (1, 2) if there - by >= 0]
        struck = float(np.array_equal(half.sounds[at, STRUCK], half.sounds[there, STRUCK]))
        return (sum(before) + struck) / (len(before) + 1)


def alike(one: Floats, other: Floats) -> float:
    """The share of the sound of two half bars that both have, 0..1. one, other: (SOUNDS, 12)."""
    a, b = one[BEAT] + one[OFF], other[BEAT] + other[OFF]
    total = float(max(a.sum(), b.sum()))
    return float(np.minimum(a, b).sum()) / total if total else 0.0


assert SAME.shape == (COUNT, COUNT)
