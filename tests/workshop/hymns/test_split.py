"""The hymns' split: fixed, by tune, and no tune of Bach's held-out chorales among what is learned from."""

from __future__ import annotations

from collections import defaultdict

from instrument.networks.chorale.tokens import HOLD, ONSET
from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.split import SIDES
from instrument.workshop.hymns.read import tune_name
from instrument.workshop.hymns.split import NOWHERE, listed, sided, split

WALKS = ((0, 2, 4, 5, 7, 9, 7, 5, 4, 2, 0), (7, 5, 4, 2, 0, 2, 4, 5, 7, 9, 11), (0, 4, 7, 4, 0, 5, 9, 5, 0, 7, 4),
         (4, 4, 5, 7, 7, 5, 4, 2, 0, 0, 2), (9, 7, 9, 5, 4, 5, 2, 4, 0, 2, 11))  # fmt: skip


def piece(name: str, walk: int, up: int = 0) -> Chorale:
    """Its soprano opens as that walk does, so many semitones up."""
    soprano = [t for note in WALKS[walk] for t in (ONSET + 30 + up + note, HOLD, HOLD, HOLD)]
    lower = [ONSET + 10, *[HOLD] * (len(soprano) - 1)]
    steps = len(soprano)
    return Chorale(name, tuple(map(tuple, (soprano, lower, lower, lower))), tuple(i % 16 for i in range(steps)),
                   (16,) * steps)  # fmt: skip


def test_a_hymn_on_a_tune_that_bach_set_is_on_bachs_side() -> None:
    bach = [piece("bwv1", 0), piece("bwv2", 1), piece("bwv3", 2)]
    sides = {"bwv1": "test", "bwv2": "valid", "bwv3": "train"}
    hymns = [piece("A-Some.abc", 0, 3), piece("B-Other.abc", 1, -2), piece("C-Third.abc", 2)]
    assert split(hymns, bach, sides) == ["test", "valid", "train"]


def test_hymns_of_one_name_or_one_opening_are_together_and_may_lead_to_bach() -> None:
    bach, sides = [piece("bwv1", 0)], {"bwv1": "test"}
    hymns = [piece("A-Eventide.abc", 0), piece("B-Eventide.abc", 3), piece("C-Fourth.abc", 3, 2)]
    assert split(hymns, bach, sides) == ["test"] * 3


def test_a_tune_that_is_on_two_of_bachs_sides_is_on_none() -> None:
    bach, sides = [piece("bwv1", 0), piece("bwv2", 1)], {"bwv1": "train", "bwv2": "test"}
    hymns = [piece("A-Eventide.abc", 0), piece("B-Eventide.abc", 1), piece("C-Free.abc", 4)]
    found = split(hymns, bach, sides)
    assert found[:2] == [NOWHERE, NOWHERE] and found[2] in SIDES
    assert all(hymns[0] not in each for each in sided(hymns, {"A-Eventide.abc": NOWHERE}).values())


def test_the_list_names_each_hymn_once_and_keeps_every_tune_on_one_side() -> None:
    side = listed()
    assert len(side) == 191 and set(side.values()) == set(SIDES)
    of: dict[str, set[str]] = defaultdict(set)
    for name, where in side.items():
        of[tune_name(name) or name].add(where)
    assert all(len(where) == 1 for where in of.values())
    counts = {s: list(side.values()).count(s) for s in SIDES}
    assert counts["train"] > 100 and min(counts.values()) >= 20
