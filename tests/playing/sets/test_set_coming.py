"""Set readings in words: what is told to come."""

from __future__ import annotations

import pytest

from instrument.music.set_place import AGAIN, END, NEXT, SetPlace
from instrument.playing.sets.set_readings import coming


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (SetPlace(time=1, times=3, then=AGAIN), "time 2 of 3"),
        (SetPlace(time=2, times=3, then=AGAIN), "time 3 of 3"),
        (SetPlace(time=3, times=3, then=AGAIN), "time 4"),
        (SetPlace(time=7, times=3, then=AGAIN), "time 8"),
        (SetPlace(time=1, times=1, then=AGAIN), "time 2"),
        (SetPlace(time=3, times=3, then=NEXT), "next tune"),
        (SetPlace(time=3, times=3, then=END), "the end"),
    ],
)
def test_a_tune_that_stays_is_told_without_a_number_that_it_has_passed(place: SetPlace, told: str) -> None:
    assert coming(place) == told
