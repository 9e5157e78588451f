"""Chords that held keys are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.music.backing import held_chord
from instrument.music.backing.held_chord import ORDER, named
from instrument.music.chord import INTERVALS, Chord, Quality


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ((48, 52, 55), "C"), ((52, 55, 60), "C/E"), ((55, 60, 64), "C/G"), ((57, 60, 64), "Am"), ((50, 57), "D5"),
        ((50, 57, 62), "D5"), ((45, 49, 52, 55), "A7"), ((45, 49, 55), "A7"), ((50, 54, 57, 60), "D7"),
        ((38,), "D5"), ((48, 52), "C"), ((57, 60), "Am"), ((57, 60, 64, 67), "Am7"), ((55, 62), "G5"),
        ((43, 47, 50, 53), "G7"), ((47, 50, 55), "G/B"), ((47, 50, 53, 55), "G7/B"), ((50, 55, 57), "Dsus4"),
        ((36, 55, 59, 62), "G/C"), ((48, 52, 55, 57), "C6"), ((47, 50, 53), "Bdim"), ((57, 62), "D5/A"),
    ],
)  # fmt: skip
def test_what_players_hold_has_the_name_they_give_it(keys: tuple[int, ...], name: str) -> None:
    assert str(named(keys)) == name


def test_nothing_and_a_heap_of_neighbours_are_no_chord() -> None:
    assert named(()) is None
    assert named((60, 61, 62)) is None


@given(st.integers(0, 11), st.sampled_from(ORDER[:5]), st.integers(0, 3), st.integers(2, 5))
def test_every_usual_chord_is_found_in_every_position(root: int, quality: Quality, turn: int, octave: int) -> None:
    ups = INTERVALS[quality]
    turn %= len(ups)
    keys = [12 * octave + root + up + (12 if place < turn else 0) for place, up in enumerate(ups)]
    found = named(keys)
    assert found is not None and found.classes == Chord(root, quality).classes
    assert found.lowest == min(keys) % 12
    if turn == 0:
        assert (found.root, found.quality, found.bass) == (root, quality, None)


def test_a_forearm_on_the_keys_is_no_chord_and_found_to_be_none_as_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def counted(held: list[int]) -> Chord | None:
        nonlocal asked
        asked += 1
        return plain(held)

    plain = held_chord._plain
    monkeypatch.setattr(held_chord, "_plain", counted)
    assert named(range(21, 109)) is None
    assert asked <= 2 * 88
