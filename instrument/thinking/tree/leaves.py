"""The leaves of a token tree: what may come next, n tokens at a time, with probabilities that sum to one.

Pure values over numpy; no model is needed to weigh them anew or to draw. Source: Sturm, "Making sense of the folk-rnn
v2 model", part 11 (multiply along the branches, ignore what was cut, scale to one); a joint temperature on the whole
tuple is ours.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from instrument.networks.folk.sampling import draw

Numbers = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Level:
    """All paths of one depth. up: [paths], each one's place in the level above; token: [paths], -1 where a path
    ended before; node: [paths] of the store, -1 where a path has ended or the tree does."""

    up: Numbers
    token: Numbers
    node: Numbers


@dataclass(frozen=True, slots=True)
class Path:
    """Path of a token tree, from root to leaf.

    tokens: at least one, fewer than n where the last ends the path; probability: 0..1 among all leaves;
    attempts: how often it was begun, 1 unless drawn by rejection; at a joint temperature, how often it would have been
    on average for what lies outside the beam."""

    tokens: tuple[int, ...]
    probability: float
    attempts: float = 1


@dataclass(frozen=True)
class Leaves:
    """Leaves of a token tree.

    logs: [leaves], log of the product of the conditionals along each; levels: from the root's children down.
    """

    levels: tuple[Level, ...]
    logs: Floats
    joint: float = 1.0  #: temperature of the whole tuple, > 0

    def __len__(self) -> int:
        return len(self.logs)

    @functools.cached_property
    def probabilities(self) -> Floats:
        """[leaves], each to the power 1 / joint, scaled to sum to one."""
        weights = np.exp((self.logs - self.logs.max()) / self.joint)
        return np.asarray(weights / weights.sum())

    @property
    def mass(self) -> float:
        """0..1: how much of the whole joint distribution the tree has kept, before it is scaled."""
        return float(np.exp(self.logs).sum())

    def at(self, joint: float) -> Leaves:
        """The same leaves at another joint temperature."""
        return replace(self, joint=joint)

    def draw(self, uniform: float) -> Path:
        """The leaf at `uniform` (0 <= u < 1) of the cumulative distribution."""
        leaf = draw(self.probabilities, uniform)
        return Path(self.path(leaf), float(self.probabilities[leaf]))

    def path(self, leaf: int) -> tuple[int, ...]:
        """The tokens of one leaf."""
        tokens, place = [], leaf
        for level in reversed(self.levels):
            tokens.append(int(level.token[place]))
            place = int(level.up[place])
        return tuple(token for token in reversed(tokens) if token >= 0)

    def tokens(self) -> Numbers:
        """[leaves, n]; -1 behind a path's end."""
        table = np.empty((len(self), len(self.levels)), np.int32)
        place = np.arange(len(self), dtype=np.int32)
        for depth in reversed(range(len(self.levels))):
            table[:, depth] = self.levels[depth].token[place]
            place = self.levels[depth].up[place]
        return table
