"""Bars and beats of JACK's transport: a master is believed as long as its beats go with the frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.playing.time.timebase import WINDOW, WINDOWS, Timebase

RATE = 48_000.0


def cycles(period: int, count: int, begin: int = 0) -> Iterator[int]:
    return iter(range(begin, begin + period * count, period))


def hydrogen(frame: int, bpm: float, looping: bool) -> float:
    """Quarter notes by what Hydrogen 1.2.0-beta was seen to say: 192 ticks a bar of four, called those of one beat."""
    ticks = frame / RATE * bpm / 60 / 4 * 192
    bar = 0 if looping else int(ticks // 192) + 1
    return (bar - 1) * 4 + int(ticks % 192) / 192


@pytest.mark.parametrize("looping", [True, False])
@pytest.mark.parametrize("period", [64, 256, 1024])
@pytest.mark.parametrize("bpm", [40.0, 120.0, 240.0])
def test_beats_that_do_not_go_with_the_frames_are_counted_instead(period: int, bpm: float, looping: bool) -> None:
    timebase = Timebase()
    for frame in cycles(period, int(20 * RATE / period)):
        found = timebase.beat(frame, RATE, True, hydrogen(frame, bpm, looping), bpm, 4.0)
        if looping or frame > (WINDOWS + 1) * WINDOW * RATE:
            assert found == pytest.approx(frame / RATE * bpm / 60)


@given(
    st.lists(
        st.tuples(
            st.floats(20, 300), st.integers(1, 400), st.sampled_from(["on", "jump", "stop", "meter", "fade"]),
            st.integers(0, 10**7),
        ),
        min_size=1, max_size=12,
    ),
    st.sampled_from([32, 128, 512, 2048]),
)  # fmt: skip
def test_a_master_that_is_right_is_always_believed(legs: list[tuple[float, int, str, int]], period: int) -> None:
    timebase, frame, beat, bar = Timebase(), 0, 0.0, 4.0
    for bpm, count, how, place in legs:
        if how == "jump":
            frame, beat = place, place / RATE * bpm / 60
        elif how == "meter":
            beat, bar = beat + 7.0, 7.0 - bar
        for number in range(count):
            tempo = bpm + number * 0.1 if how == "fade" else bpm
            assert timebase.beat(frame, RATE, how != "stop", beat, tempo, bar) == beat
            if how != "stop":
                frame += period
                beat += period / RATE * tempo / 60


def believed(says: Callable[[int], float], seconds: float, timebase: Timebase, begin: int = 0) -> int:
    """The first frame from which on the master is believed."""
    first = -1
    for frame in cycles(256, int(seconds * RATE / 256), begin):
        if timebase.beat(frame, RATE, True, says(frame), 120.0, 4.0) != says(frame):
            first = -1
        elif first < 0:
            first = frame
    return first


def test_who_is_right_again_is_believed_again() -> None:
    timebase = Timebase()
    assert believed(lambda frame: 0.5, 2.0, timebase) < 0
    begin = int(2.0 * RATE / 256) * 256
    first = believed(lambda frame: 3.0 + (frame - begin) / RATE * 2, 2.0, timebase, begin)
    assert 0 < first - begin <= 2 * WINDOW * RATE + 512
