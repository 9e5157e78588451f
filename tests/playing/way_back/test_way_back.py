"""The way back, law by law, in virtual time: undo and redo, lent changes, the tune before, staying, loops."""

import random
from functools import cache
from typing import Any

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.rig.way_back.history import History, told
from tests.fakes.back_evening import TURNS, Evening, as_if, from_tick, joins, sounding, untouched
from tests.fakes.band import BAR
from tests.fakes.quartet import tiny_choir
from tests.fakes.thorough import every, share

choir = cache(tiny_choir)
HEARD = 2  #: bars after which every change in `TURNS` is heard


@pytest.mark.parametrize("name, value", every(2, TURNS))
@pytest.mark.parametrize("after", every(3, [0, 1, 2, 5, 12]))
def test_undone_music_goes_on_as_if_nothing_had_been_turned(name: str, value: Any, after: int) -> None:
    turned = Evening()
    before = turned.snapshot.values
    turned.bars(5)
    turned.change((name, value))
    turned.bars(after)
    if after >= HEARD:
        end = turned.spans[-1].end
        assert sounding(turned.spans) != sounding(untouched(), end=end), "the change was not heard"
    turned.act("undo")
    back = turned.buffer.committed
    turned.bars(30)
    joins(turned.spans)
    as_if(turned.spans, untouched(), back)
    assert turned.snapshot.values == before


def test_what_was_planned_is_there_again_before_anything_is_thought() -> None:
    turned = Evening()
    turned.bars(5)
    turned.change(("tune.temperature", 0.3))
    turned.bars(1)
    turned.gone = True  # the composer says nothing more
    turned.act("undo")
    assert turned.laid >= 2
    back = turned.buffer.committed
    turned.bars(2)
    as_if(turned.spans, untouched(), back)


@pytest.mark.long  # 7 seconds of CPU
@pytest.mark.parametrize(
    "name, value", [("tune.temperature", 0.3), ("harmony.temperature", 1.9), ("harmony.voices", 1)]
)
@pytest.mark.parametrize("after", every(2, [2, 6]))
def test_the_voices_go_on_as_if_nothing_had_been_turned(name: str, value: Any, after: int) -> None:
    turned = Evening(choir=choir())
    turned.bars(3)
    turned.change((name, value))
    turned.bars(after)
    assert sounding(turned.spans) != sounding(untouched(choir()), end=turned.spans[-1].end)
    turned.act("undo")
    back = turned.buffer.committed
    turned.bars(8)
    as_if(turned.spans, untouched(choir()), back)
    assert {note.voice for note in sounding(turned.spans, back)} >= {"melody", "alto", "tenor", "bass"}


