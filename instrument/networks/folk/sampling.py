"""Sampling of one token from logits: temperature, mask, and a random number from outside.

In double precision, by the inverse of the cumulative distribution, so that a seed gives the same token on
every machine whose logits agree to float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def distribution(
    logits: NDArray[np.float32], temperature: float, allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Probabilities over the vocabulary, [vocab], summing to one.

    logits: [vocab]; temperature: > 0; allowed: [vocab], at least one true. Raises ValueError where none is.
    """
    scaled = logits.astype(np.float64) / temperature
    if allowed is not None:
        if not allowed.any():
            raise ValueError("no token is allowed here")
        scaled = np.where(allowed, scaled, -np.inf)
    weights = np.exp(scaled - scaled.max())
    return np.asarray(weights / weights.sum())


def draw(probabilities: NDArray[np.float64], uniform: float) -> int:
    """The token at `uniform` (0 <= u < 1) of the cumulative distribution; never one of probability 0."""
    cumulative = np.cumsum(probabilities)
    index = int(np.searchsorted(cumulative, uniform * cumulative[-1], side="right"))
    return min(index, int(np.flatnonzero(probabilities)[-1]))
