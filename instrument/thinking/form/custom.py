"""Frequency of forms among players: how often each is taken, so that returns and closes come as in their collections.

The books print what few players play any more: reels of one eight, say, whose second half is the first. Each form
weighs exp(a * returns + b * closes), the least departure from the books that brings both shares into the asked range
(exponential tilting). Pure.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.thinking.form.bank import Form

RETURNS = (0.45, 0.51)  #: share of eights whose fifth bar is the first again
CLOSES = (0.36, 0.46)  #: share of second parts that close as the first does
EIGHT = 8

Floats = NDArray[np.float64]


@functools.lru_cache(maxsize=64)
def cumulative(forms: tuple[Form, ...]) -> Floats:
    """[forms]: the running sum of their weights, the last one 1."""
    features = np.array([(returns(form), closes(form)) for form in forms])  # NaN where a form has no such place
    weights = np.full(len(forms), 1 / len(forms))
    for _ in range(8):
        for column, span in zip(features.T, (RETURNS, CLOSES), strict=True):
            weights = _tilted(weights, column, span)
    return np.cumsum(weights / weights.sum())


def _tilted(weights: Floats, feature: Floats, span: tuple[float, float]) -> Floats:
    known = ~np.isnan(feature)
    if not known.any() or np.ptp(feature[known]) == 0:
        return weights
    values = np.where(known, feature, 0.0)

    def mean(tilt: float) -> float:
        tilted = weights * np.exp(tilt * values) * known
        return float((tilted * values).sum() / tilted.sum())

    goal = min(max(mean(0.0), span[0]), span[1])
    low, high = -6.0, 6.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) < goal else (low, middle)
    tilted = weights * np.where(known, np.exp((low + high) / 2 * values), 1.0)
    share = weights[known].sum()  # forms without such a place keep their share
    tilted[known] *= share / tilted[known].sum()
    return tilted


def returns(form: Form) -> float:
    """0..1: of its parts of eight, those whose fifth bar is the first again; NaN where it has none."""
    starts = [at for at, bars in _parts(form) if bars == EIGHT]
    found = [origin(form, at + 4) == origin(form, at) for at in starts]
    return sum(found) / len(found) if found else float("nan")


def closes(form: Form) -> float:
    """1 where the second part's last bar is the first's again, else 0; NaN for a single part."""
    ends = [at + bars - 1 for at, bars in _parts(form)]
    return float(origin(form, ends[1]) == origin(form, ends[0])) if len(ends) > 1 else float("nan")


def origin(form: Form, bar: int) -> int:
    """The bar that a bar wholly says again, and that one's, back to one that is new in part."""
    whole = (1 << Meter.parse(form.meter).bar // EIGHTH - form.pickup) - 1  # a pick-up is the next part's
    again = form.bars[bar]
    while again is not None and not again.step and again.cells & whole == whole and bar >= again.back:
        bar -= again.back
        again = form.bars[bar]
    return bar


def _parts(form: Form) -> Sequence[tuple[int, int]]:
    """(first bar, bars) of each part."""
    found, at = [], 0
    for bars, _ in form.parts:
        found.append((at, bars))
        at += bars
    return found