@pytest.mark.parametrize("late", [1, 4, 15])
def test_a_composer_that_is_late_takes_it_up_where_it_can(late: int) -> None:
    turned = Evening(late=late)
    turned.bars(8)
    turned.change(("tune.seed", 99))
    turned.bars(9)
    turned.act("undo")
    turned.bars(40)
    joins(turned.spans)
    theirs = {span.start: span.notes for span in untouched()}
    back = next(s.start for s in from_tick(turned.spans, turned.spans[17].start) if theirs.get(s.start) == s.notes)
    assert back <= turned.spans[17].end + (late // 20 + 2) * BAR
    as_if(turned.spans, untouched(), back)


def test_what_was_undone_comes_back_as_if_it_had_never_been_undone() -> None:
    kept, turned = Evening(), Evening()
    for evening in (kept, turned):
        evening.bars(5)
        evening.change(("tune.temperature", 0.3))
        evening.bars(3)
    turned.act("undo")
    turned.bars(3)
    turned.act("redo")
    back = turned.buffer.committed
    turned.bars(20)
    kept.bars(40)
    joins(turned.spans)
    as_if(turned.spans, kept.spans, back)
    assert turned.snapshot.values == kept.snapshot.values


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("seed", range(share(1, 4)))
def test_every_change_of_an_evening_is_undone_and_made_again(seed: int) -> None:
    """Back through all of them, then forward through all: each time the music of that moment."""
    chance = random.Random(seed)
    evenings = [Evening() for _ in range(5)]  # each stops turning one change later
    turned = evenings[-1]
    for number, change in enumerate(chance.sample(TURNS, 4), 1):
        bars = chance.randrange(2, 6)
        for evening in evenings:
            while evening.now < 10.0 + 6.0 * number + bars:  # bars of another meter are as long as they are
                evening.turn()
        for evening in evenings[number:]:
            evening.change(change)
    for evening in evenings[:-1]:
        evening.bars(40)
    for there in [3, 2, 1, 0, 1, 2, 3]:
        forward = len(turned.back.history.future) and there > len(turned.back.history.past)
        turned.act("redo" if forward else "undo")
        assert len(turned.back.history.past) == there
        assert turned.snapshot.values == evenings[there].snapshot.values
        back = turned.buffer.committed
        turned.bars(chance.randrange(2, 5))
        as_if(turned.spans, evenings[there].spans, back)
    joins(turned.spans)


def test_lent_changes_are_given_back_whatever_was_lent() -> None:
    plain, turned = Evening(), Evening()
    for evening in (plain, turned):
        evening.bars(5)
        evening.change(("search.joint", 0.9))
        evening.bars(3)
    turned.change(("temp", True))
    turned.change(("tune.temperature", 0.3), ("tune.key", "G major"))
    turned.bars(2)
    turned.act("tune.new")
    turned.bars(3)
    turned.change(("loop.from", 1), ("loop.to", 2), ("loop.on", True))
    turned.bars(5)
    turned.act("undo")
    turned.change(("temp", False))
    back = turned.buffer.committed
    assert turned.snapshot.values == plain.snapshot.values
    assert turned.snapshot.tune == 0
    turned.bars(20)
    plain.bars(60)
    joins(turned.spans)
    as_if(turned.spans, plain.spans, back)
    turned.act("undo")
    assert turned.snapshot.values["search.joint"] == 1.0, "what was lent is no change that could be undone"


def test_a_new_tune_by_mistake_is_undone() -> None:
    turned = Evening()
    turned.bars(5)
    turned.act("tune.new")
    turned.bars(4)
    assert turned.spans[-1].tune == 1
    turned.act("undo")
    back = turned.buffer.committed
    turned.bars(10)
    as_if(turned.spans, untouched(), back)
    turned.act("tune.new")
    turned.bars(2)
    assert turned.spans[-1].tune == 1, "and another can be asked for again"


def test_a_sweep_of_a_fader_is_one_change() -> None:
    history, here = History(), Snapshot()
    for step in range(10):
        after = here.with_value("tune.temperature", 1.0 + step / 20 + 0.01)
        history.turned(here, after, step * 0.1)
        here = after
    for on in (False, True, False):
        after = here.with_value("tune.guard", on)
        history.turned(here, after, 1.0)
        here = after
    for _ in range(2):  # the guard went off, on and off
        back = history.undo(here)
        assert back is not None and back.values["tune.temperature"] == here.values["tune.temperature"]
        here = back
    back = history.undo(here)
    assert back is not None
    first = history.undo(back)
    assert first is not None and first.values == Snapshot().values
    assert history.undo(first) is None
    assert told("undone", back, first) == "undone: tune.temperature is 1"


@pytest.mark.parametrize("late", every(2, [1, 4]))
@pytest.mark.parametrize("name, value", every(2, TURNS))
def test_changes_undone_before_the_first_of_them_is_answered(name: str, value: Any, late: int) -> None:
    plain, turned = Evening(late=late), Evening(late=late)
    for evening in (plain, turned):
        evening.bars(6)
    turned.change(("tune.seed", 17))
    turned.change((name, value))
    turned.act("undo")
    turned.act("undo")
    undone = turned.player.buffer.committed
    turned.bars(16)
    plain.bars(30)
    joins(turned.spans)
    as_if(turned.spans, plain.spans, undone)
