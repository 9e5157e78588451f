"""Outliers among clock pulses: a tempo that creeps a whole pulse away loses none; those lost are counted."""

from __future__ import annotations

import numpy as np
import pytest

from instrument.playing.time.clock_outliers import FEWEST, Surprises
from tests.fakes.pulses import Floats, fed
from tests.fakes.thorough import share


def pulses(periods: Floats, jitter: float, seed: int) -> Floats:
    """Moments with these distances, each trembling as a cable does."""
    at = 5 + np.cumsum(periods)
    return np.maximum.accumulate(at + np.random.default_rng(seed).normal(0, jitter, len(at)))


@pytest.mark.parametrize("parts", (6, 7, 8, 9, 10, 12, -6, -7, -8, -9, -10, -12))
def test_a_tempo_that_is_a_whole_pulse_off_after_a_few_has_lost_none(parts: int) -> None:
    """Of another tempo by 1/n the n-th pulse is where one more or one less would be, at the moment of judgement."""
    for seed in range(share(6, 200)):
        drawn = np.random.default_rng(1000 * seed + parts + 12)
        period, jitter = 60 / drawn.uniform(60, 200) / 24, float(drawn.choice((0.0003, 0.001, 0.0015)))
        change = 1 + 1 / parts + drawn.normal(0, 0.004)
        periods = np.r_[np.full(int(drawn.integers(30, 90)), period), np.full(60, period / change)]
        follower = fed(pulses(periods, jitter, seed))
        assert follower.count == len(periods) - 1, (seed, period, jitter, change)
        assert follower.period == pytest.approx(period / change, rel=0.012)


@pytest.mark.parametrize("apart", (6, 8, 12, 40))
@pytest.mark.parametrize("lost", (1, 2))
def test_pulses_that_are_lost_again_and_again_are_counted(lost: int, apart: int) -> None:
    """No tempo that creeps away: they are off by whole pulses from one to the next, however often. Without any jitter
    they could not be told from a clock in audio blocks of its own period."""
    for seed in range(share(2, 20)):
        drawn = np.random.default_rng(seed)
        period, jitter = 60 / drawn.uniform(60, 200) / 24, float(drawn.choice((0.0003, 0.0006)))
        periods = np.full(200, period)
        periods[[90, 90 + apart, 90 + 2 * apart]] *= 1 + lost
        assert fed(pulses(periods, jitter, seed)).count == 199 + 3 * lost


def test_right_after_a_beginning_a_step_is_a_step() -> None:
    """Where no error is known yet, the line in force was right."""
    period, surprises = 60 / 120 / 24, Surprises()
    told = [
        surprises.unexpected(n, 5 + (n - 1) * period + off, off - period, period, 0.001)
        for n, off in enumerate((0.0002, -0.0004, 0.0005, -0.0001, 0.0003, -0.0002))
    ]
    assert told[:-1] == [None] * (FEWEST - 1)
    assert told[-1] is not None and told[-1].lost == -1
