"""The law of one measure under way: the bar guard, square form, and an end for tunes that grow too long.

What the token tree asks of a law: masks over numbered states and the states behind tokens. The states are the
guard's; form is the same for a whole tuple, because a tuple ends at a bar sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from instrument.music.tune import Measure
from instrument.networks.vocabulary import Vocabulary
from instrument.thinking.guard import Guard
from instrument.thinking.square import Square
from instrument.thinking.tree_leaves import Numbers

Masks = NDArray[np.bool_]


class MeasureLaw:
    """thread: the thinker's."""

    def __init__(
        self, guard: Guard, square: Square | None, measures: Sequence[Measure], closing: bool,
        limit: Masks | None = None,
    ) -> None:  # fmt: skip
        """square: None to leave form to the model; measures: whole ones so far; closing: the tune must end soon
        limit: [vocab], which tokens may be at all; it leaves some pitch wherever there may be one."""
        self.guard, self.square, self.measures, self.closing = guard, square, measures, closing
        self.limit = limit
        self._rows: dict[int, Masks] = {}

    def masks(self, states: Numbers) -> Masks:
        """[beams, vocab]: what may follow each state [beams]."""
        return np.stack([self._row(state) for state in states.tolist()])

    def after(self, states: Numbers, tokens: Numbers) -> Numbers:
        return self.guard.after(states, tokens)

    def _row(self, number: int) -> Masks:
        if number not in self._rows:
            allowed = self.guard.allowed(number)
            if self.closing:
                allowed = ending(allowed, self.guard.vocabulary)
            elif self.square:
                state = self.guard.state(number)
                allowed = self.square.narrow(
                    allowed, self.measures, self.guard.rules.bar, not state.empty, state.rest > 0, state.exact
                )
            self._rows[number] = allowed if self.limit is None else allowed & self.limit
        return self._rows[number]


def ending(allowed: Masks, vocabulary: Vocabulary) -> Masks:
    """`allowed` [vocab], less what keeps a long tune from its end: it stops, or closes its repeat, as soon as it
    may, and opens nothing more. Pure."""
    index = vocabulary.index
    for last in (vocabulary.stop, index[":|"]):
        if allowed[last]:
            only = np.zeros_like(allowed)
            only[last] = True
            return only
    closing = allowed.copy()
    closing[[index["|:"], index["|1"]]] = False
    return closing if closing.any() else allowed
