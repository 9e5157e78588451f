"""The bar guard against the independent law of counting, and against its own promise never to trap."""

import random

import pytest

from instrument.music.meter import Meter
from instrument.music.play_order import order
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_guard import BarGuard
from tests.fakes.thorough import every

VOCABULARY = Vocabulary.shipped()
BARS = set(VOCABULARY.encode(["|", "|:", ":|", "|1", "|2"]))


def guard(meter: str = "4/4") -> BarGuard:
    return BarGuard(VOCABULARY, Meter.parse(meter))


def legal(meter: str, text: str) -> bool:
    one = guard(meter)
    return one.run(one.start, VOCABULARY.encode(text.split())) is not None


def may_end(meter: str, text: str) -> bool:
    one = guard(meter)
    state = one.run(one.start, VOCABULARY.encode(text.split()))
    return state is not None and one.may_stop(state)


@pytest.mark.parametrize("meter", every(2, ["4/4", "6/8", "9/8", "12/8", "3/4", "2/4", "3/2"]))
def test_whatever_a_random_walk_writes_adds_up(meter: str) -> None:
    one, rng, pickups = guard(meter), random.Random(meter), 0
    for _ in range(12):
        state, walk = one.start, list[int]()
        while not (one.may_stop(state) and (rng.random() < 0.3 or len(walk) > 200)):
            choices = [i for i, ok in enumerate(one.allowed(state)) if ok and i != VOCABULARY.stop]
            assert choices, f"trapped: {one.state(state)}"
            at_bar = [i for i in choices if i in BARS]
            walk.append(rng.choice(at_bar if at_bar and rng.random() < 0.7 else choices))
            state = one.follow(state, walk[-1])
        tune = read_tune([f"M:{meter}", "K:Cmaj", *VOCABULARY.decode(walk)])
        assert not miscounted(tune, order(tune.measures)), VOCABULARY.decode(walk)
        pickups += tune.measures[0].length < tune.meter.bar
    assert pickups, "the walk should meet pick-ups too"


@pytest.mark.parametrize(
    ("meter", "text"),
    [
        ("4/4", "C D E F G A B c |"),
        ("6/8", "|: c | f 3/2 a /2 c f 2 a | f 3 f 2 :|"),
        ("4/4", "c > d e < f g /2> a /2 b 3 |"),
        ("4/4", "c 2> [ d f ] 2 e 2> z 2 |"),
        ("4/4", "(3 c d e f 2 [ c e ] 4 |"),
        ("4/4", "|: c 8 |1 d 8 :| |2 e 8 |: f 8 :|"),
        ("3/4", "G | c 2 e 2 g 2 | c 5 |"),
    ],
)
def test_what_players_write_is_legal_and_may_end(meter: str, text: str) -> None:
    assert legal(meter, text)
    assert may_end(meter, text)


@pytest.mark.parametrize(
    ("meter", "text"),
    [
        ("4/4", "C D E F G A B |: c"),  # a bar short by one, with no pick-up to complete it
        ("4/4", "C 8 | D 8 E"),  # a bar too long
        ("4/4", "c > |"),  # broken rhythm into a bar line
        ("4/4", "c > d 2"),  # broken rhythm between unequal lengths: readers disagree
        ("4/4", "c 2> d e"),
        ("4/4", "(3 c d |"),  # an unfinished tuplet
        ("4/4", "[ c |"),  # an open chord
        ("4/4", "[ c ]"),  # a chord of one note
        ("4/4", "|: c 8 |1 d 8 :| e"),  # a first ending without its second
        ("4/4", "c 8 |2"),  # a second ending without a first
        ("4/4", "|: c 8 |:"),  # a repeat inside a repeat
        ("4/4", "2"),  # a duration of nothing
        ("6/8", "c | f 6 :|"),  # the repeat goes back to the pick-up, which this bar leaves no room for
    ],
)
def test_what_breaks_a_bar_a_tuplet_a_chord_or_a_repeat_is_masked(meter: str, text: str) -> None:
    assert not legal(meter, text)


@pytest.mark.parametrize(("meter", "text"), [("4/4", "|: c 8 |"), ("4/4", "c 8 |1 d 8 :|"), ("4/4", "c 8")])
def test_a_tune_does_not_end_with_something_open(meter: str, text: str) -> None:
    assert legal(meter, text)
    assert not may_end(meter, text)


def test_an_illegal_token_is_an_error_not_a_guess() -> None:
    one = guard()
    with pytest.raises(ValueError, match="not legal"):
        one.follow(one.start, VOCABULARY.index["|2"])


def test_a_short_bar_is_completed_before_anything_else() -> None:
    one = guard("6/8")
    state = one.resume(lacking=2 * 5040)
    assert one.run(state, VOCABULARY.encode(["c", "d", "|"])) is not None
    assert one.run(state, VOCABULARY.encode(["c", "d", "e"])) is None
