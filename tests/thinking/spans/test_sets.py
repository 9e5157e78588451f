"""Sets: the same tune some times through, varied as players do, joined without a bar between, and brought to an end."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from fractions import Fraction

import pytest

from instrument.controls.control import Value
from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Place, Span
from instrument.music.key import Key
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.set_place import AGAIN, END, NEXT, UNKNOWN, SetPlace, Signal
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.closing import first_part, last_chord, nearest_tonic, ways_to_rest
from instrument.thinking.spans import set_course
from instrument.thinking.spans.planner import Planner
from instrument.thinking.spans.set_keys import with_key
from instrument.thinking.voices.tonic_chord import settled
from tests.fakes.band import planner, tiny_mind

MIND = tiny_mind()
METERS = ("4/4", "6/8", "9/8", "12/8", "3/4", "2/4", "3/2")


def controls(seed: int = 3, **turned: Value) -> Snapshot:
    """set_times=3 is set.times."""
    return Snapshot().with_values([("tune.seed", seed), *((n.replace("_", ".", 1), v) for n, v in turned.items())])


def plan_of(snapshot: Snapshot) -> Planner:
    plan = planner(snapshot, MIND)
    plan.rethink(Rethink(1, snapshot, 0, None, snapshot))
    return plan


def to_the_end(plan: Planner, most: int = 3000) -> list[Span]:
    found: list[Span] = []
    for _ in range(most):
        found.append(plan.next_span())
        if found[-1].of_set.over:
            return found
    raise AssertionError(f"no end in {most} measures")


def by_time(spans: list[Span]) -> list[list[Span]]:
    """The spans of each time through, in order."""
    return [list(group) for _, group in itertools.groupby(spans, lambda span: (span.tune, span.of_set.time))]


def tune_of(spans: list[Span]) -> list[tuple[int, int, int]]:
    """The melody, from the first bar line on."""
    return [(n.start - spans[0].start, n.duration, n.pitch) for span in spans for n in span.notes]


def base_of(span: Span) -> tuple[str, ...]:
    return body(span.of_set.base or span.written)


def body(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in texts if text != "</s>")


@pytest.mark.parametrize("meter", METERS)
def test_each_time_through_is_the_same_tune(meter: str) -> None:
    spans = to_the_end(plan_of(controls(4, set_times=3, set_tunes=2, set_vary=0.0, tune_meter=meter)))
    times = by_time(spans)
    assert [(t[0].tune, t[0].of_set.time) for t in times] == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]
    assert tune_of(times[1]) == tune_of(times[2]), "the first may begin with a pick-up that the others have no room for"
    assert body(times[1][-1].written) == body(times[0][-1].written)
    first, again = ([[n.pitch for n in span.notes] for span in time] for time in times[:2])
    assert first[-len(again) :] == again and len(first) - len(again) in (0, 1), "the pick-up aside"


@pytest.mark.parametrize("seed", range(2))
def test_spans_join_and_bars_are_bars_through_a_whole_set(seed: int) -> None:
    spans = to_the_end(plan_of(controls(seed, set_times=2, set_tunes=3, set_vary=0.5)))
    assert all(a.end == b.start for a, b in itertools.pairwise(spans))
    assert all(s.start <= n.start < n.end <= s.end for s in spans for n in s.notes)
    bar = Meter(4, 4).bar
    assert all((span.end + span.lacking) % bar == 0 for span in spans)
    longest = max(span.end - span.start for span in spans)
    assert longest == bar, "no tune is waited for"


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
    ],
)
def test_a_dance_has_its_bars_and_then_a_chord(form: str, meter: str) -> None:
    rounds, bars = map(int, form.split("x"))
    for seed in (1, 2):
        spans = to_the_end(plan_of(controls(seed, set_form=form, set_tunes=3, tune_meter=meter)))
        assert len({(span.tune, span.of_set.time) for span in spans}) == rounds
        assert len({span.tune for span in spans}) == min(3, rounds)
        bar = Meter.parse(meter).bar
        lead = bar if spans[0].form[0].pickup else 0  # the first pick-up leads in
        assert spans[-1].end - lead == (rounds * bars + 1) * bar


def test_a_variation_keeps_what_a_tune_is_known_by() -> None:
    varied = 0
    for seed in range(4):
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
    assert varied > 4


def measures(texts: tuple[str, ...]) -> tuple[Measure, ...]:
    return read_tune(body(texts)).measures


def sounding(measure: Measure) -> list[tuple[int, int, int]]:
    return [(n.start, n.duration, n.pitch) for n in measure.notes]


def test_each_time_through_is_varied_otherwise() -> None:
    times = by_time(to_the_end(plan_of(controls(1, set_times=5, set_tunes=1, set_vary=0.5))))
    assert len({time[-1].written for time in times}) > 3


@pytest.mark.parametrize("meter", METERS)
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


@pytest.mark.parametrize("seed", range(2))
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


def test_what_the_leader_calls_comes_first() -> None:
    endless = controls(set_times=3)
    assert set_course.then(endless, SetPlace(time=2), 0) == AGAIN
    assert set_course.then(endless, SetPlace(time=3), 0) == NEXT
    called = replace(endless, signal=Signal("last", 0, 0, 2))
    assert [set_course.then(called, SetPlace(time=t), 0) for t in (1, 2, 3)] == [AGAIN, END, END]
    assert set_course.then(called, SetPlace(first=4), 4) == AGAIN, "of another set it means nothing"


def test_keys_of_a_set_by_relation() -> None:
    def keys(how: str, key: str) -> list[str]:
        return [str(with_key(controls(tune_keys=how, tune_key=key), tune).key) for tune in range(4)]

    assert keys("same", "D major") == ["D major"] * 4
    assert keys("up a tone", "G major") == ["G major", "A major", "B major", "Db major"]
    assert keys("up a fifth", "D dorian") == ["D dorian", "A dorian", "E dorian", "B dorian"]
    assert keys("up a fourth", "A major") == ["A major", "D major", "G major", "C major"]
    assert keys("relative", "G major") == ["G major", "E minor", "G major", "E minor"]
    assert keys("relative", "A mixolydian") == ["A mixolydian", "B minor", "D major", "B minor"]


def called(spans: list[Span], place: int, what: str, snapshot: Snapshot) -> tuple[list[Span], Snapshot]:
    """The rest of the set, where the leader calls it when span number `place` is the last announced."""
    before, of = spans[place], spans[place].of_set
    now = replace(snapshot, signal=Signal(what, of.first, before.tune, of.time))
    plan = planner(snapshot, MIND)
    plan.rethink(Rethink(2, now, before.end, before, snapshot))
    return [plan.next_span() for _ in range(75)], now


def test_last_is_heard_in_this_time_through_from_wherever_it_is_called() -> None:
    snapshot = controls(6, set_times=3, set_vary=0.3)
    plan = plan_of(snapshot)
    spans = [plan.next_span() for _ in range(120)]
    for place in range(0, 118, 11):
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


def test_taken_back_it_is_as_if_nothing_had_been_called() -> None:
    snapshot = controls(7, set_times=2, set_vary=0.3)
    plan = plan_of(snapshot)
    spans = [plan.next_span() for _ in range(100)]
    for what, place in itertools.product(("last", "next"), (3, 30, 44)):
        rest, now = called(spans, place, what, snapshot)
        stands = 0 if rest[0].of_set.ending or rest[0].tune != spans[place].tune else 1
        before = rest[0] if stands else spans[place]
        plan = planner(snapshot, MIND)
        plan.rethink(Rethink(3, snapshot, before.end, before, now))
        count = len(spans) - place - 1 - stands
        back = [plan.next_span() for _ in range(count)]
        assert [s.notes for s in back] == [s.notes for s in spans[place + 1 + stands :]], (what, place)


def test_next_leaves_at_the_end_of_this_part() -> None:
    snapshot = controls(8, set_times=8, form_bars="8", form_parts=3, form_endings="no")
    plan = plan_of(snapshot)
    spans = [plan.next_span() for _ in range(60)]
    bar = Meter(4, 4).bar
    for place in range(1, 50, 9):
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


@pytest.mark.parametrize(
    ("bar", "meter", "kept", "found"),
    [
        ("E G c G", "2/4", 2, ("E", "G")),
        ("c 2 B A G 4", "4/4", 4, ("c", "2", "B", "A")),
        ("c 3 B A G F E", "4/4", 4, ("c", "3", "B")),
        ("c 6 B A", "4/4", 4, None),
        ("(3 c B A G 2 E 4", "4/4", 4, ("(3", "c", "B", "A", "G", "2")),
        ("[ C E ] 4 G 4", "4/4", 4, ("[", "C", "E", "]", "4")),
        ("c > B A G F E D C", "4/4", 4, ("c", ">", "B", "A", "G")),
        ("E F G A G F", "6/8", 3, ("E", "F", "G")),
    ],
)
def test_what_of_a_bar_is_kept(bar: str, meter: str, kept: int, found: tuple[str, ...] | None) -> None:
    assert first_part(tuple(bar.split()), kept, Meter.parse(meter)) == found


def test_ways_to_rest_fill_their_bars() -> None:
    bars = [tuple(bar.split()) for bar in ("G F E D C E G B", "c 4 G A B d", "c 8", "G 3 F E D C D |")]
    for way in ways_to_rest(bars, "D", Meter(4, 4)):
        (measure,) = read_tune(("M:4/4", "K:Cmaj", *way, "|")).measures
        last = measure.notes[-1]
        assert measure.length == Meter(4, 4).bar == last.end and last.pitch % 12 == 0
        assert last.duration >= measure.length // 2
    assert ways_to_rest(bars, "D", Meter(4, 4))[1] == ("c", "8"), "the tonic alone is one long note"


def test_the_tonic_is_the_nearest_and_the_chord_lies_under_it() -> None:
    assert [nearest_tonic(pitch) for pitch in ("D", "B", "G", "f", "g", "B,", "a", "")] == [
        "C", "c", "c", "c", "c'", "C", "c'", "C",
    ]  # fmt: skip
    assert last_chord("c", Meter(6, 8), False) == ("[", "C", "E", "G", "c", "]", "6")
    assert last_chord("C", Meter(9, 8), True) == ("C", "9")
    assert Fraction(last_chord("C,", Meter(4, 4), False)[-1]) == 8
    assert Key.parse("C major")


@pytest.mark.parametrize(
    ("key", "classes"), [("D major", {2, 6, 9}), ("E dorian", {4, 7, 11}), ("Bb minor", {10, 1, 5})]
)
def test_under_the_last_note_the_voices_stand_on_the_tonic_chord(key: str, classes: set[int]) -> None:
    melody = (Note(0, 5040, 76), Note(20160, 20160, 64 + 12))
    steps = ((0, 55), (10080, 54), (20160, 52), (30240, 50))
    walking = tuple(Note(at, 10080, pitch, 60, "bass") for at, pitch in steps)
    before = Span(-40320, 0, (Note(-10080, 10080, 60, 60, "alto"),), 0, 0, 0, (), Place(), 0, "4/4", key)
    span = replace(before, start=0, end=40320, notes=(*melody, *walking, Note(0, 30000, 61, 60, "alto")))
    found = settled(span, before, ("bass", "tenor", "alto"))
    chord = [note for note in found.notes if note.voice != "melody" and note.start >= 20160]
    assert {note.pitch % 12 for note in chord} == classes and len(chord) == 3
    assert all((note.start, note.end) == (20160, 40320) for note in chord)
    bass, alto = (next(n.pitch for n in chord if n.voice == voice) for voice in ("bass", "alto"))
    assert bass % 12 == Key.parse(key).tonic and abs(bass - 54) <= 6 and abs(alto - 61) <= 6
    assert all(note.end <= 20160 for note in found.notes if note.voice == "alto" and note.start < 20160)
    assert settled(span, before, ()) == span
