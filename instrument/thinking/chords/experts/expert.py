"""Expert on chords: what each of them is asked, and how its word becomes log-probabilities.

An expert speaks of chords by themselves (`states`), of one chord after another (`moves`), of staying on a chord
(`keeps`), or of several of these. What it says is weighed by its fader and flattened by its heat; then the product
adds up what all say.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from instrument.thinking.chords.half_bars import HalfBars
from instrument.thinking.chords.states import COUNT

Floats = NDArray[np.float64]
Numbers = Mapping[str, Floats]  #: fitted or by rule, by the names that experts give them


class Expert:
    """One view of the chords. thread: any; pure but for what it was made with."""

    name = ""

    def __init__(self, numbers: Numbers) -> None:
        """numbers: of one way of knowing (ahead, or live); those it has no use for are left alone."""

    def states(self, half: HalfBars) -> Floats | None:
        """(half bars, COUNT) log-probabilities of every chord, or None where it has no view."""
        return None

    def moves(self, half: HalfBars) -> Floats | None:
        """(COUNT, COUNT) what it adds, in nats, to going from one chord to another."""
        return None

    def keeps(self, half: HalfBars) -> Floats | None:
        """(half bars,) what it adds, in nats, to having the chord before once more."""
        return None


def normalised(logits: Floats) -> Floats:
    """Log-probabilities along the last axis."""
    top = logits.max(axis=-1, keepdims=True)
    found: Floats = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return found


def level() -> Floats:
    """No view: every chord alike."""
    return np.full(COUNT, -np.log(COUNT))
