"""Chords ahead: chosen for music whose bars to come are known, as far as they are, half bar after half bar.

Exactly: each half bar's root is the likeliest over all ways through what is known, or, where chords are drawn, each
state is drawn behind the one before it. The expert on what was decided before speaks as the music comes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from instrument.thinking.chords.choice import Choice
from instrument.thinking.chords.decoding import drawn, filtered, likeliest, to_go
from instrument.thinking.chords.experts.expert import Floats
from instrument.thinking.chords.half_bars import HalfBars
from instrument.thinking.chords.product import Product, Weighed
from instrument.thinking.chords.reasoning import Reasoning
from instrument.thinking.chords.taste import Taste

LOOKS = 4  #: half bars that the experts look back on: two, and their bar
Known = Callable[[int], int]  #: half bars that are known when that one is decided


class ChordsAhead:
    """One stretch of music. thread: one. A half bar costs about a fifth of a millisecond for each one known behind it,
    but once for all where all are known."""

    def __init__(self, product: Product, half: HalfBars, taste: Taste, known: Known | None = None) -> None:
        """known: None where everything is."""
        self.half, self._product, self._taste = half, product, taste
        self._known = known or (lambda at: len(half))
        self._weighed: Weighed | None = None  # of the half bars that are known now
        self._onward: list[Floats] = []
        self._from = self._until = self._base = 0
        self.decided: list[int] = []  #: states of the half bars so far
        self.reached = np.zeros(0)  #: (COUNT,) nats of the last one's states, by what is known up to it

    def go_on(self, until: int) -> list[Choice]:
        """Decide half bars up to that one, with reasons."""
        found = []
        for at in range(len(self.decided), min(until, len(self.half))):
            weighed, odds, said = self._odds(at)
            cool = self._taste.temperature
            state = drawn(odds, cool, _chance(self._taste.seed, at)) if cool > 0 else likeliest(odds)
            why = Reasoning(weighed, self._product, at - self._base, self.decided[-1] if at else None, said)
            found.append(why.choice(state, odds, self.half.tonic, self._taste.open))
            self.decided.append(state)
        return found

    def _odds(self, at: int) -> tuple[Weighed, Floats, Floats]:
        """What is known, (COUNT,) of one half bar's states, and what was remembered for it."""
        until = min(self._known(at), len(self.half))
        if self._weighed is None or until != self._until or at < self._from:
            self._base = max(0, at - LOOKS)
            known = self.half.first(until).last(until - self._base)  # as if nothing came behind
            self._weighed = self._product.weigh(known, self._taste)
            self._onward = to_go(self._weighed, at - self._base, until - self._base, self._taste.temperature or 1.0)
            self._from, self._until = at, until
        said = self._product.remembered(self.half, at, self.decided, self._taste)
        here = at - self._base
        own, onward = self._weighed.states[here] + said, self._onward[at - self._from]
        if self._taste.temperature > 0:
            return self._weighed, own + onward + (self._weighed.after(here, self.decided[-1]) if at else 0.0), said
        if at:
            own = filtered(self.reached, self._weighed, here, own)
        self.reached = own
        return self._weighed, own + onward, said


def _chance(seed: int, at: int) -> float:
    """A number, 0..1, the same for the same seed and half bar."""
    return float(np.random.Generator(np.random.Philox(key=[seed, 0xC0D], counter=[0, 0, 0, at])).random())


def decide(product: Product, half: HalfBars, taste: Taste) -> Sequence[Choice]:
    """All of a tune that is known whole."""
    return ChordsAhead(product, half, taste).go_on(len(half))
