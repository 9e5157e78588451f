"""Calls of the leader within a set: last, next, taken back, and changes in the second time through."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.meter import Meter
from instrument.music.set_place import AGAIN, END, NEXT, UNKNOWN, SetPlace, Signal
from instrument.thinking.spans import set_course
from tests.fakes.band import planner
from tests.fakes.planned_set import MIND, base_of, by_time, controls, measures, plan_of, sounding, to_the_end
from tests.fakes.thorough import every


def test_what_the_leader_calls_comes_first() -> None:
    endless = controls(set_times=3)
    assert set_course.then(endless, SetPlace(time=2), 0) == AGAIN
    assert set_course.then(endless, SetPlace(time=3), 0) == NEXT
    called = replace(endless, signal=Signal("last", 0, 0, 2))
    assert [set_course.then(called, SetPlace(time=t), 0) for t in (1, 2, 3)] == [AGAIN, END, END]
    assert set_course.then(called, SetPlace(first=4), 4) == AGAIN, "of another set it means nothing"


def called(spans: list[Span], place: int, what: str, snapshot: Snapshot) -> tuple[list[Span], Snapshot]:
    """The rest of the set, where the leader calls it when span number `place` is the last announced."""
    before, of = spans[place], spans[place].of_set
    now = replace(snapshot, signal=Signal(what, of.first, before.tune, of.time))
    plan = planner(snapshot, MIND)
    plan.rethink(Rethink(2, now, before.end, before, snapshot))
    return [plan.next_span() for _ in range(75)], now


@pytest.mark.long  # 3 seconds of CPU
def test_last_is_heard_in_this_time_through_from_wherever_it_is_called() -> None:
    snapshot = controls(6, set_times=3, set_vary=0.3)
    plan = plan_of(snapshot)
    spans = [plan.next_span() for _ in range(120)]
    for place in every(2, range(0, 118, 11)):
        rest, _ = called(spans, place, "last", snapshot)
        over = next(i for i, span in enumerate(rest) if span.of_set.over)
        end = rest[over]
        here = (spans[place].tune, spans[place].of_set.time)
        late = spans[place].of_set.left == 0
        assert (end.tune, end.of_set.time) == here or late, place
        assert end.of_set.ending and all(span.of_set.then == END for span in rest[:over])
        bars = sum(span.end - span.start > Meter(4, 4).bar // 2 for span in rest[: over + 1])
        told = spans[place].of_set.left
        assert late or told == UNKNOWN or bars == told + 1, "the time through, and the chord"


@pytest.mark.long  # 5 seconds of CPU
def test_taken_back_it_is_as_if_nothing_had_been_called() -> None:
    snapshot = controls(7, set_times=2, set_vary=0.3)
    plan = plan_of(snapshot)
    spans = [plan.next_span() for _ in range(100)]
    for what, place in itertools.product(("last", "next"), every(2, (3, 30, 44))):
        rest, now = called(spans, place, what, snapshot)
        stands = 0 if rest[0].of_set.ending or rest[0].tune != spans[place].tune else 1
        before = rest[0] if stands else spans[place]
        plan = planner(snapshot, MIND)
        plan.rethink(Rethink(3, snapshot, before.end, before, now))
        count = len(spans) - place - 1 - stands
        back = [plan.next_span() for _ in range(count)]
        assert [s.notes for s in back] == [s.notes for s in spans[place + 1 + stands :]], (what, place)


@pytest.mark.long  # 2 seconds of CPU
def test_next_leaves_at_the_end_of_this_part() -> None:
    snapshot = controls(8, set_times=8, form_bars="8", form_parts=3, form_endings="no")
    plan = plan_of(snapshot)
    spans = [plan.next_span() for _ in range(60)]
    bar = Meter(4, 4).bar
    for place in every(2, range(1, 50, 9)):
        rest, _ = called(spans, place, "next", snapshot)
        change = next(i for i, span in enumerate(rest) if span.tune != spans[place].tune)
        last = rest[change - 1] if change else spans[place]
        assert last.form[last.place.measure].left == 0
        assert rest[change].tune == spans[place].tune + 1 and rest[change].of_set.time == 1
        bars = sum(span.end - span.start > bar // 2 for span in rest[:change])
        assert bars < 9
        assert not change or rest[0].of_set.left == bars - (rest[0].end - rest[0].start > bar // 2)
        assert rest[-1].tune == spans[place].tune + 1, "once, and not of the tune after"


def test_a_change_of_meter_in_the_second_time_goes_on_and_comes_to_an_end() -> None:
    snapshot = controls(9, set_times=3, set_tunes=1)
    plan = plan_of(snapshot)
    spans = [plan.next_span() for _ in range(48)]
    before = spans[-1]
    assert before.of_set.time == 2
    turned = snapshot.with_value("tune.meter", "6/8")
    plan.rethink(Rethink(2, turned, before.end, before, snapshot))
    rest = to_the_end(plan)
    assert {span.meter for span in rest} == {"6/8"}
    times = by_time(rest)
    assert [t[0].of_set.time for t in times] == [2, 3]
    assert times[0][0].of_set.top > 0 and times[1][0].of_set.top == 0
    own = measures(times[0][-1].written)[times[0][0].of_set.top :]
    assert [sounding(m) for m in measures(base_of(times[1][0]))] == [sounding(m) for m in own]


def test_held_keys_limit_every_time_through() -> None:
    snapshot = controls(5, set_times=3, play_way="hold")
    plan = plan_of(snapshot)
    spans = [plan.next_span() for _ in range(50)]
    held = replace(snapshot, held=(62, 66, 69))
    plan.rethink(Rethink(2, held, spans[-1].end, spans[-1], snapshot))
    rest = [plan.next_span() for _ in range(120)]
    assert {span.of_set.time for span in rest} >= {2, 3}
    assert {n.pitch % 12 for span in rest for n in span.notes} <= {2, 6, 9}


def test_a_turn_of_vary_in_the_second_time_keeps_what_was_announced() -> None:
    snapshot = controls(2, set_times=2, set_tunes=1, set_vary=0.5)
    spans = to_the_end(plan_of(snapshot))
    place = next(i for i, span in enumerate(spans) if span.of_set.time == 2 and span.bar == 12)
    turned = snapshot.with_value("set.vary", 0.0)
    plan = planner(snapshot, MIND)
    plan.rethink(Rethink(2, turned, spans[place].end, spans[place], snapshot))
    rest = to_the_end(plan)
    reached = spans[place].place.measure
    now, was = measures(rest[0].written), measures(spans[place].written)
    assert [sounding(m) for m in now[: reached + 1]] == [sounding(m) for m in was[: reached + 1]]
    base = measures(base_of(spans[place]))
    assert [sounding(m) for m in now[20:-1]] == [sounding(m) for m in base[20:-1]]
