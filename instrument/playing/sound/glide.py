"""Glides of the mixer: gains of a channel on their way to another level or place, too slowly to click. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GLIDE = 4  #: blocks in which a channel's level or place comes to another


def sides_of(level: float, pan: float) -> NDArray[np.float64]:
    """Gain left and right. level: gain; pan: -1 left .. 1 right. Pure."""
    angle = (pan + 1) * np.pi / 4
    return np.asarray(np.array((np.cos(angle), np.sin(angle))) * np.sqrt(2) * level)


class Glide:
    """A channel on its way to another level or place. now, to: gains left and right; left: blocks still to go."""

    def __init__(self, now: NDArray[np.float64], to: NDArray[np.float64]) -> None:
        self.now, self.to, self.left = now, to, GLIDE

    def step(self) -> None:
        """A block further."""
        self.now = self.now + (self.to - self.now) / self.left
        self.left -= 1
