"""Gate of the follower: the pulse that it expects, and one that comes otherwise, found by bisection, to the tenth of a
millisecond."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from instrument.playing.time.clock_follower import BEAT, EXPECTED, FREE, JITTER, LONGEST, ClockFollower
from instrument.playing.time.clock_outliers import FEWEST, PulseVerdict
from tests.fakes.pulses import GUESS, PERIOD, fed, gate, noisy, plain, steady

FASTEST, SLOWEST = 60 / 400 / 24, 60 / 15 / 24


def verdict(lost: int, slope: float | None, counts: list[float], times: list[float]) -> PulseVerdict:
    return PulseVerdict(lost, slope, np.array(counts), np.array(times))


# what is expected


def test_in_the_first_beat_three_pulses_and_from_then_on_a_quarter_of_one() -> None:
    assert gate(fed(steady(BEAT - 1)), 0.1) == pytest.approx(3 * PERIOD, rel=0.01)
    first = gate(fed(steady(BEAT)), 0.1)
    assert PERIOD / 4 < first < PERIOD / 3, "what is not known yet is allowed for"
    assert gate(fed(steady(200)), 0.01) == pytest.approx(PERIOD / 4, rel=0.01)


def test_before_three_pulses_the_slowest_that_is_believed_may_be_what_begins() -> None:
    for count, allowed in ((1, 1.2 * SLOWEST), (2, 1.2 * SLOWEST), (3, 3 * PERIOD)):
        assert gate(fed(steady(count), ClockFollower(PERIOD, FASTEST, SLOWEST))) == pytest.approx(allowed, rel=0.01)
    assert gate(fed(steady(1), ClockFollower(PERIOD))) == pytest.approx(3 * PERIOD, rel=0.01)


@pytest.mark.parametrize("count", (1, 2, 5, 20))
def test_where_jitter_is_more_than_pulses_it_is_by_its_deviation(count: int) -> None:
    """Of a pulse and of the line where it is expected, together: four and a half of them."""
    period = 0.0015
    follower = fed(steady(count, period=period), ClockFollower(period))
    x = -np.arange(float(count))
    weight = (follower.jitter / (FREE * period)) ** 2
    covariance = plain(x, period * x, period, weight)[2]
    deviation = follower.jitter * sqrt(1 + covariance.sum())
    assert gate(follower, 0.1) == pytest.approx(EXPECTED * deviation, rel=0.01)
    assert EXPECTED * deviation > 3 * period


def test_a_cable_that_trembles_is_allowed_to() -> None:
    follower = fed(noisy(300, 0.003))
    assert follower.jitter == pytest.approx(0.003, rel=0.2)
    assert gate(follower, 0.1) == pytest.approx(EXPECTED * follower.jitter, rel=0.02)


def test_a_pulse_that_is_off_by_more_moves_nothing() -> None:
    follower = fed(steady(200))
    at, period = follower.seconds(300), follower.period
    follower.pulse(follower.seconds(200) + 0.3 * PERIOD)
    assert follower.period == period and follower.seconds(300) == pytest.approx(at, abs=1e-12)
    assert follower.error == pytest.approx(0.3 * PERIOD) and follower.count == 200
    follower.pulse(follower.seconds(201) + 0.2 * PERIOD)
    assert follower.period > period


# what begins anew


@pytest.mark.parametrize(("off", "goes_on"), [(4.4, True), (-4.4, True), (4.6, False), (-4.6, False)])
def test_what_begins_when_it_should_is_the_same_line(off: float, goes_on: bool) -> None:
    follower = fed(steady(200))
    uncertainty, expected = follower.uncertainty, follower.seconds(200)
    follower.restart()
    follower.pulse(expected + off * follower.jitter)
    assert (follower.uncertainty < 1.2 * uncertainty) is goes_on
    assert follower.error == pytest.approx(off * follower.jitter if goes_on else 0.0, rel=0.1)
    assert follower.count == 200


def test_one_beginning_is_one() -> None:
    follower = fed(steady(200))
    follower.restart()
    follower.pulse(follower.seconds(200))
    follower.pulse(follower.seconds(201) + 0.2 * PERIOD)
    assert follower.error == pytest.approx(0.2 * PERIOD, rel=0.05), "late, and no beginning"


def test_after_a_lock_the_tempo_is_kept_and_the_first_pulses_hardly_bend_it() -> None:
    follower = fed(steady(200), ClockFollower(PERIOD, FASTEST, SLOWEST))
    follower.restart()
    follower.pulse(50.0)
    assert follower.period == pytest.approx(PERIOD, rel=1e-4)
    assert follower.seconds(200) == 50.0 and follower.error == 0.0
    assert not follower.locked, "its phase is as well known as one pulse"
    assert gate(follower) == pytest.approx(3 * PERIOD, rel=0.01), "its tempo is no guess"
    follower.pulse(50.0 + PERIOD + 0.004)
    assert follower.period == pytest.approx(PERIOD, rel=0.001)
    late = fed(50.0 + PERIOD + 0.004 + PERIOD * np.arange(1, 100), follower)
    assert late.period == pytest.approx(PERIOD, rel=0.001)


def test_without_a_lock_the_tempo_is_a_guess_as_before() -> None:
    follower = fed(steady(3))
    assert not follower.locked
    follower.restart()
    follower.pulse(50.0)
    before = follower.period
    follower.pulse(50.0 + before + 0.004)
    assert abs(follower.period / before - 1) > 0.01


def test_a_first_pulse_that_was_announced_begins_with_the_guess() -> None:
    follower = ClockFollower(GUESS)
    follower.restart()
    follower.pulse(3.0)
    assert (follower.seconds(0), follower.period) == (3.0, GUESS)
    follower.pulse(3.0 + PERIOD)
    assert abs(follower.period / GUESS - 1) > 0.01, "which is no tempo that was locked to"


def test_what_was_unexpected_before_a_beginning_is_forgotten() -> None:
    follower = fed(steady(200))
    for n in range(FEWEST):
        follower.pulse(follower.seconds(200 + n) + PERIOD * (0.4 if n % 2 else -0.4))
    assert not follower.locked
    follower.restart()
    fed(steady(BEAT * 4, start=50.0), follower)
    assert follower.locked and follower.count == 199 + FEWEST + 4 * BEAT
    assert len(follower._blocks.times) == 4 * BEAT


# what unexpected pulses tell


@pytest.mark.parametrize("lost", (1, 4, 20))
def test_pulses_that_were_lost_are_counted(lost: int) -> None:
    follower = fed(np.delete(steady(200), range(150, 150 + lost)))
    assert follower.count == 199
    assert follower.seconds(200) == pytest.approx(5 + 200 * PERIOD, abs=1e-5)


def test_a_pulse_that_came_twice_is_counted_once() -> None:
    follower = fed(np.sort(np.append(steady(200), 5 + 150.5 * PERIOD)))
    assert follower.count == 199


@pytest.mark.parametrize("bpm", (100, 140))
def test_another_tempo_is_a_line_of_its_own(bpm: int) -> None:
    period = 60 / bpm / 24
    times = steady(200)
    follower = fed(times)
    other = times[-1] + period * np.arange(1, 49)
    fed(other, follower)
    assert follower.period == pytest.approx(period, rel=0.002)
    assert follower.count == 247 and follower.seconds(247) == pytest.approx(other[-1], abs=0.0005)


@pytest.mark.parametrize("period", (FASTEST * 0.8, SLOWEST * 1.2))
def test_a_tempo_that_nobody_plays_is_not_believed(period: float) -> None:
    times = steady(200)
    follower = fed(times, ClockFollower(GUESS, FASTEST, SLOWEST))
    fed(times[-1] + period * np.arange(1, 30), follower)
    assert follower.period == pytest.approx(PERIOD, rel=0.001)
    assert not follower.locked


@pytest.mark.parametrize(
    ("slope", "believed"),
    [(FASTEST, True), (SLOWEST, True), (FASTEST * 0.999, False), (SLOWEST * 1.001, False), (0.03, True)],
)
def test_of_tempos_the_slowest_and_the_fastest_are_believed(slope: float, believed: bool) -> None:
    follower = fed(steady(200), ClockFollower(GUESS, FASTEST, SLOWEST))
    counts = list(range(193, 200))
    follower._believe(verdict(0, slope, counts, [90 + slope * n for n in range(7)]))
    assert follower.period == pytest.approx(slope if believed else PERIOD, rel=0.001)
    assert follower.seconds(199) == pytest.approx(90 + 6 * slope if believed else 5 + 199 * PERIOD, abs=1e-4)


@pytest.mark.parametrize("lost", (3, -1))
def test_of_pulses_that_were_lost_the_place_is_told_and_the_tempo_kept(lost: int) -> None:
    follower = fed(steady(200))
    times = [5 + (n + lost) * PERIOD for n in range(200, 206)]
    follower.count += 6
    follower._believe(verdict(lost, None, list(range(200, 206)), times))
    assert follower.count == 205 + lost and follower._blocks.adjusted == lost
    assert follower.seconds(205 + lost) == pytest.approx(times[-1], abs=1e-5)
    follower._believe(verdict(lost, None, [], []))
    assert follower._blocks.adjusted == 2 * lost
    assert follower.period == pytest.approx(PERIOD, rel=1e-4)


@pytest.mark.parametrize(("change", "kept"), [(0.009, True), (-0.009, True), (0.011, False), (-0.011, False)])
def test_a_clock_keeps_its_blocks_through_a_small_change_of_tempo(change: float, kept: bool) -> None:
    follower = fed(steady(200))
    follower._blocks.size = 0.01
    slope = follower.period * (1 + change)
    follower._believe(verdict(0, slope, list(range(193, 200)), [90 + slope * n for n in range(7)]))
    assert bool(follower._blocks.size) is kept


# pulses on audio blocks


def test_pulses_on_audio_blocks_are_averaged_over() -> None:
    block = 1024 / 48_000
    ideal = steady(16 * BEAT)
    follower = fed(np.ceil(ideal / block - 1e-9) * block)
    assert follower.count == len(ideal) - 1
    assert follower.period == pytest.approx(PERIOD, rel=0.003)
    assert follower._blocks.size == pytest.approx(block, rel=0.001)
    assert follower.jitter == pytest.approx(block / sqrt(12)), "as even spreading over a block has it"
    assert gate(follower, 0.2) == pytest.approx(EXPECTED * follower.jitter, rel=0.03)


def test_when_blocks_are_found_all_pulses_are_counted_again() -> None:
    follower = fed(steady(500))
    follower._blocks.adjusted = 2
    follower._blocks.size = 0.001
    follower.count += 2
    follower._surprises.row = 9
    follower.error = 0.5
    follower.restart()
    follower._count_again()
    assert follower.count == 499 and follower.error == 0.0
    assert follower.seconds(499) == pytest.approx(5 + 499 * PERIOD, abs=1e-6)
    assert follower.seconds(0) == pytest.approx(5, abs=1e-4)
    assert follower.uncertainty < 0.2 * JITTER, "the line goes through all of them"
    follower.pulse(follower.seconds(500) + 0.2 * PERIOD)
    assert follower.error == pytest.approx(0.2 * PERIOD, rel=0.05), "and nothing begins anew"


@pytest.mark.parametrize(
    ("bpm", "change", "most", "off"), [(118, 1.0, 0.001, 0.002), (120, 1.008, 0.009, 0.007), (119, 0.993, 0.008, 0.007)]
)
def test_on_blocks_the_line_is_as_long_as_it_stays_within_one(bpm: int, change: float, most: float, off: float) -> None:
    """No shorter, or it would be of the regular stretches between two slips; no longer, or another tempo were late."""
    block, period = 512 / 48_000, 60 / bpm / 24
    ideal = 5 + np.cumsum(np.r_[np.full(700, period), np.full(300, period * change)])
    follower = ClockFollower(GUESS)
    for count, at in enumerate(np.ceil(ideal / block - 1e-9) * block):
        follower.pulse(float(at))
        if count > 400:
            assert abs(follower.period / (period * (change if count >= 700 else 1)) - 1) < most
            assert abs(follower.seconds(follower.count) - ideal[count] - block / 2) < off
    assert follower.count == 999 and follower._blocks.size == pytest.approx(block, rel=0.001)


def test_no_more_is_remembered_than_is_fitted() -> None:
    follower = fed(steady(5 * LONGEST))
    assert len(follower._blocks.times) == LONGEST and len(follower._x) == 4 * LONGEST
