"""Track of a tune being written: the bar guard's state and the number of the measure behind each token.

The measures follow a plan: at its head each is made as short as the plan says (`Rules.planned`). Where tokens that were
given do otherwise, the measure is taken as a whole bar instead, and where even that fails the constraint counts as
broken there. Going back is a cut. thread: the thinker's.
"""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.plan import Plan
from instrument.thinking.constraints.bar_guard import BarGuard


class Track:
    def __init__(self, guard: BarGuard, plan: Plan, first: int, measure: int = 0) -> None:
        """first: the guard's state before any token; measure: how many measures stand before that."""
        self.guard, self.plan = guard, plan
        self._states: list[int | None] = [self._planned(first, measure)]
        self._raw: list[int] = [first]  # at the head of each measure, before the plan shortened it
        self._measures = [measure]
        self._heads = [0]  # behind how many tokens each measure begins

    def follow(self, tokens: Sequence[int]) -> int | None:
        """The guard's state behind these tokens, of which those known from before are not read again; None where they
        broke the constraint."""
        for token in tokens[len(self._states) - 1 :]:
            self._step(token, tokens)
        return self._states[-1]

    def mend(self, state: int) -> None:
        """Let the constraint go on from a state although it was broken: the guard was switched on in mid-tune, or a bar
        that was given does not add up. A measure begins here; what stands before is none that the constraint could
        enter."""
        self._states[-1] = state
        self._heads.append(len(self._states) - 1)
        self._raw.append(state)

    def cut(self, tokens: int) -> None:
        """Forget what stands behind the first `tokens` tokens."""
        keep = max(0, tokens) + 1
        self._states, self._measures = self._states[:keep], self._measures[:keep]
        while self._heads[-1] >= keep:
            self._heads.pop()
            self._raw.pop()

    def fork(self) -> Track:
        other = Track.__new__(Track)
        other.guard, other.plan = self.guard, self.plan
        other._states, other._raw = list(self._states), list(self._raw)
        other._measures, other._heads = list(self._measures), list(self._heads)
        return other

    @property
    def measure(self) -> int:
        """How many measures are whole behind the last token followed."""
        return self._measures[-1]

    @property
    def head(self) -> tuple[int | None, int]:
        """The measure under way: the guard's state at its head, and behind how many tokens it begins."""
        return self._states[self._heads[-1]], self._heads[-1]

    def head_of(self, measure: int) -> tuple[int, int] | None:
        """The guard's state at the head of a measure, behind its signs, and behind how many tokens that is; None where
        the constraint was broken there, or it is not written."""
        for head in reversed(self._heads):
            if self._measures[head] == measure and (state := self._states[head]) is not None:
                return state, head
        return None

    def _step(self, token: int, tokens: Sequence[int]) -> None:
        here = self._states[-1]
        if here is not None and not self.guard.allowed(here)[token]:
            here = self._whole_bar(tokens)
        after = None
        measure = self._measures[-1]
        if here is not None and self.guard.allowed(here)[token]:
            raw = self.guard.follow(here, token)
            ended = self.guard.state(raw).empty
            if ended:
                measure += not self.guard.state(here).empty
                self._heads.append(len(self._states))
                self._raw.append(raw)
            after = self._planned(raw, measure) if ended else raw
        self._states.append(after)
        self._measures.append(measure)

    def _whole_bar(self, tokens: Sequence[int]) -> int | None:
        """The state of the measure under way, were it a whole bar; from here on it is one."""
        head = self._heads[-1]
        state: int | None = self._raw[-1]
        states = [state]
        for token in tokens[head : len(self._states) - 1]:
            state = self.guard.run(state, [token]) if state is not None else None
            states.append(state)
        if state is not None:
            self._states[head:] = states
        return state

    def _planned(self, state: int, measure: int) -> int:
        lacks = self.plan[measure].lacks if measure < len(self.plan) else 0
        return self.guard.planned(state, lacks) if self.plan else state
