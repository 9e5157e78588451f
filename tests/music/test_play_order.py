"""The order of playing: repeats, endings, AABB. Measures are named by their one note."""

import pytest

from instrument.music.play_order import Place, follow, order, two_parts
from instrument.music.tokens.bars import Measure, miscounted, read_tune


def written(body: str) -> tuple[Measure, ...]:
    return read_tune(f"M:2/8 K:Cmaj {body}".split()).measures


def played(body: str, aabb: bool = False) -> str:
    names = [t for t in body.split() if t.isalpha()]
    return "".join(names[i] for i in order(written(body), aabb))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a | b | c", "abc"),
        ("|: a | b :| c", "ababc"),
        ("a | b :| c | d :|", "ababcdcd"),
        ("a |: b | c :| d", "abcbcd"),
        ("|: a | b :| |: c | d :|", "ababcdcd"),
        ("|: a |1 b :| |2 c | d", "abacd"),
        ("a |1 b :| |2 c", "abac"),
        ("|: a |1 b | c :| |2 d | e | f", "abcadef"),
        ("|: a |1 b :| |2 c |: d |1 e :| |2 f", "abacdedf"),
        ("|: a | b | :| |: c :|", "ababcc"),
    ],
)
def test_repeats_and_endings(body: str, expected: str) -> None:
    assert played(body) == expected


@pytest.mark.parametrize(
    ("body", "expected", "why"),
    [
        ("|: a |1 b :| |2 c | d | e :|", "abacdede", "what follows a second ending is a new part"),
        ("|: a |1 b | c :| |2 d | e | f | g :|", "abcadefgfg", "a second ending is as long as the first"),
        ("|: a |1 b :| |2 c :| d", "abacd", "a second ending is not repeated"),
        ("|: a | b |: c | d :|", "ababcdcd", "|: promises a repeat"),
        ("|: a |: b | c :|", "abcbc", "but not round a pick-up alone"),
        ("|: a |1 b |2 c | d", "abacd", "a second ending needs a first passing"),
        ("a | b :| |1 c :| |2 d", "abcabd", ":| right before a first ending is a bar line"),
        ("|: a | b", "ab", "nothing behind shows that a repeat was meant"),
    ],
)
def test_careless_writing_is_played_as_players_would(body: str, expected: str, why: str) -> None:
    assert played(body) == expected, why


def test_two_unrepeated_parts_are_played_twice_where_the_patch_asks() -> None:
    measures = written("c | " * 16)
    first, second = list(range(8)), list(range(8, 16))
    assert order(measures, aabb=True) == first + first + second + second
    assert order(measures) == first + second


def test_a_pick_up_before_two_parts_is_played_once() -> None:
    measures = written("G | " + "c 2 | " * 16)
    assert two_parts(measures) == ([0], list(range(1, 9)), list(range(9, 17)))


@pytest.mark.parametrize("bars", [8, 12, 15, 17, 24])
def test_other_lengths_are_not_two_parts(bars: int) -> None:
    measures = written("c 2 | " * bars)
    assert two_parts(measures) is None
    assert order(measures, aabb=True) == list(range(bars))


def test_a_tune_with_repeats_of_its_own_is_left_as_it_is() -> None:
    measures = written("|: " + "c 2 | " * 15 + "c 2 :|")
    assert order(measures, aabb=True) == list(range(16)) * 2


def test_following_needs_only_what_is_written_so_far() -> None:
    whole = written("a | b |: c | d :|")
    place, steps = Place(), list[int]()
    for _ in range(6):
        steps.append(place.measure)
        place = follow(whole[: place.measure + 1], place)  # nothing is known behind the measure that sounds
    assert steps == [0, 1, 2, 3, 2, 3]


def wrong(body: str, meter: str = "4/8") -> list[int]:
    tune = read_tune(f"M:{meter} K:Cmaj {body}".split())
    return miscounted(tune, order(tune.measures))


@pytest.mark.parametrize(
    "body",
    [
        "c 4 | d 4 |",
        "G | c 4 | d 3 |",
        "|: G | c 4 | d 3 :| |: e | f 4 | g 3 :|",
        "G |: c 4 | d 3 G |1 c 3 G :| |2 c 3 |",
        "|: d 2 | c 4 | d 2 :| |: e 2 | f 4 | g 2 :| e 2 |",
        "c > d e < f | (3 c 2 d 2 e 2 |",
        "",
    ],
)
def test_bars_that_add_up(body: str) -> None:
    assert wrong(body) == []


@pytest.mark.parametrize(
    ("body", "measures"),
    [
        ("c 4 | d 3 | e 4 |", [1]),
        ("c 4 | d 5 | e 4 |", [1]),
        ("G | c 4 | d 4 :|", [0]),
        ("G | c 4 | d 2 |", [2]),
        ("c 4 | d 3 | e 2 | f 4 |", [1, 2]),
        ("G 5 | c 4 |", [0]),
    ],
)
def test_bars_that_do_not(body: str, measures: list[int]) -> None:
    assert wrong(body) == measures


def test_behind_the_end_is_the_end() -> None:
    measures = written("|: a | b :|")
    for time in (1, 2):
        assert follow(measures, Place(7, time, 3)).measure == len(measures)
    assert follow((), Place()).measure == 0
