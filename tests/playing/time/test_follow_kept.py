"""The tempo that is kept over a Start: how long it counts, and how much it takes to contradict it."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from instrument.playing.time.clock_follower import DOUBT, KEPT_FOR, _contradicted
from tests.fakes.pulses import PERIOD, fed, steady

SURE, SHAKY = 0.002 * PERIOD, 0.001  #: seconds


def judged(count: int, period: float, sure: float = SURE, jitter: float = SHAKY) -> bool:
    """Of so many pulses, newest first as the follower has them."""
    x = -np.arange(float(count))
    return _contradicted(x, 7.0 + x * period, PERIOD, sure, jitter)


def test_it_counts_for_two_beats_and_no_longer() -> None:
    assert KEPT_FOR == 48
    assert not judged(47, PERIOD)
    assert judged(48, PERIOD) and judged(49, PERIOD)


def test_one_pulse_and_a_second_one_say_nothing_against_it() -> None:
    assert not judged(1, 2 * PERIOD)
    assert not judged(2, PERIOD + 0.9 * DOUBT * sqrt(SURE**2 + SHAKY**2 / 0.5))
    assert judged(2, PERIOD + 1.1 * DOUBT * sqrt(SURE**2 + SHAKY**2 / 0.5))


@pytest.mark.parametrize("count", (3, 6, 12, 47))
@pytest.mark.parametrize("sign", (1, -1))
@pytest.mark.parametrize("sure, jitter", ((SURE, SHAKY), (SURE, 1e-5), (1e-7, SHAKY)))
def test_pulses_contradict_it_beyond_three_deviations_of_both(
    count: int, sign: int, sure: float, jitter: float
) -> None:
    """Of the slope of n pulses the deviation is jitter sqrt(12 / (n^3 - n))."""
    far = DOUBT * sqrt(sure**2 + jitter**2 * 12 / (count**3 - count))
    assert not judged(count, PERIOD + sign * 0.97 * far, sure, jitter)
    assert judged(count, PERIOD + sign * 1.03 * far, sure, jitter)


def test_after_a_start_another_tempo_is_there_within_a_beat() -> None:
    follower = fed(steady(300))
    follower.restart()
    fed(steady(24, 30.0, 1.04 * PERIOD), follower)
    assert follower.period == pytest.approx(1.04 * PERIOD, rel=0.002)


def test_after_a_start_the_same_tempo_is_known_at_once() -> None:
    follower = fed(steady(300))
    follower.restart()
    fed(np.array((30.0, 30.0 + PERIOD + 0.002)), follower)
    assert follower.period == pytest.approx(PERIOD, rel=0.004), "two pulses, one of them 2 ms late"
