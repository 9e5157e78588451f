"""Changes in a loop and behind it, undone: the music is as it would have been, however fast they came. By chance.

LILT_EXAMPLES=10000 python -m pytest tests/playing/way_back/test_loop_undone.py
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from random import Random

import pytest

from instrument.music.events import Span
from instrument.playing.messages import ThinkerState
from tests.fakes.alike_evenings import alike
from tests.fakes.thorough import share
from tests.fakes.whole_evening import Changes, WholeEvening

EVENINGS = int(os.environ.get("LILT_EXAMPLES", share(24, 400)))
PARTS = 2  #: of the tests, for as many workers
ONES: Changes = (
    ("tune.temperature", 0.3), ("tune.temperature", 1.2), ("search.beam", 2), ("search.beam", 4), ("tune.guard", False),
    ("tune.key", "A dorian"), ("tune.key", "G major"), ("tune.meter", "6/8"), ("form.parts", 3), ("tune.again", 0.2),
    ("set.vary", 0.6), ("set.times", 2), ("set.tunes", 2), ("tune.stay", True),
)  # fmt: skip
OFF: Changes = (("loop.on", False),)
Step = tuple[Changes | str, int]  #: controls that are turned, or an action, and bars behind


@pytest.mark.long  # 5 seconds of CPU
@pytest.mark.parametrize("part", range(PARTS))
def test_changes_behind_a_loop_are_undone_whatever_was_turned_in_it(part: int) -> None:
    told = sum(undone(number) for number in range(part, EVENINGS, PARTS))
    assert told > EVENINGS // PARTS * 3 // 4, "too few of them came to be compared"


@pytest.mark.parametrize("bars", range(4))
def test_the_last_pass_of_a_loop_is_played_when_the_composer_dies_in_it(bars: int) -> None:
    evening = WholeEvening(3)
    evening.bars(2)
    evening.turn(("loop.from", 1), ("loop.to", 4), ("loop.on", True))
    evening.bars(6 + bars)
    evening.turn(("tune.temperature", 0.3))
    evening.turn(*OFF)
    evening.take(ThinkerState(False))
    evening.take(ThinkerState(True))
    evening.bars(6)
    heard, passes = notes(evening.all), (8 + bars + 3) // 4
    assert heard[: 4 * passes] == heard[:4] * passes, "the loop's bars, to its end"
    assert [span.bar for span in evening.all] == [*[0, 1, 2, 3] * passes, *range(4, 4 + len(heard) - 4 * passes)]


@pytest.mark.long  # 3 seconds of CPU
@pytest.mark.parametrize("part", range(PARTS))
def test_behind_a_loop_the_tune_goes_on_as_planned_as_it_would_be_composed(part: int) -> None:
    told = sum(as_planned(number) for number in range(part, EVENINGS, PARTS))
    assert told > EVENINGS // PARTS * 3 // 4, "too few of them came to be compared"


def test_a_loop_is_left_at_once_although_nobody_composes() -> None:
    plain, looped = WholeEvening(3), WholeEvening(3)
    looped.turn(("loop.from", 1), ("loop.to", 2), ("loop.on", True))
    looped.bars(7)
    looped.take(ThinkerState(False))
    looped.turn(*OFF)
    looped.bars(3)
    plain.bars(5)
    assert [span.bar for span in looped.all] == [0, 1, 0, 1, 0, 1, 0, 1, 2, 3]
    assert notes(looped.all[-2:]) == notes(plain.all[2:4]), "what was planned"
    assert all(span.source == "composed" for span in looped.all)


def notes(spans: Sequence[Span]) -> list[list[tuple[int, int, str]]]:
    """Of each span: ticks from its beginning, pitch, voice."""
    return [[(note.start - span.start, note.pitch, note.voice) for note in span.notes] for span in spans]


def as_planned(number: int) -> bool:
    """Two evenings with a loop, in one of which something is turned in it and turned back, so that what comes behind it
    is composed anew. Whether they could be compared."""
    chance = Random(number)
    seed = 1 + number % 50
    before = [step for step in script(chance)[0] if step[0] != OFF][: chance.choice((2, 2, 2, 3))]
    bars = chance.randint(0, 4)
    evenings = [WholeEvening(seed), WholeEvening(seed)]
    for evening in evenings:
        play(evening, before)
        evening.bars(bars)
    evenings[1].turn(("tune.temperature", 0.77))
    evenings[1].turn(("tune.temperature", evenings[0].snapshot.values["tune.temperature"]))
    for evening in evenings:
        evening.turn(*OFF)
        evening.bars(20)
    assert evenings[0].snapshot.values == evenings[1].snapshot.values
    return alike(evenings[0].spans, evenings[1].spans, evenings[0].spans[0].start)


def undone(number: int) -> bool:
    """Two evenings with a loop, behind which in one of them controls are turned, and that is undone. Whether they could
    be compared."""
    chance = Random(number)
    seed, late = 1 + number % 50, number % 3 and chance.choice((0, 1, 3))
    before, more = script(chance)
    plain, turned = WholeEvening(seed, late), WholeEvening(seed, late)
    play(plain, before)
    history = len(plain.back.history.past)
    play(turned, [*before, *more, *[("undo", 0) for _ in more]])
    assert len(turned.back.history.past) == history and turned.snapshot.values == plain.snapshot.values
    back = turned.committed
    if not turned.playing:
        return False
    turned.bars(14 + late)
    plain.bars(44)
    try:
        return alike(turned.spans, plain.spans, back)
    except AssertionError as fault:
        raise AssertionError(f"{number}: {before} {more}: {fault}") from fault


def script(chance: Random) -> tuple[list[Step], list[Step]]:
    """A loop, changes in it and perhaps one behind it; and those that are undone, the first of them perhaps in the turn
    in which the loop was left."""
    ones = chance.sample(ONES, 9)
    ones = [one for place, one in enumerate(ones) if one[0] not in dict(ones[:place])]  # a sweep is one change

    def some(least: int, most: int, bars: int) -> list[Step]:
        return [((ones.pop(),), chance.randint(0, bars)) for _ in range(chance.randint(least, most))]

    first = chance.randint(1, 3)
    looped: Changes = (("loop.from", first), ("loop.to", first + chance.randint(0, 3)), ("loop.on", True))
    before: list[Step] = [((), chance.randint(1, 7)), (looped, chance.randint(0, 9)), *some(0, 2, 4)]
    if chance.random() < 0.3:  # another loop in its place
        before += [((("loop.from", first + 1), ("loop.to", first + chance.randint(1, 3))), chance.randint(0, 5))]
    before += [(OFF, chance.choice((0, 0, 1, 2, 3, 4))), *some(0, 1, 2)]
    return before, some(1, 2, 3)


def play(evening: WholeEvening, steps: Sequence[Step]) -> None:
    """Steps without a bar between them come in one turn of the player."""
    waiting = iter(steps)
    for step in waiting:
        bars = step[1]
        with evening.one_turn():
            act(evening, step[0])
            while not bars and (following := next(waiting, None)) is not None:
                act(evening, following[0])
                bars = following[1]
        evening.bars(bars)


def act(evening: WholeEvening, what: Changes | str) -> None:
    if isinstance(what, str):
        evening.go(what)
    elif what:
        evening.turn(*what)
