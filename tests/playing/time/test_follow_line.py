"""The follower's line by its parts: the fits against plain least squares, which of them is taken, what a pulse may be
off by, and what is kept when it begins anew."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from instrument.playing.time.clock_follower import (
    FREE,
    JITTER,
    LEAST,
    LOCK,
    LONGEST,
    WINDOWS,
    ClockFollower,
    Line,
    _fits,
    _jitter,
    _longest,
    _within,
)
from tests.fakes.pulses import GUESS, PERIOD, fed, noisy, plain, steady

# nothing, and little, is known


def test_before_the_first_pulse_there_is_a_guess() -> None:
    follower = ClockFollower(0.02)
    assert (follower.count, follower.period, follower.newest) == (-1, 0.02, float("-inf"))
    assert (follower.error, follower.jitter, follower.uncertainty) == (0.0, JITTER, float("inf"))
    assert not follower.locked
    assert follower.seconds(4) == pytest.approx(5 * 0.02)


def test_the_first_pulse_is_where_the_line_begins() -> None:
    follower = fed(np.array([7.25]), ClockFollower(0.02))
    assert (follower.count, follower.newest, follower.error) == (0, 7.25, 0.0)
    assert follower.period == 0.02
    assert [follower.seconds(n) for n in (0, 24, -2)] == pytest.approx([7.25, 7.25 + 0.48, 7.21])
    assert follower.uncertainty == pytest.approx(JITTER), "the phase is as well known as one pulse"
    assert not follower.locked


def test_errors_are_told_as_seconds_later_than_expected() -> None:
    follower = fed(steady(200))
    expected = follower.seconds(200)
    follower.pulse(expected + 0.002)
    assert follower.error == pytest.approx(0.002)
    assert follower.newest == expected + 0.002 and follower.count == 200
    follower.pulse(follower.seconds(201) - 0.001)
    assert follower.error == pytest.approx(-0.001)


def test_a_second_pulse_tells_the_tempo_as_far_as_it_outweighs_the_guess() -> None:
    follower = fed(np.array([1.0, 1.024]), ClockFollower(0.02))
    weight = (JITTER / (FREE * 0.02)) ** 2
    x, t = np.array([0.0, -1.0]), np.array([1.024, 1.0])
    at, slope = plain(x, t, 0.02, weight)[:2]
    assert follower.period == pytest.approx(slope)
    assert follower.seconds(1) == pytest.approx(at)


# lines through pulses


@pytest.mark.parametrize("count", (1, 2, 6, 7, 12, 13, 100, 192, 193, LONGEST))
@pytest.mark.parametrize(("guess", "weight"), [(0.02, 1.0), (0.019, 0.25), (0.03, 400.0)])
def test_each_window_is_fitted_by_least_squares(count: int, guess: float, weight: float) -> None:
    rng = np.random.default_rng(count)
    x = -np.cumsum(rng.integers(1, 4, count)).astype(float)
    t = 0.021 * x + rng.normal(0, 0.003, count)
    fits = _fits(x, t, guess, weight)
    lengths = [int(n) for n in WINDOWS if n < count] + [count]
    for n, (at, slope, at_var, slope_var, cross) in zip(lengths, fits, strict=True):
        when, tempo, covariance = plain(x[:n], t[:n], guess, weight)
        assert (at, slope) == pytest.approx((when, tempo), abs=1e-9)
        assert (at_var, slope_var, cross) == pytest.approx(
            (covariance[0, 0], covariance[1, 1], covariance[0, 1]), rel=1e-6
        )


def line(at: float, slope: float, at_var: float = 0.0, slope_var: float = 0.0) -> Line:
    return Line(at, slope, at_var, slope_var, 0.0)


@pytest.mark.parametrize(
    ("at", "slope", "taken"),
    [
        (0.0, 0.0, 2), (0.0149, 0.0, 2), (0.0151, 0.0, 1), (-0.0151, 0.0, 1), (0.0, 0.00149, 2), (0.0, 0.00151, 1),
        (0.0, -0.00151, 1),
    ],
)  # fmt: skip
def test_the_longest_line_is_taken_with_which_every_shorter_one_agrees(at: float, slope: float, taken: int) -> None:
    """Five deviations of their difference: of phase 5 x 3 ms, of the tempo a tenth of that."""
    jitter = 0.003
    lines = [line(1.0, 0.02, 5.0, 0.05), line(1.0, 0.02, 4.0, 0.04), line(1.0 + at, 0.02 + slope, 3.0, 0.03)]
    assert _longest(lines, jitter) is lines[taken]
    assert _longest(lines[:1], jitter) is lines[0]


def test_a_line_as_uncertain_as_a_shorter_one_must_be_the_same_line() -> None:
    lines = [line(1.0, 0.02, 1.0, 0.01), line(1.0 + 5e-10, 0.02, 2.0, 0.02)]
    assert _longest(lines, 0.003) is lines[1]
    lines[1] = line(1.0 + 5.5e-9, 0.02, 2.0, 0.02)
    assert _longest(lines, 0.003) is lines[0]
    lines[1] = line(1.0, 0.02 + 5.5e-9, 2.0, 0.02)
    assert _longest(lines, 0.003) is lines[0]


def test_after_one_that_disagrees_a_longer_one_is_not_taken() -> None:
    lines = [line(1.0, 0.02, 4.0, 0.04), line(2.0, 0.02, 3.0, 0.03), line(1.0, 0.02, 2.0, 0.02)]
    assert _longest(lines, 0.003) is lines[0]


def test_on_blocks_the_longest_line_is_taken_of_which_no_pulse_is_far_off() -> None:
    x = -np.arange(30.0)
    t = 0.02 * x
    t[15:] -= 0.005  # an older tempo's
    six, twelve, more, everything = lines = [line(number * 1e-9, 0.02) for number in range(4)]
    assert _within(lines, x, t, 0.0049) is twelve, "six, twelve: all on the line"
    assert _within(lines, x, t, 0.005 + 1e-8) is everything
    once = 0.02 * x
    once[27] += 0.005
    assert _within(lines, x, once, 0.004) is more
    later = [line(0.1 + number * 1e-9, 0.02) for number in range(4)]
    assert _within(later, x, 0.1 + 0.02 * x, 0.001) is later[3]
    off = [six, line(0.004, 0.02), more, everything]
    assert _within(off, x, t, 0.004 + 1e-12) is off[1]
    assert _within(off, x, t, 0.0039) is six
    far = [line(0.5, 0.02) for _ in range(4)]
    assert _within(far, x, t, 0.1) is far[0], "the newest six are believed whatever comes"
    assert _within([six, twelve], x[:12], t[:12], 0.001) is twelve
    t[11] += 0.002
    assert _within([six, twelve], x[:12], t[:12], 0.001) is six


def test_the_jitter_of_single_pulses_is_told_from_second_differences() -> None:
    assert _jitter(np.array([]), np.array([])) == JITTER
    assert _jitter(np.array([0.0, -1.0]), np.array([5.0, 4.0])) == JITTER
    x = -np.arange(96.0)
    t = 0.02 * x
    assert _jitter(x[:3], t[:3]) == pytest.approx(sqrt(4 * JITTER**2 / 5))
    assert _jitter(x, t) == pytest.approx(sqrt(4 * JITTER**2 / 98)), "a steady clock"
    assert _jitter(x, t + 0.0001 * x**2 / 100) == pytest.approx(_jitter(x, t), rel=0.01), "or a steady change of it"
    zigzag = t + np.where(np.arange(96) % 2, 0.006, 0.0)
    bends = 0.012**2 * 94 / 6
    assert _jitter(x, zigzag) == pytest.approx(sqrt((4 * JITTER**2 + bends) / 98))
    assert _jitter(x[:5], np.zeros(5)) >= LEAST


def test_no_clock_is_trusted_beyond_the_least_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrument.playing.time.clock_follower.JITTER", 1e-6)
    x = -np.arange(50.0)
    assert _jitter(x, 0.02 * x) == LEAST


def test_jitter_is_of_the_newest_pulses_and_not_of_gaps() -> None:
    x = -np.arange(200.0)
    t = 0.02 * x
    t[96::2] += 0.05  # long ago
    assert _jitter(x, t) == _jitter(x[:96], t[:96])
    gap = x[:50].copy()
    gap[20:] -= 7
    late = 0.02 * gap
    assert _jitter(gap, late) == pytest.approx(sqrt(4 * JITTER**2 / (4 + 46)))
    late[20:] -= 0.01  # and where the count is in doubt nothing is told
    assert _jitter(gap, late) == pytest.approx(sqrt(4 * JITTER**2 / (4 + 46)))


# the line in force


def test_the_line_in_force_is_the_longest_fit_with_its_uncertainty() -> None:
    times = noisy(100, 0.002)
    follower = fed(times)
    x, t = np.arange(0.0, -100.0, -1), times[::-1]
    weight = (follower.jitter / (FREE * GUESS)) ** 2
    assert follower.jitter == pytest.approx(_jitter(x, t))
    assert follower.jitter == pytest.approx(0.002, rel=0.2)
    at, slope, covariance = plain(x, t - t[0], GUESS, weight)
    assert follower.period == pytest.approx(slope, rel=1e-9)
    assert follower.seconds(99) == pytest.approx(t[0] + at, abs=1e-9)
    assert follower.uncertainty == pytest.approx(sqrt(covariance[0, 0]) * follower.jitter, rel=1e-6)
    assert follower.uncertainty == pytest.approx(2 * follower.jitter / sqrt(100), rel=0.1), "as the theory says"


def test_it_is_locked_while_two_deviations_of_the_phase_lie_within_the_limit() -> None:
    follower = fed(steady(200))
    for uncertainty, locked in ((LOCK / 2, True), (LOCK / 2 * 1.01, False)):
        follower.uncertainty = uncertainty
        assert follower.locked is locked


def test_at_most_the_newest_pulses_are_fitted_however_long_it_goes_on() -> None:
    """Over the edge of what is kept, and the tempo creeps: what was minutes ago has no say."""
    times = np.cumsum(PERIOD * (1 + 0.00001 * np.arange(1700) / 1700))
    follower = fed(times)
    assert follower.count == 1699
    reference = fed(times[-2 * LONGEST :])
    assert follower.period == pytest.approx(reference.period, rel=1e-9)
    assert follower.seconds(1700) == pytest.approx(reference.seconds(2 * LONGEST), abs=1e-7)
    assert follower.uncertainty == pytest.approx(2 * follower.jitter / sqrt(LONGEST), rel=0.02)
