"""Chord filter: the chord of each half bar at the moment it begins, when nothing to come is known.

The forward algorithm. A half bar's chord is decided by what was played before it and what is struck with it; when it is
over, all its notes are heard before the next one is decided. Each step looks at the last few half bars alone.
"""

from __future__ import annotations

import numpy as np

from instrument.thinking.chords.choice import Choice, shares
from instrument.thinking.chords.decoding import filtered, likeliest
from instrument.thinking.chords.experts.expert import Floats
from instrument.thinking.chords.half_bars import HalfBars
from instrument.thinking.chords.product import Product, Weighed
from instrument.thinking.chords.reasoning import Reasoning
from instrument.thinking.chords.states import COUNT, DEGREE
from instrument.thinking.chords.taste import Taste

SURE = 0.8  #: how likely another root must have become within its half bar to be played there
LOOKS = 5  #: half bars that a step looks back on: two and their bar


class ChordFilter:
    """Chord filter for live playing. thread: one. A step costs about half a millisecond."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self.decided: list[int] = []  #: states, as they were decided when each half bar began
        self._reached: Floats | None = None  # nats of the states of the last half bar that is over
        self._over = 0  # half bars that are

    def begin(self, half: HalfBars, taste: Taste) -> Choice:
        """The chord of the last of these half bars, which begins now; asked once more, of which more has been heard.
        Those before it are over."""
        at = len(half) - 1
        while self._over < at:
            self._close(half.first(self._over + 1), taste)
        weighed, last = self._look(half, taste, begun=True)
        said = self._product.remembered(half, at, self.decided[:at], taste, known=False)
        odds = self._onward(weighed, last, weighed.states[last] + said)
        state = likeliest(odds)
        before = self.decided[at - 1] if 0 < at <= len(self.decided) else None
        self.decided[at:] = [state]
        return Reasoning(weighed, self._product, last, before, said).choice(state, odds, half.tonic, taste.open)

    def revise(self, half: HalfBars, taste: Taste) -> Choice | None:
        """Another chord for the last half bar, by all that has been heard of it, or None where the one that was decided
        may stay."""
        at = len(half) - 1
        if self._over != at or len(self.decided) != at + 1:
            return None
        weighed, last = self._look(half, taste)
        odds = self._onward(weighed, last, weighed.states[last])
        state = likeliest(odds)
        if DEGREE[state] == DEGREE[self.decided[at]] or shares(odds)[DEGREE[state] == DEGREE].sum() < SURE:
            return None
        before = self.decided[at - 1] if at else None
        self.decided[at] = state
        why = Reasoning(weighed, self._product, last, before, np.zeros(COUNT))
        return why.choice(state, odds, half.tonic, taste.open)

    def forget(self, count: int) -> None:
        """So many half bars at the beginning are remembered no more."""
        self.decided, self._over = self.decided[count:], max(0, self._over - count)

    def _close(self, half: HalfBars, taste: Taste) -> None:
        """The last of these half bars is over: all its notes count."""
        weighed, last = self._look(half, taste)
        self._reached = self._onward(weighed, last, weighed.states[last])
        self._over = len(half)
        if len(self.decided) < len(half):  # it passed unasked
            self.decided.append(likeliest(self._reached))

    def _look(self, half: HalfBars, taste: Taste, begun: bool = False) -> tuple[Weighed, int]:
        tail = half.last(LOOKS)
        return self._product.weigh(tail, taste, begun), len(tail) - 1

    def _onward(self, weighed: Weighed, last: int, own: Floats) -> Floats:
        if self._reached is None:
            return own
        assert own.shape == (COUNT,)
        return filtered(self._reached, weighed, last, own)


def filtered_states(product: Product, half: HalfBars, taste: Taste) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """(half bars,) the states of some music as they would be decided while it is played."""
    live = ChordFilter(product)
    return np.array([live.begin(half.first(at + 1), taste).state for at in range(len(half))], np.intp)
