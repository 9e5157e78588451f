"""Sets: the same tune some times through, varied as players do, joined without a bar between, and brought to an end."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from instrument.controls.requests import Rethink
from instrument.music.meter import Meter
from instrument.music.set_place import AGAIN, END, NEXT, UNKNOWN
from instrument.music.tokens.bars import read_tune
from instrument.thinking.spans import set_course
from instrument.thinking.spans.set_keys import with_key
from tests.fakes.band import planner
from tests.fakes.planned_set import (
    MIND,
    base_of,
    body,
    by_time,
    controls,
    measures,
    plan_of,
    sounding,
    to_the_end,
    tune_of,
)
from tests.fakes.thorough import THOROUGH, every, share

METERS = ("4/4", "6/8", "9/8", "12/8", "3/4", "2/4", "3/2")


@pytest.mark.parametrize("meter", every(4, METERS))
def test_each_time_through_is_the_same_tune(meter: str) -> None:
    spans = to_the_end(plan_of(controls(4, set_times=3, set_tunes=2, set_vary=0.0, tune_meter=meter)))
    times = by_time(spans)
    assert [(t[0].tune, t[0].of_set.time) for t in times] == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]
    assert tune_of(times[1]) == tune_of(times[2]), "the first may begin with a pick-up that the others have no room for"
    assert body(times[1][-1].written) == body(times[0][-1].written)
    first, again = ([[n.pitch for n in span.notes] for span in time] for time in times[:2])
    assert first[-len(again) :] == again and len(first) - len(again) in (0, 1), "the pick-up aside"


@pytest.mark.long  # 3 seconds of CPU
@pytest.mark.parametrize("seed", range(share(1, 2)))
def test_spans_join_and_bars_are_bars_through_a_whole_set(seed: int) -> None:
    spans = to_the_end(plan_of(controls(seed, set_times=2, set_tunes=3, set_vary=0.5)))
    assert all(a.end == b.start for a, b in itertools.pairwise(spans))
    assert all(s.start <= n.start < n.end <= s.end for s in spans for n in s.notes)
    bar = Meter(4, 4).bar
    assert all((span.end + span.lacking) % bar == 0 for span in spans)
    longest = max(span.end - span.start for span in spans)
    assert longest == bar, "no tune is waited for"


@pytest.mark.long  # 5 seconds of CPU
@pytest.mark.parametrize(
    ("form", "meter"),
    [
        ("4x32", "4/4"),
        ("3x48", "6/8"),
        ("2x64", "4/4"),
        ("3x40", "6/8"),
        ("4x24", "3/4"),
        ("4x16", "2/4"),
        ("5x8", "4/4"),
        ("1x56", "6/8"),
        ("1x96", "4/4"),
    ][:: 1 if THOROUGH else 2],
)
def test_a_dance_has_its_bars_and_then_a_chord(form: str, meter: str) -> None:
    rounds, bars = map(int, form.split("x"))
    for seed in every(2, (1, 2)):
        spans = to_the_end(plan_of(controls(seed, set_form=form, set_tunes=3, tune_meter=meter)))
        assert len({(span.tune, span.of_set.time) for span in spans}) == rounds
        assert len({span.tune for span in spans}) == min(3, rounds)
        bar = Meter.parse(meter).bar
        lead = bar if spans[0].form[0].pickup else 0  # the first pick-up leads in
        assert spans[-1].end - lead == (rounds * bars + 1) * bar


@pytest.mark.long  # 3 seconds of CPU
def test_a_variation_keeps_what_a_tune_is_known_by() -> None:
    varied = 0
    for seed in range(share(2, 4)):
        spans = to_the_end(plan_of(controls(seed, set_times=3, set_tunes=1, set_vary=0.5)))
        times = by_time(spans)
        base = body(times[0][-1].written)
        was = measures(base)
        for time in times[1:]:
            assert all(base_of(span) == base for span in time), "each varies the tune, never a variation"
            now = measures(time[-1].written)
            end = len(was) - 1 if time[-1].of_set.ending else len(was)
            others = [i for i in range(end) if sounding(was[i]) != sounding(now[i])]
            assert len(others) <= 0.5 * len(was)
            assert all(was[i].length == now[i].length for i in range(end))
            plan = times[0][-1].form
            assert all(plan[i].left and plan[i].bar > 1 for i in others), "neither openings nor closes"
            for i in others:
                assert was[i].notes[0].pitch == now[i].notes[0].pitch, "it begins as it did"
            varied += len(others)
    assert varied > 2


@pytest.mark.long  # 3 seconds of CPU
def test_each_time_through_is_varied_otherwise() -> None:
    times = by_time(to_the_end(plan_of(controls(1, set_times=5, set_tunes=1, set_vary=0.5))))
    assert len({time[-1].written for time in times}) > 3


@pytest.mark.parametrize("meter", every(4, METERS))
def test_the_ending_rests_on_the_tonic_and_a_chord_follows(meter: str) -> None:
    for seed in range(2):
        spans = to_the_end(plan_of(controls(seed, set_tunes=1, tune_meter=meter, tune_key="D dorian")))
        chord, last = spans[-1], spans[-2]
        bar = Meter.parse(meter).bar
        final = max(last.notes, key=lambda note: note.start)
        assert final.pitch % 12 == 2 and 3 * final.duration >= 0.95 * bar
        assert last.of_set.ending and not last.of_set.over and last.end % bar == 0
        assert {n.pitch % 12 for n in chord.notes} == {2, 5, 9}, "D, F and A"
        assert all(n.start == chord.start and n.duration > 0.9 * bar for n in chord.notes)
        assert [s.of_set.over for s in spans].count(True) == 1
        read_tune(chord.written[:-1])  # it is music, with its ending


def test_without_a_chord_the_tonic_is_the_last() -> None:
    spans = to_the_end(plan_of(controls(2, set_tunes=1, set_chord=False)))
    assert spans[-1].of_set.ending and len(spans[-1].notes) >= 1
    assert max(spans[-1].notes, key=lambda note: note.start).pitch % 12 == 2


def test_another_set_comes_behind_the_end() -> None:
    plan = plan_of(controls(5, set_times=2, set_tunes=2, set_form="free"))
    to_the_end(plan)
    again = to_the_end(plan)
    assert [t[0].tune for t in by_time(again)] == [2, 2, 3, 3]
    assert all(span.of_set.first == 2 for span in again)


@pytest.mark.long  # 6 seconds of CPU
@pytest.mark.parametrize("seed", range(share(1, 2)))
def test_the_plan_is_a_function_of_the_span_before(seed: int) -> None:
    """Whoever holds a span can go on from it: thought again from any, the rest of the set is the same."""
    snapshot = controls(seed, set_times=2, set_tunes=2, set_vary=0.5)
    spans = to_the_end(plan_of(snapshot))
    places = random.Random(seed).sample(range(len(spans) - 1), 4)
    places += [i for i, (a, b) in enumerate(itertools.pairwise(spans)) if a.of_set.time != b.of_set.time][:2]
    places += [len(spans) - 2, len(spans) - 3]
    for place in places:
        plan = planner(snapshot, MIND)
        plan.rethink(Rethink(9, snapshot, spans[place].end, spans[place], snapshot))
        rest = to_the_end(plan)
        assert [replace(span, plan=1) for span in rest] == spans[place + 1 :], place


@pytest.mark.long  # 4 seconds of CPU
def test_bars_to_go_are_what_comes() -> None:
    told = 0
    for seed in range(2):
        for turned in ({"set_times": 2, "set_tunes": 2}, {"set_form": "4x32", "set_tunes": 2}):
            times = by_time(to_the_end(plan_of(controls(seed, **turned))))
            bar = Meter(4, 4).bar
            for time, following in zip(times, [*times[1:], None], strict=True):
                ends = time[-1].end
                for span in time:
                    if span.of_set.left != UNKNOWN:
                        told += 1
                        assert span.of_set.left == -(-(ends - span.end - span.lacking) // bar), (seed, span.bar)
                    then = END if following is None else AGAIN if following[0].tune == time[0].tune else NEXT
                    assert span.of_set.then == then
                    assert span.of_set.key == (following[0].key if following and then == NEXT else "")
    assert told > 150


def test_the_tunes_of_a_dance_share_its_times_through() -> None:
    def shares(form: str, tunes: int) -> list[int]:
        snapshot = controls(set_form=form, set_tunes=tunes)
        return [set_course.times(snapshot, place) for place in range(set_course.tunes(snapshot))]

    assert shares("8x32", 0) == [8]
    assert shares("8x32", 4) == [2, 2, 2, 2]
    assert shares("8x32", 3) == [3, 3, 2]
    assert shares("2x32", 5) == [1, 1]


def test_keys_of_a_set_by_relation() -> None:
    def keys(how: str, key: str) -> list[str]:
        return [str(with_key(controls(tune_keys=how, tune_key=key), tune).key) for tune in range(4)]

    assert keys("same", "D major") == ["D major"] * 4
    assert keys("up a tone", "G major") == ["G major", "A major", "B major", "Db major"]
    assert keys("up a fifth", "D dorian") == ["D dorian", "A dorian", "E dorian", "B dorian"]
    assert keys("up a fourth", "A major") == ["A major", "D major", "G major", "C major"]
    assert keys("relative", "G major") == ["G major", "E minor", "G major", "E minor"]
    assert keys("relative", "A mixolydian") == ["A mixolydian", "B minor", "D major", "B minor"]
