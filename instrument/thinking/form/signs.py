"""Bar signs by the plan: a mask over the bar guard's states that lets a measure end, repeat and begin as planned.

The guard keeps each bar to its meter; the plan says which sign stands behind it, where parts open, and where the tune
ends. It gives way where it would leave nothing, so that bars that were given otherwise never trap. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.music.plan import PlannedBar
from instrument.music.tokens.tokens import STOP
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_rules import State

Mask = NDArray[np.bool_]


class PlannedSigns:
    """The masks of one vocabulary. Immutable."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        index = vocabulary.index
        self._index = {sign: index[sign] for sign in ("|", "|:", ":|", "|1", "|2")}
        self._signs = np.zeros(len(vocabulary), np.bool_)
        self._signs[list(self._index.values())] = True
        self._opens, self._stop = index["|:"], index[STOP]

    def narrow(self, allowed: Mask, state: State, bar: PlannedBar | None) -> Mask:
        """`allowed` [vocab] less the signs that the plan does not have here; `allowed` itself if that leaves none.

        state: the guard's; bar: the measure under way, None where the planned tune is over."""
        if state.empty:
            narrowed = self._at_head(allowed, state, bar)
        else:
            narrowed = allowed & ~self._signs
            if bar is None:
                narrowed = allowed.copy()
            elif not state.rest:
                narrowed[self._index[bar.sign]] = allowed[self._index[bar.sign]]
        return narrowed if narrowed.any() else allowed

    def _at_head(self, allowed: Mask, state: State, bar: PlannedBar | None) -> Mask:
        if bar is None:
            return self._only(allowed, self._stop)
        if bar.opens and state.sign != "|:" and allowed[self._opens]:
            return self._only(allowed, self._opens)
        narrowed = allowed.copy()
        narrowed[self._stop] = False
        narrowed[self._opens] = False
        return narrowed

    def _only(self, allowed: Mask, token: int) -> Mask:
        only = np.zeros_like(allowed)
        only[token] = allowed[token]
        return only
