"""Constraint on one measure: what may come next, how likely the dance makes it, and what earlier bars say of it.

What the token tree asks of a constraint, over numbered states: masks (the bar guard, the plan's signs, the voice's
compass, held keys), weights (idiom: the dance's rhythm and the cadences of its parts) and shares (copies of earlier
bars). A state is the guard's state, how long each earlier bar has agreed, and whether the note under way is the tonic.
The plan is the same for a whole tuple, because a tuple ends at a bar sign.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.constraints.bar_rules import State
from instrument.thinking.form.copies import Copies, Runs
from instrument.thinking.form.idiom import MeasureIdiom
from instrument.thinking.tree.leaves import Floats, Numbers

Masks = NDArray[np.bool_]
Narrow = Callable[[Masks, State], Masks]
NO_RUNS: Runs = np.zeros(0, np.uint8)


class MeasureConstraint:
    """Constraint on one measure. thread: the thinker's."""

    def __init__(
        self, guard: BarGuard, narrow: Narrow | None = None, copies: Copies | None = None,
        idiom: MeasureIdiom | None = None, closing: bool = False, limit: Masks | None = None,
    ) -> None:  # fmt: skip
        """narrow: the form's signs, None to leave form to the model; closing: the tune must end soon
        limit: [vocab], which tokens may be at all; it leaves some pitch wherever there may be one."""
        self.guard, self.narrow, self.copies, self.idiom = guard, narrow, copies, idiom
        self.closing, self.limit = closing, limit
        self._number: dict[tuple[int, bytes, bool], int] = {}
        self._guards: list[int] = []
        self._runs: list[Runs] = []
        self._tonic: list[bool] = []
        self._masks: list[Masks | None] = []
        self._weights: list[Floats | None] = []
        self._shares: list[Floats | None] = []

    def enter(self, guard_state: int, tokens: Numbers | tuple[int, ...] = ()) -> int:
        """The state at the head of the measure, or behind the first `tokens` of it, legal ones."""
        state = self._add(guard_state, self.copies.runs if self.copies else NO_RUNS, False)
        for token in tokens:
            state = self.follow(state, int(token))
        return state

    def guard_state(self, state: int) -> int:
        """What the guard calls a state."""
        return self._guards[state]

    def masks(self, states: Numbers) -> Masks:
        """[beams, vocab]: what may follow each state [beams]."""
        return np.stack([self._mask(state) for state in states.tolist()])

    def weights(self, states: Numbers) -> Floats | None:
        """[beams, vocab]: added to log-probabilities; None for nothing."""
        opinions = self.idiom or self.copies
        return np.stack([self._weight(state) for state in states.tolist()]) if opinions else None

    def shares(self, states: Numbers) -> Floats | None:
        """[beams, vocab]: what earlier bars take of the whole, each row below one; None for nothing."""
        return np.stack([self._share(state) for state in states.tolist()]) if self.copies else None

    def after(self, states: Numbers, tokens: Numbers) -> Numbers:
        """The states [beams] after legal tokens [beams]. Raises ValueError for an illegal one."""
        pairs = zip(states.tolist(), tokens.tolist(), strict=True)
        return np.array([self.follow(state, token) for state, token in pairs], np.int32)

    def follow(self, state: int, token: int) -> int:
        """The state after one legal token."""
        guard = self._guards[state]
        runs = self.copies.follow(guard, self._runs[state], token) if self.copies else NO_RUNS
        tonic = self.idiom.on_tonic(token, self._tonic[state]) if self.idiom else False
        return self._add(self.guard.follow(guard, token), runs, tonic)

    def _add(self, guard: int, runs: Runs, tonic: bool) -> int:
        number = self._number.setdefault((guard, runs.tobytes(), tonic), len(self._guards))
        if number == len(self._guards):
            self._guards.append(guard)
            self._runs.append(runs)
            self._tonic.append(tonic)
            self._masks.append(None)
            self._weights.append(None)
            self._shares.append(None)
        return number

    def _mask(self, number: int) -> Masks:
        row = self._masks[number]
        if row is None:
            row = self.guard.allowed(self._guards[number])
            if self.closing:
                row = ending(row, self.guard.vocabulary)
            elif self.narrow:
                row = self.narrow(row, self.guard.state(self._guards[number]))
            row = self._masks[number] = self._limited(row)
        return row

    def _limited(self, row: Masks) -> Masks:
        if self.limit is None:
            return row
        limited = row & self.limit
        return limited if limited.any() else row

    def _weight(self, number: int) -> Floats:
        row = self._weights[number]
        if row is None:
            guard = self._guards[number]
            row = self.idiom.weights(guard, self._tonic[number]) if self.idiom else np.zeros(len(self.guard.vocabulary))
            against = self.copies.against(guard, self._runs[number]) if self.copies else None
            row = self._weights[number] = row if against is None else row + against
        return row

    def _share(self, number: int) -> Floats:
        row = self._shares[number]
        if row is None:
            assert self.copies is not None
            said = self.copies.said(self._guards[number], self._runs[number], self._mask(number))
            row = self._shares[number] = np.zeros(len(self.guard.vocabulary)) if said is None else said
        return row


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
