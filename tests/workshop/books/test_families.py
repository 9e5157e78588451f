"""Families and the split: variants stay together, strangers apart, and nobody's file order matters."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from instrument.music.abc.parse import read
from instrument.music.tokens.encode import tokens
from instrument.workshop.books.families import families, runs, split

REEL = "A2 | d2 fd Adfd | e2 ce A2 ce | dfaf gbec | d4 d2 :|"
OTHER = "G2 | GABc d2 ef | gfed e2 dB | cBAG FGAc | B2 G2 G2 :|"


def tune(body: str, key: str = "D", unit: str = "1/8", meter: str = "4/4") -> list[str]:
    return tokens(read(f"X:1\nT:a tune\nM:{meter}\nL:{unit}\nK:{key}\n{body}\n"))


def invented(seed: int, notes: int = 48) -> list[str]:
    """A tune of random eighths, unrelated to any other seed's."""
    rng = random.Random(seed)
    body = [rng.choice("CDEFGABcdefga") for _ in range(notes)]
    bars = [[*body[i : i + 8], "|"] for i in range(0, notes, 8)]
    return ["M:4/4", "K:Cmaj", *(t for bar in bars for t in bar)]


def test_a_tune_transposed_or_in_other_note_values_is_the_same_family() -> None:
    original = tune(REEL)
    in_g = tune(REEL.translate(str.maketrans("Adfegbca", "DgbaceGd")), "G")  # roughly: some notes move
    same = tune(REEL, unit="1/4", meter="4/2")
    assert runs(same) == runs(original)
    assert families([original, same, tune(OTHER, "G")]) == [0, 0, 2]
    assert len(runs(in_g)) == len(runs(original))


def test_transposition_leaves_the_runs_alone() -> None:
    up = {"C": "D", "D": "E", "E": "^F", "F": "G", "G": "A", "A": "B", "B": "^c", "c": "d", "d": "e", "e": "^f"}
    plain = ["M:4/4", "K:Cmaj", *"CDEFGABc", "|", *"BAGFEDCD", "|", *"EGcdedcB", "|"]
    higher = [up.get(t, t) for t in plain]
    assert higher != plain and runs(higher) == runs(plain)


def test_a_variant_that_shares_enough_belongs_and_one_that_shares_little_does_not() -> None:
    first, stranger = invented(1), invented(2)
    half = [*first[:30], *stranger[30:]]
    little = [*first[:12], *stranger[12:]]
    assert families([first, half])[1] == 0
    assert families([first, little])[1] == 1


def test_strangers_are_families_of_their_own() -> None:
    tunes = [invented(seed) for seed in range(40)]
    assert families(tunes) == list(range(40))


def test_families_chain() -> None:
    a, c = invented(3), invented(4)
    b = [*a[:29], *c[29:]]
    assert families([a, c]) == [0, 1]
    assert families([a, b, c]) == [0, 0, 0]


def test_a_tune_too_short_for_a_run_stands_alone() -> None:
    short = ["M:4/4", "K:Cmaj", "C", "D", "E", "|"]
    assert runs(short) == [] and families([short, short[:-2], invented(1)]) == [0, 1, 2]


def test_rests_and_repeat_signs_are_passed_over() -> None:
    plain = ["M:4/4", "K:Cmaj", *"CDEFGABc", "|"]
    assert runs(["M:4/4", "K:Cmaj", "|:", *"CDEzFGABc", ":|"]) == runs(plain)


@pytest.fixture(scope="module")
def corpus() -> list[list[str]]:
    tunes = [invented(seed) for seed in range(150)]
    return tunes + [[*tune[:40], *invented(1000 + i)[40:]] for i, tune in enumerate(tunes)]


def test_no_family_lies_on_both_sides(corpus: list[list[str]]) -> None:
    sides = defaultdict(set)
    for family, side in zip(families(corpus), split(corpus), strict=True):
        sides[family].add(side)
    assert len(sides) == 150 and all(len(found) == 1 for found in sides.values())
    assert {side for found in sides.values() for side in found} == {"train", "valid", "test"}


def test_the_split_does_not_depend_on_the_order_of_the_files(corpus: list[list[str]]) -> None:
    mixed = list(range(len(corpus)))
    random.Random(7).shuffle(mixed)
    there, here = split([corpus[i] for i in mixed]), split(corpus)
    assert [here[i] for i in mixed] == there


def test_a_book_of_strangers_moves_nothing(corpus: list[list[str]]) -> None:
    assert split([*corpus, *(invented(seed) for seed in range(5000, 5040))])[: len(corpus)] == split(corpus)


def test_about_an_eighth_is_held_out() -> None:
    sides = split([invented(seed, 16) for seed in range(1500)])
    assert 0.04 < sides.count("valid") / 1500 < 0.09 and 0.04 < sides.count("test") / 1500 < 0.09
    assert sides[:12] == split([invented(seed, 16) for seed in range(12)])
