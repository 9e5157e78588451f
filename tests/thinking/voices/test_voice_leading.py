"""The rules of voice leading, as costs: what is parallel, far apart, harsh, or of another key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.networks.chorale.history import NONE
from instrument.networks.chorale.tokens import ALTO, BASS, LOWEST, SOPRANO, TENOR
from instrument.thinking.voices.voice_leading import (
    HARSH,
    PARALLEL,
    STRANGE,
    WIDE,
    between,
    harsh,
    parallels,
    strange,
    wide,
)


@given(st.integers(0, 55), st.integers(0, 55), st.integers(0, 55), st.sampled_from([SOPRANO, BASS]))
def test_parallels_cost_whichever_voice_is_the_higher(own: int, other: int, goes: int, voice: int) -> None:
    now = [NONE] * 4
    now[voice] = other
    cost = parallels(TENOR, own, {voice: goes}, [*now[:TENOR], own, *now[TENOR + 1 :]])
    for pitch in range(56):
        perfect = abs(own - other) % 12 in (0, 7) and abs(pitch - goes) % 12 == abs(own - other) % 12
        moved = pitch != own and goes != other
        assert cost[pitch] == (PARALLEL if perfect and moved else 0.0)


def test_a_voice_lies_between_those_that_are_decided() -> None:
    assert between(TENOR, {SOPRANO: 40, ALTO: 30, BASS: 10}) == (10, 30)
    assert between(TENOR, {SOPRANO: NONE, BASS: NONE}) == (0, 55)


def test_an_octave_is_the_most_between_the_alto_and_its_neighbours() -> None:
    cost = wide(ALTO, {SOPRANO: 40, TENOR: 20})
    assert cost[27] == WIDE and cost[28] == 0 and cost[32] == 0 and cost[33] == WIDE and cost[10] == WIDE
    assert not wide(TENOR, {ALTO: 40}).any() and not wide(ALTO, {SOPRANO: NONE}).any()


@pytest.mark.parametrize(("interval", "clashes"), [(1, True), (2, True), (3, False), (6, True), (7, False), (13, True)])
def test_the_bass_does_not_clash_with_the_melody(interval: int, clashes: bool) -> None:
    assert harsh(BASS, {SOPRANO: 40})[40 - interval] == np.float32(HARSH * clashes)
    assert not harsh(TENOR, {SOPRANO: 40}).any()


def test_what_is_of_another_key_is_strange() -> None:
    cost = strange(frozenset({0, 4, 7}))
    assert [cost[pitch - LOWEST] for pitch in (60, 61, 64)] == [0.0, STRANGE, 0.0]
    assert not strange(None).any()
