"""Bar guard: the bar rules as a transition table over numbered states, filled as states are met.

A state is a number; `allowed(state)` is a row over the vocabulary and `follow(state, token)` the next number.
Rows are computed once, by `Rules`, and kept, so that while music plays a mask is a look-up, for one path
(`allowed`, `follow`) or for all paths of a tree at once (`masks`, `after`). One guard serves one meter. Not shared
between threads.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from instrument.music.meter import Meter
from instrument.music.tokens.tokens import Kind, Token
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_rules import Rules, State

ROOM = 512  #: states for which room is made at a time, some 0.3 MB


class BarGuard:
    def __init__(self, vocabulary: Vocabulary, meter: Meter) -> None:
        self.vocabulary, self.rules = vocabulary, Rules(meter, vocabulary.tokens)
        # tokens that the rules cannot tell apart are asked about once: every pitch is like every other
        alike: dict[object, list[int]] = {}
        for index, token in enumerate(vocabulary.tokens):
            alike.setdefault((token.kind, token.length, token.broken, token.tuplet, _sign(token)), []).append(index)
        self._alike = [(vocabulary.tokens[group[0]], np.array(group)) for group in alike.values()]
        self._states: list[State] = []
        self._number: dict[State, int] = {}
        self._filled: list[bool] = []
        self._next = np.full((ROOM, len(vocabulary)), -1, np.int32)  # [states, vocab]
        self.start = self._add(self.rules.start())

    def __len__(self) -> int:
        """States met so far."""
        return len(self._states)

    def resume(self, lacking: int = 0) -> int:
        """The state at a bar line in mid-tune; lacking: ticks that complete a short bar, or 0."""
        return self._add(self.rules.resume(lacking))

    def planned(self, state: int, lacks: int) -> int:
        """The state at the head of a measure that is to be `lacks` ticks short (`Rules.planned`)."""
        return self._add(self.rules.planned(self._states[state], lacks))

    def allowed(self, state: int) -> NDArray[np.bool_]:
        """[vocab]: which tokens are legal. At least one always is."""
        self._fill(state)
        return np.asarray(self._next[state] >= 0)

    def follow(self, state: int, token: int) -> int:
        """The state after a legal token. Raises ValueError for an illegal one."""
        self._fill(state)
        following = int(self._next[state, token])
        if following < 0:
            raise ValueError(f'"{self.vocabulary.texts[token]}" is not legal here: {self._states[state]}')
        return following

    def masks(self, states: NDArray[np.int32]) -> NDArray[np.bool_]:
        """[beams, vocab]: which tokens are legal in each of states [beams]."""
        for state in np.unique(states).tolist():
            self._fill(state)
        return np.asarray(self._next[states] >= 0)

    def weights(self, states: NDArray[np.int32]) -> None:
        """The guard allows or forbids; it weighs nothing,"""

    def shares(self, states: NDArray[np.int32]) -> None:
        """and foretells nothing."""

    def after(self, states: NDArray[np.int32], tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """The states [beams] after legal tokens [beams], in states that `masks` has seen. Raises ValueError."""
        following = self._next[states, tokens]
        if (following < 0).any():
            raise ValueError("one of these tokens is not legal")
        return np.asarray(following)

    def run(self, state: int, tokens: Iterable[int]) -> int | None:
        """The state after several tokens, or None where one is illegal."""
        for token in tokens:
            self._fill(state)
            state = int(self._next[state, token])
            if state < 0:
                return None
        return state

    def may_stop(self, state: int) -> bool:
        return bool(self.allowed(state)[self.vocabulary.stop])

    def state(self, number: int) -> State:
        """What a number stands for."""
        return self._states[number]

    def _add(self, state: State) -> int:
        number = self._number.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(state)
            self._filled.append(False)
            if number == len(self._next):
                self._next = np.concatenate((self._next, np.full_like(self._next[:ROOM], -1)))
        return number

    def _fill(self, number: int) -> None:
        """Find what may follow a state, the first time that it is asked."""
        if self._filled[number]:
            return
        self._filled[number], state = True, self._states[number]
        for token, group in self._alike:
            after = self.rules.step(state, token)
            if after is not None:
                self._next[number, group] = self._add(after)


def _sign(token: Token) -> str:
    return token.text if token.kind is Kind.BAR else ""
