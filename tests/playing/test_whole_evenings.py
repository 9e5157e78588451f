"""Whole evenings by chance: sets, calls of the leader, loops, the way back, beginnings, the mixer, composers that die.

Ten thousand of them:    LILT_EXAMPLES=10000 python -m pytest tests/playing/test_whole_evenings.py
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from random import Random

import pytest

from tests.fakes.alike_evenings import alike
from tests.fakes.thorough import every, share
from tests.fakes.whole_evening import LENT, TURNS, WholeEvening

EVENINGS = int(os.environ.get("LILT_EXAMPLES", share(60, 300)))
PARTS = 4  #: of the tests, for as many workers


def evening_of(number: int, late: int, things: int) -> WholeEvening:
    evening, chance = WholeEvening(1 + number % 50, late), Random(number)
    evening.happen(chance, things)
    return evening


@pytest.mark.parametrize("part", every(2, range(PARTS)))
def test_what_is_announced_is_heard_and_nothing_hangs(part: int) -> None:
    for number in range(part, EVENINGS, PARTS):
        try:
            evening = evening_of(number, number % 4, 14)
            evening.settle()
            evening.end()
        except Exception as fault:
            raise AssertionError(f"evening {number}: {fault}") from fault


@pytest.mark.parametrize("part", every(2, range(PARTS)))
def test_undone_changes_leave_the_music_as_it_would_have_been(part: int) -> None:
    compare(range(part, EVENINGS, PARTS))


@pytest.mark.long  # 5 seconds of CPU
@pytest.mark.parametrize("part", range(PARTS))
def test_changes_that_come_in_one_turn_are_undone_likewise(part: int) -> None:
    compare(range(part, EVENINGS, 2 * PARTS), 3)


def compare(numbers: Sequence[int], at_once: int = 1) -> None:
    told = 0
    for number in numbers:
        try:
            told += undone(number, at_once)
        except Exception as fault:
            raise AssertionError(f"evening {number}: {fault}") from fault
    assert told > len(numbers) // 4, "too few of them came to be compared"


@pytest.mark.parametrize(
    "number", [802, 1151, 1319, 1379, 1715, 1822, 1846, 2045, 2218, 3566, 3902, 5229, 5492, 7082, 3231, 7579]
)
def test_evenings_on_which_something_else_was_heard_once(number: int) -> None:
    evening = evening_of(number, number % 4, 14)
    evening.settle()
    evening.end()


@pytest.mark.parametrize("number", [879, 1211, 1740, 2360, 2544, 2739, 6096, 6143])
def test_evenings_on_which_undo_led_elsewhere_once(number: int) -> None:
    assert undone(number)


@pytest.mark.parametrize("late", [11, 16, 40])
def test_a_composer_that_takes_longer_than_a_bar_is_given_the_time(late: int) -> None:
    evening = WholeEvening(3)
    evening.bars(6)
    evening.late = late  # turns: one bar and more
    evening.turn(("tune.key", "A dorian"), ("tune.seed", 8))
    evening.bars(5 * (1 + late // 10))
    heard = [span for span in evening.all if span.key == "A dorian"]
    assert heard and heard[0].source == "composed" and heard[0].bar == 0, "from its top"
    evening.check_heard()
    evening.late = 0
    evening.bars(2)
    assert evening.all[-1].source == "composed"


def undone(number: int, at_once: int = 1) -> bool:
    """Two evenings alike, in one of which controls are turned, and that is undone. Whether they could be compared: a
    set that has come to its end, or an ending that was announced meanwhile, is not withdrawn. at_once: so many changes
    at most come in one turn of the player, and are folded."""
    plain, turned = evening_of(number, 0, 6), evening_of(number, 0, 6)
    chance = Random(-number)
    for evening in (plain, turned):
        if not evening.there:
            evening.revive()
        if not evening.playing:
            evening.call("transport.play")
        evening.turn(("temp", False), ("loop.on", False))
        evening.bars(4)
    called = plain.snapshot.values["set.then"] != "as planned"  # what is called is done once, and not undone
    if called or not plain.playing or plain.performance.player.buffer.rests:
        return False
    history, values, since = len(turned.back.history.past), turned.snapshot.values, len(turned.all)
    lent = chance.random() < 0.3
    if lent:
        turned.turn(*LENT[0])
    for _ in range(chance.randint(1, 3)):
        with turned.one_turn():
            for _ in range(chance.randint(1, at_once) if at_once > 1 else 1):
                if chance.random() < 0.2:
                    turned.go(chance.choice(("tune.new", "tune.back")))
                else:
                    turned.turn(*chance.choice(TURNS))
        turned.bars(chance.randrange(4))
    if lent:
        turned.turn(*LENT[1])
    with turned.one_turn() if at_once > 1 else nullcontext():
        while len(turned.back.history.past) > history:
            turned.go("undo")
    now = {**turned.snapshot.values, "set.then": values["set.then"]}  # what was called may have been done
    assert now == values, "other controls than before"
    if any(span.of_set.ending for span in turned.all[since:]) or not turned.playing:
        return False
    back = turned.committed
    turned.bars(12)
    plain.bars(40)
    return alike(turned.spans, plain.spans, back)
