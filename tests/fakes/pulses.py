"""Clock pulses by number and moment, and plain least squares to judge the follower's by."""

from __future__ import annotations

from copy import deepcopy
from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from instrument.playing.time.clock_follower import ClockFollower

Floats = NDArray[np.float64]
PERIOD = 60 / 120 / 24
GUESS = 60 / 112 / 24


def fed(times: Floats, follower: ClockFollower | None = None) -> ClockFollower:
    one = follower or ClockFollower(GUESS)
    for at in times:
        one.pulse(float(at))
    return one


def steady(count: int, start: float = 5.0, period: float = PERIOD) -> Floats:
    return start + np.arange(count) * period


def noisy(count: int, deviation: float, seed: int = 1) -> Floats:
    return np.maximum.accumulate(steady(count) + np.random.default_rng(seed).normal(0, deviation, count))


def gate(follower: ClockFollower, longest: float = 1.0) -> float:
    """Seconds that the next pulse may be late by and still be expected, to 0.1 per cent."""
    least, most = 0.0, longest
    while most - least > 0.001 * most:
        one, late = deepcopy(follower), (least + most) / 2
        one.pulse(one.seconds(one.count + 1) + late)
        assert one.error == pytest.approx(late)
        least, most = (late, most) if one._surprises.row == 0 else (least, late)
    return least


def plain(x: Floats, t: Floats, guess: float, weight: float) -> tuple[float, float, Floats]:
    """Least squares as in any book: when, slope and their covariances; one more row for the guess."""
    rows = np.vstack((np.stack((np.ones_like(x), x), axis=1), [[0.0, sqrt(weight)]]))
    found = np.linalg.lstsq(rows, np.append(t, sqrt(weight) * guess), rcond=None)[0]
    return float(found[0]), float(found[1]), np.linalg.inv(rows.T @ rows)
