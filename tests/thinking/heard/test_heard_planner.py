"""A leader's bars as the tune of who follows: its voices, chords and backing laid to them, and its own tune behind."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from random import Random

import pytest

from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import METERS
from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.ensemble.bar_text import span_of, text_of
from instrument.thinking.heard.heard_planner import HeardPlanner
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.thinker import Thinker
from instrument.thinking.tune.load_shedding import Pace
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from tests.fakes.band import planner, tiny_mind
from tests.fakes.planned_set import controls, plan_of
from tests.fakes.quartet import tiny_choir
from tests.fakes.stand_in_writer import StandInWriter
from tests.fakes.thorough import every, share

BAR = 4 * QUARTER
CHOIR, MIND = tiny_choir(), tiny_mind()
BACKS = Arrangement(dict.fromkeys(("melody", "bass", "guitar", "double_bass", "bodhran"), 0))


def led(count: int = 16, **turned: object) -> list[Span]:
    plan = plan_of(controls(**turned))  # type: ignore[arg-type]
    return [plan.next_span() for _ in range(count)]


def heard(spans: list[Span]) -> tuple[tuple[Span, bool], ...]:
    return tuple(span_of(text_of(span)) for span in spans)


def backer(snapshot: Snapshot, how: Arrangement = BACKS) -> SpansWithVoices:
    return SpansWithVoices(HeardPlanner(StandInWriter, how, snapshot), lambda: CHOIR, how)


def own(**turned: object) -> Snapshot:
    values = [("tune.seed", 77), ("harmony.voices", 1), *((k.replace("_", "."), v) for k, v in turned.items())]
    return Snapshot().with_values(values)  # type: ignore[arg-type]


@pytest.mark.long  # 7 seconds of CPU
@pytest.mark.parametrize("meter", every(4, METERS))
def test_every_voice_of_ours_plays_to_the_leaders_bars_as_it_would_to_its_own(meter: str) -> None:
    turned = own(tune_meter=meter, tune_key="G major")
    leader, now = SpansWithVoices(planner(turned, MIND), lambda: CHOIR, BACKS), own(tune_meter=meter)
    leader.rethink(Rethink(1, turned, 0, None, turned))
    theirs = [leader.next_span() for _ in range(16)]
    one = backer(now)
    one.rethink(Rethink(4, now, 0, None, now, heard=heard([replace(span, chords=()) for span in theirs])))
    for span in theirs[:-2]:
        ours = one.next_span()
        assert (ours.start, ours.end, ours.key, ours.meter) == (span.start, span.end, "G major", meter)
        assert (ours.source, ours.plan) == ("heard", 4)
        tune = [(n.start, n.duration, n.pitch) for n in span.notes if n.voice == "melody"]
        assert [(n.start, n.duration, n.pitch) for n in ours.notes if n.voice == "melody"] == tune
        assert {note.voice for note in ours.notes} == {note.voice for note in span.notes}
    assert any({"bass", "guitar", "double_bass"} <= {note.voice for note in span.notes} for span in theirs)


@pytest.mark.long  # 3 seconds of CPU
def test_the_leaders_chords_are_ours_where_it_has_any() -> None:
    now, theirs = own(), led()
    leader = backer(own(tune_seed=3, chords_temperature=1.5))
    leader.rethink(Rethink(1, now, 0, None, now, heard=heard(theirs)))
    chosen = [leader.next_span() for _ in range(12)]
    one = backer(now)
    one.rethink(Rethink(1, now, 0, None, now, heard=heard(chosen)))
    for span in chosen[:10]:
        found = one.next_span().chords
        assert [(c.begins, c.length, c.chord) for c in found] == [(c.begins, c.length, c.chord) for c in span.chords]


def test_behind_what_was_heard_it_goes_on_as_the_leader_has_written() -> None:
    theirs = led(24, set_times=2)
    on = [replace(span, written=theirs[12].written) for span in theirs[:6]]  # written further than announced
    now = own(set_times=2)
    one = backer(now, Arrangement({"melody": 0}))
    one.rethink(Rethink(2, now, on[0].start, None, now, heard=heard(on)))
    ours = [one.next_span() for _ in range(12)]
    assert [s.source for s in ours] == ["heard"] * 6 + ["composed"] * 6
    pitches = lambda span: [(n.start, n.pitch) for n in span.notes if n.voice == "melody"]  # noqa: E731
    assert [pitches(span) for span in ours] == [pitches(span) for span in theirs[:12]]


def test_a_bar_of_ours_ends_where_a_heard_one_begins() -> None:
    now = own(harmony_on=False)
    one = backer(now, Arrangement({"melody": 0}))
    theirs = [replace(span, start=span.start + BAR // 4, end=span.end + BAR // 4) for span in led(8)]
    theirs = [span for span in theirs if span.start >= 2 * BAR]
    one.rethink(Rethink(1, now, 0, None, now, heard=heard(theirs)))
    ours = [one.next_span() for _ in range(8)]
    assert all(a.end == b.start for a, b in itertools.pairwise(ours))
    begun = next(span for span in ours if span.source == "heard")
    assert begun.start == theirs[0].start
    assert all(note.end <= span.end for span in ours for note in span.notes)


def test_the_models_thinker_lays_voices_to_heard_bars_and_goes_on_from_them() -> None:
    thinker = Thinker(MIND, Arrangement({"melody": 0}), lambda: 0.0, Pace(0.0, 0.0))
    theirs, now = led(6), own(harmony_on=False)
    thinker.hear(Rethink(3, now, 0, None, now, heard=heard(theirs)))
    thinker.hear(Extend(12 * BAR, 0))
    found = [message for _ in range(200) if thinker.behind for message in thinker.work() if isinstance(message, Span)]
    assert [span.source for span in found[:6]] == ["heard"] * 6 and found[6].source == "composed"
    assert found[6].tune == theirs[5].tune and found[6].written[: len(theirs[5].written) - 1] == theirs[5].written[:-1]
    assert all(a.end == b.start for a, b in itertools.pairwise(found))


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("seed", range(share(3, 200)))
def test_no_bar_that_reads_as_one_stops_it(seed: int) -> None:
    """Bars of a foreign tune, tokens changed at random, as far as they are taken for bars at all."""
    chance, bars, now = Random(seed), [], own()
    for span in led(8, tune_meter=chance.choice(METERS), set_times=2):
        data = json.loads(text_of(span))
        words = data["written"].split()
        for _ in range(chance.randrange(6)):
            words[chance.randrange(2, len(words))] = chance.choice(
                ["|", ":|", "|1", "(3", ">", "z", "/2", "^^c", "[", "]", "xyz"]
            )
        data["written"] = " ".join(words)
        if chance.random() < 0.3:
            data["meter"] = chance.choice(["7/8", "5/4", "17/16", "3/2", "1/8"])
        if chance.random() < 0.3:
            data["key"] = chance.choice(["F# locrian", "Eb lydian", "C"])
        try:
            bars.append(span_of(json.dumps(data)))
        except ValueError:
            continue
    one = backer(now)
    one.rethink(Rethink(1, now, bars[0][0].start if bars else 0, None, now, heard=tuple(bars)))
    ours = [one.next_span() for _ in range(10)]
    assert all(a.end == b.start for a, b in itertools.pairwise(ours))
    thinker = Thinker(MIND, Arrangement({"melody": 0}), lambda: 0.0, Pace(0.0, 0.0))
    thinker.hear(Rethink(1, now, bars[0][0].start if bars else 0, None, now, heard=tuple(bars)))
    thinker.hear(Extend(ours[-1].end, 0))
    found = [message for _ in range(200) if thinker.behind for message in thinker.work() if isinstance(message, Span)]
    assert found[-1].end >= ours[-1].end
