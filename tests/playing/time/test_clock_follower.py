"""The follower by its laws: a line is found exactly, lost and doubled clocks are counted, jitter is averaged away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from instrument.playing.time.clock_follower import LOCK, ClockFollower
from instrument.workshop.bench.follow import BEAT, follow, outside, rms
from tests.fakes.thorough import every, share

Floats = NDArray[np.float64]
BPM = st.floats(40, 240)


def period(bpm: float) -> float:
    return 60 / bpm / BEAT


def fed(times: Floats, guess: float = 112.0) -> ClockFollower:
    follower = ClockFollower(period(guess))
    for at in times:
        follower.pulse(float(at))
    return follower


def steady(bpm: float, count: int, start: float = 5.0) -> Floats:
    return start + np.arange(count) * period(bpm)


def jittered(times: Floats, jitter: float, seed: int) -> Floats:
    return np.maximum.accumulate(times + np.random.default_rng(seed).normal(0, jitter, len(times)))


@given(BPM, st.integers(60, 400), st.floats(0, 1e5))
def test_a_perfect_clock_is_followed_perfectly(bpm: float, count: int, start: float) -> None:
    follower = fed(steady(bpm, count, start))
    assert follower.locked
    assert follower.seconds(count + 48) == pytest.approx(start + (count + 48) * period(bpm), abs=1e-4)
    assert follower.period == pytest.approx(period(bpm), rel=1e-4)


@given(BPM, st.floats(0, 0.004), st.integers(0, 10**6), st.floats(1, 1e4))
def test_the_same_clock_later_is_the_same_line_later(bpm: float, jitter: float, seed: int, later: float) -> None:
    times = jittered(steady(bpm, 100), jitter, seed)
    one, other = fed(times), fed(times + later)
    assert other.period == pytest.approx(one.period, rel=1e-6)
    assert other.seconds(100) - later == pytest.approx(one.seconds(100), abs=1e-7)


@given(BPM, st.integers(60, 200), st.integers(1, 60), st.floats(0, 0.001), st.integers(0, 10**6))
@example(119.0, 65, 59, 0.000935, 4070)  # carried on so far, the line is a tenth of a pulse off
def test_lost_clocks_are_counted(bpm: float, before: int, lost: int, jitter: float, seed: int) -> None:
    ideal = steady(bpm, before + lost + 30)
    times = np.delete(jittered(ideal, jitter, seed), range(before, before + lost))
    follower = fed(times)
    assert follower.count == len(ideal) - 1
    assert follower.seconds(len(ideal)) == pytest.approx(ideal[-1] + period(bpm), abs=0.002)


@given(st.integers(60, 200), st.floats(0.001, 0.019), st.floats(0, 0.001), st.integers(0, 10**6))
def test_a_clock_that_comes_twice_is_counted_once(before: int, later: float, jitter: float, seed: int) -> None:
    ideal = steady(120, before + 30)
    times = jittered(ideal, jitter, seed)
    doubled = np.sort(np.concatenate((times, [times[before] + later])))
    assert fed(doubled).count == len(ideal) - 1


@given(BPM, st.integers(60, 200), st.integers(2, 40))
def test_clocks_that_stall_and_burst_change_nothing(bpm: float, before: int, stalled: int) -> None:
    ideal = steady(bpm, before + stalled + 30)
    times = ideal.copy()
    times[before : before + stalled] = ideal[before + stalled] - np.arange(stalled, 0, -1) * 0.0003
    follower = fed(times)
    assert follower.count == len(ideal) - 1
    assert follower.period == pytest.approx(period(bpm), rel=0.01)
    assert follower.seconds(len(ideal) - 1) == pytest.approx(ideal[-1], abs=0.002)


@pytest.mark.parametrize(
    "before, after", every(2, [(100, 140), (140, 100), (120, 60), (60, 120), (120, 123), (200, 90)])
)
def test_another_tempo_is_followed_within_two_beats(before: float, after: float) -> None:
    periods = np.concatenate((np.full(16 * BEAT, period(before)), np.full(8 * BEAT, period(after))))
    found = [outside(follow(periods, 0.001, seed)[0][16 * BEAT :]) for seed in range(share(6, 20))]
    assert max(found) <= 2


def test_with_three_milliseconds_of_jitter_the_figures_asked_for_are_met() -> None:
    periods = np.full(16 * BEAT, period(120))
    runs = [follow(periods, 0.003, seed) for seed in range(share(15, 40))]
    assert rms([phase[8 * BEAT :] for phase, _ in runs]) <= 0.0005
    assert rms([tempo[8 * BEAT :] for _, tempo in runs]) <= 0.0003
    assert np.percentile([outside(phase) for phase, _ in runs], 90) <= 2


@pytest.mark.parametrize("jitter", (0.001, 0.003, 0.008))
def test_drift_of_half_a_percent_is_followed(jitter: float) -> None:
    periods = 60 / np.linspace(120, 120.6, 64 * BEAT) / BEAT
    assert rms([follow(periods, jitter, seed)[0][4 * BEAT :] for seed in range(share(2, 5))]) <= 0.4 * jitter + 0.0005


@pytest.mark.long  # 3 seconds of CPU
@pytest.mark.parametrize("first, last, beats", [(100, 140, 16), (140, 100, 16), (120, 60, 4), (100, 140, 4)])
def test_ramps_of_tempo_are_followed(first: float, last: float, beats: int) -> None:
    bpm = np.concatenate((np.full(8 * BEAT, first), np.linspace(first, last, beats * BEAT), np.full(8 * BEAT, last)))
    for jitter, allowed in ((0.0, 0.001), (0.001, 0.002), (0.003, 0.005)):
        assert rms([follow(60 / bpm / BEAT, jitter, seed)[0][4 * BEAT :] for seed in range(share(2, 5))]) <= allowed


@pytest.mark.parametrize("jitter", (0.0, 0.001, 0.003))
def test_it_says_locked_only_where_the_phase_is_known(jitter: float) -> None:
    near = []
    for seed in range(20):
        follower, times = ClockFollower(period(112)), steady(120, 96)
        for n, at in enumerate(jittered(times, jitter, seed)):
            follower.pulse(float(at))
            if follower.locked:
                near.append(abs(follower.seconds(n) - times[n]) <= LOCK)
        assert follower.locked
    assert np.mean(near) > 0.95


def test_what_begins_anew_keeps_the_tempo_and_takes_another_phase() -> None:
    follower = fed(steady(131, 200))
    follower.restart()
    began = 100.0
    follower.pulse(began)
    assert follower.seconds(follower.count + 24) == pytest.approx(began + 24 * period(131), abs=0.003)


@pytest.mark.parametrize("frames", every(2, (1024, 256, 2048, 512)))
@pytest.mark.parametrize("bpm", every(2, (60, 100, 117, 118, 120, 121, 125, 140, 240, 234)))
def test_clocks_that_fall_on_audio_blocks_are_counted_and_no_tempo_of_the_blocks(bpm: float, frames: int) -> None:
    block, ideal = frames / 48_000, steady(bpm, 64 * BEAT)
    noise = np.abs(np.random.default_rng(3).normal(0, 0.0001, len(ideal)))
    follower = fed(np.maximum.accumulate(np.ceil(ideal / block - 1e-9) * block + noise))
    assert follower.count == len(ideal) - 1
    assert 60 / BEAT / follower.period == pytest.approx(bpm, rel=0.003)
    assert -0.001 < follower.seconds(follower.count) - ideal[-1] < block + 0.001


def test_two_clocks_that_were_lost_singly_are_counted_all_the_same() -> None:
    """On a cable that trembles a little, as cables do."""
    ideal = steady(120, 400)
    follower = fed(np.delete(jittered(ideal, 0.0008, 1), [150, 250]))
    assert follower.count == len(ideal) - 1


@pytest.mark.parametrize("bpm", (15.5, 20, 25, 300, 390))
def test_the_slowest_and_the_fastest_clocks_are_followed_from_the_first_beat(bpm: float) -> None:
    follower = ClockFollower(period(112), period(400), period(15))
    times = steady(bpm, 49)
    for n, at in enumerate(times):
        follower.pulse(float(at))
        if n >= 8:
            assert follower.seconds(n + BEAT) == pytest.approx(at + 60 / bpm, abs=0.25 * 60 / bpm)
    assert follower.count == 48
    assert follower.seconds(72) == pytest.approx(times[-1] + 60 / bpm, rel=0.001)


def test_it_is_not_locked_while_much_is_unexpected() -> None:
    follower = fed(steady(120, 200))
    assert follower.locked
    last = 5.0 + 199 * period(120)
    for n in range(1, 8):  # off by a third of a clock, now to one side, now to the other: no tempo, no slip
        follower.pulse(last + n * period(120) + (0.4 if n % 2 else -0.4) * period(120))
    assert follower.uncertainty < LOCK / 2, "the line is as well known as before"
    assert not follower.locked
