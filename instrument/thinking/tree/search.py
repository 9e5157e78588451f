"""Search settings: tuple length, beam width, mode, temperatures. A frozen value; no torch.

Source: Sturm, "Making sense of the folk-rnn v2 model", part 11; the modes and the joint temperature are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

MODES = ("tree", "beam")
NODES = 4096  #: states that are remembered, about 80 MB at folk-rnn's sizes


@dataclass(frozen=True, slots=True)
class Search:
    """Search settings.

    n: tokens a tuple, >= 1; beta: beam width, >= 1, or 0 for all; mode: "tree" or "beam"; temperature: of
    every conditional, > 0; joint: temperature of the whole tuple, > 0. Raises ValueError."""

    n: int = 1
    beta: int = 0
    mode: str = "tree"
    temperature: float = 1.0
    joint: float = 1.0

    def __post_init__(self) -> None:
        if self.n < 1 or self.beta < 0 or min(self.temperature, self.joint) <= 0:
            raise ValueError(f"a tree needs n >= 1, beta >= 0 and temperatures above 0: {self}")
        if self.mode not in MODES:
            raise ValueError(f'mode "{self.mode}" is none of {", ".join(MODES)}')

    def nodes(self, vocab: int) -> int:
        """How many nodes its tree has at most, the root and the leaves not counted."""
        every = int(vocab if self.mode == "tree" else vocab**self.n)  # beta = 0: all branches, or all paths
        beta = min(self.beta or every, every)
        depths = range(1, self.n)
        if self.mode == "tree":
            return sum(int(beta**depth) for depth in depths)
        return sum(min(beta, int(vocab**depth)) for depth in depths)


def may_reject(search: Search) -> bool:
    """Whether this search's distribution can be had without its tree: mode "tree", joint temperature 1."""
    return search.mode == "tree" and search.joint == 1.0
