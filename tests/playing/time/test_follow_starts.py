"""A clock that changes its tempo around a Start: whatever came before, two beats later it is followed as it is.

A history of jumps, silences and Starts, each cut off wherever it likes, comes before the Start that counts.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from instrument.playing.time.clock_follower import ClockFollower
from instrument.workshop.bench.follow import BEAT
from tests.fakes.thorough import share

Stretch = tuple[str, float, int]  #: how it begins, at which tempo it goes on, for how many clocks
BEGINS = ("at once", "start", "silence", "silence and start")
STRETCH = st.tuples(st.sampled_from(BEGINS), st.floats(0.8, 1.25), st.integers(3, 100))
SILENCE = 1.1  #: seconds


def period(bpm: float) -> float:
    return 60 / bpm / BEAT


class Master:
    """Sends clocks into a follower, each trembling as a cable does."""

    def __init__(self, bpm: float, jitter: float, seed: int) -> None:
        self.follower = ClockFollower(period(112), period(400), period(15))
        self.bpm, self.at, self._last = bpm, 5.0, 0.0
        self._jitter, self._noise = jitter, np.random.default_rng(seed)

    def begin(self, how: str) -> None:
        self.at += SILENCE if "silence" in how else 0.0
        if "start" in how:
            self.follower.restart()

    def clocks(self, count: int) -> None:
        for _ in range(count):
            self._last = max(self._last, self.at + float(self._noise.normal(0, self._jitter)))
            self.follower.pulse(self._last)
            self.at += period(self.bpm)

    @property
    def off(self) -> float:
        """Seconds that the line is off at the newest clock."""
        return self.follower.seconds(self.follower.count) - (self.at - period(self.bpm))


@pytest.mark.long  # 2 seconds of CPU
@given(
    st.floats(60, 200), st.lists(STRETCH, min_size=1, max_size=4), st.sampled_from(BEGINS[1::2]), st.floats(0.8, 1.25),
    st.sampled_from((0.0, 0.0003, 0.001)), st.integers(0, 10**6),
)  # fmt: skip
@example(174.0, [("silence", 1.25, 26), ("at once", 0.875, 27)], "start", 1.125, 0.001, 50)
@example(120.0, [("silence and start", 1.0507, 24)], "start", 1.0, 0.0, 58)
@example(90.0, [("silence and start", 1.0527, 18)], "start", 1.0, 0.0, 195)
@example(200.0, [("start", 1.0, 6)], "silence and start", 1.086, 0.0, 348)
@example(200.0, [("silence and start", 0.9302, 10)], "start", 1.0, 0.0, 283)
def test_two_beats_after_a_start_the_clock_is_followed_whatever_its_tempo_was_before(
    bpm: float, history: list[Stretch], how: str, change: float, jitter: float, seed: int
) -> None:
    master = Master(bpm, jitter, seed)
    master.clocks(60)
    for begins, by, count in history:
        master.begin(begins)
        master.bpm = min(max(master.bpm * by, 40.0), 240.0)
        master.clocks(count)
    master.begin(how)
    master.bpm = min(max(master.bpm * change, 40.0), 240.0)
    before = master.follower.count
    master.clocks(2 * BEAT)
    assert master.follower.count == before + 2 * BEAT
    for _ in range(4 * BEAT):
        master.clocks(1)
        assert 60 / BEAT / master.follower.period == pytest.approx(master.bpm, rel=0.012)
        assert abs(master.off) < 0.003


def test_a_tempo_that_was_kept_holds_where_the_clocks_after_a_start_tremble() -> None:
    """Half a beat of clocks with three milliseconds of jitter tell the tempo to two per cent; it is known better."""
    off = []
    for seed in range(share(15, 40)):
        master = Master(120.0, 0.003, seed)
        master.clocks(300)
        master.begin("silence and start")
        master.clocks(BEAT // 2)
        off.append(60 / BEAT / master.follower.period / 120 - 1)
    assert np.sqrt(np.mean(np.square(off))) < 0.005
