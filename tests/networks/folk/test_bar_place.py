"""Places in the bar are the same whatever has been forgotten, and no more are kept than may be."""

from __future__ import annotations

from random import Random

import pytest

from instrument.networks.folk import bar_place
from instrument.networks.folk.bar_place import BarPlace, BarPlaces
from instrument.networks.folk.vocabulary import Vocabulary

TOKENS = Vocabulary.shipped().tokens


def walked(places: BarPlaces, seed: int, steps: int) -> list[tuple[int, int, int, bool]]:
    chance, place, found = Random(seed), places.first, list[tuple[int, int, int, bool]]()
    for _ in range(steps):
        place = places.after(place, chance.randrange(len(TOKENS)))
        found.append((place.key, place.tick, place.at, place.chord))
    return found


def reached(place: BarPlace) -> set[int]:
    """Every place that one leads to, by what it is in memory."""
    seen, left = set[int](), [place]
    while left:
        here = left.pop()
        if id(here) not in seen:
            seen.add(id(here))
            left += here.after.values()
    return seen


def test_what_was_forgotten_is_found_again_and_no_more_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = BarPlaces(TOKENS)
    expected = [walked(whole, seed, 400) for seed in range(8)]
    assert len(reached(whole.first)) > 500
    monkeypatch.setattr(bar_place, "KEPT", 32)
    few = BarPlaces(TOKENS)
    for seed in range(8):
        assert walked(few, seed, 400) == expected[seed]
        assert len(reached(few.first)) <= 64, "neither in the table nor behind one another"
