"""Chords of composed tunes: what a backer would play, the same whichever way the plan was come by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.controls.chord_controls import CHORD_EXPERTS
from instrument.controls.snapshot import Snapshot
from instrument.music.abc.parse import read
from instrument.music.chord import Chord, PlacedChord, Quality
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.encode import tokens
from instrument.thinking.chords.span_chords import Measures, SpanChords, load_product, wants_chords
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Given, Planner
from tests.fakes.thorough import every

#: a jig of the session, out of copyright, in D mixolydian: Banish Misfortune, as old books have it
JIG = (
    "X:1\nM:6/8\nL:1/8\nK:Dmix\nfed cAG|A2d cAG|FGF DED|FGF GFG|AGA cAG|AGA cde|fed cAG|Ad^c d3:|"
    "|:f2d d^cd|f2g agf|e2c cBc|e2f gfe|f2g agf|e2f gfe|fed cAG|Ad^c d3:|\n"
)
REEL = "X:2\nM:4/4\nL:1/8\nK:G\n|:G2BG DGBG|G2Bd cBAG|A2cA EAcA|A2ce edcB|G2BG DGBG|G2Bd cBAG|ABcd edcA|G2B2 G4:|\n"


def spans_of(text: str, snapshot: Snapshot) -> list[Span]:
    texts = tokens(read(text))
    planner = Planner(lambda _: Given(texts), Arrangement({"melody": 0}), snapshot)
    found = list[Span]()
    while (span := planner.next_span()).tune == 0 and len(found) < 64:
        found.append(span)
        if span.place.measure == len(read_tune(texts).measures) - 1 and span.place.time == 2:
            break
    return found


def in_key(key: str, meter: str, *more: tuple[str, float | bool | int]) -> Snapshot:
    return Snapshot().with_values([("tune.key", key), ("tune.meter", meter), *more])


MIX, MAJOR = in_key("D mixolydian", "6/8"), in_key("G major", "4/4")


def backed(text: str, snapshot: Snapshot, ahead: int = 0) -> list[Span]:
    """ahead: measures that are written besides those that are asked for."""
    chords, spans = SpanChords(load_product), spans_of(text, snapshot)
    return [chords.back(span, writing(text, spans[: at + 1], ahead), snapshot)[0] for at, span in enumerate(spans)]


def writing(text: str, so_far: list[Span], ahead: int = 0) -> Measures:
    """A writer that has written what has been played, what it is asked for, and so many measures more."""
    measures, reached = read_tune(tokens(read(text))).measures, max(span.place.measure for span in so_far)
    return lambda last: measures[: max(last, reached) + 1 + ahead]


def test_a_mixolydian_jig_is_backed_with_the_chords_that_backers_play() -> None:
    spans = backed(JIG, MIX)
    names = [placed.chord.name() for span in spans for placed in span.chords]
    assert set(names) <= {"D", "C", "G", "Am", "D5", "A5", "Em", "Dsus4", "C/E", "G/B", "D/F#"}
    assert names[0] in ("D", "D5") and {"C", "G"} & set(names)
    assert spans[7].chords[-1].chord.root == spans[-1].chords[-1].chord.root == 2, "each part comes home"
    assert not any(placed.chord.quality is Quality.SEVENTH for span in spans for placed in span.chords)


def test_a_major_reel_closes_on_its_tonic_out_of_a_chord_that_goes_there() -> None:
    spans = backed(REEL, MAJOR)
    roots = [placed.chord.root for span in spans for placed in span.chords]
    assert roots[0] == roots[-1] == 7
    assert next(root for root in reversed(roots) if root != 7) in (2, 0), "out of D, or C"
    assert len(roots) <= 2 * len(spans), "never more than two to a bar"


@pytest.mark.parametrize("text,snapshot", [(JIG, MIX), (REEL, MAJOR)])
def test_chords_lie_in_their_span_in_order_without_a_gap(text: str, snapshot: Snapshot) -> None:
    for span in backed(text, snapshot):
        assert span.chords[0].begins == span.start and span.chords[-1].ends == span.end
        for one, other in zip(span.chords, span.chords[1:], strict=False):
            assert one.ends == other.begins and one.chord != other.chord


@pytest.mark.parametrize("warm", [0.0, 1.0])
def test_what_is_written_farther_ahead_changes_no_chord(warm: float) -> None:
    snapshot = MIX.with_value("chords.temperature", warm)
    told = [span.chords for span in backed(JIG, snapshot)]
    assert told == [span.chords for span in backed(JIG, snapshot, ahead=30)]
    assert told == [span.chords for span in backed(JIG, snapshot, ahead=1)]


@pytest.mark.parametrize("warm", [0.0, 1.0])
def test_a_tune_that_is_thought_again_from_any_bar_has_the_same_chords(warm: float) -> None:
    snapshot = MIX.with_value("chords.temperature", warm)
    spans = spans_of(JIG, snapshot)
    told = [span.chords for span in backed(JIG, snapshot)]
    for first in (0, 5, 9, 16, 27):
        anew = SpanChords(load_product)
        for at in range(first, min(first + 3, len(spans))):
            assert anew.back(spans[at], writing(JIG, spans[: at + 1]), snapshot)[0].chords == told[at]


@pytest.mark.long  # 2 seconds of CPU
def test_seeds_draw_other_chords_only_where_they_are_drawn() -> None:
    cold = {tuple(span.chords for span in backed(JIG, MIX.with_value("tune.seed", seed))) for seed in (1, 2, 3)}
    warm = MIX.with_value("chords.temperature", 1.5)
    drawn = {tuple(span.chords for span in backed(JIG, warm.with_value("tune.seed", seed))) for seed in (1, 2, 3)}
    assert len(cold) == 1 and len(drawn) == 3


def test_another_key_moves_every_chord() -> None:
    here, there = backed(JIG, MIX), backed(JIG, in_key("A mixolydian", "6/8"))
    for one, other in zip(here, there, strict=True):
        assert [placed.chord.moved(7) for placed in one.chords] == [placed.chord for placed in other.chords]


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("name", every(2, [name for name, _ in CHORD_EXPERTS if name != "last time"]))
def test_each_expert_is_heard_and_can_be_silenced(name: str) -> None:
    fader = f"chords.expert.{name.replace(' ', '_')}"
    usual = [span.chords for span in (*backed(JIG, MIX), *backed(REEL, MAJOR))]
    turned = [(JIG, MIX.with_value(fader, -1.0)), (REEL, MAJOR.with_value(fader, -1.0))]
    against = [span.chords for text, snapshot in turned for span in backed(text, snapshot)]
    assert usual != against
    silent = backed(JIG, MIX.with_value(fader, 0.0))
    assert all(dict(placed.why)[name] == 0.0 for span in silent for placed in span.chords)


def test_what_was_played_last_time_is_played_again_where_nothing_else_says_so() -> None:
    others = [(f"chords.expert.{name.replace(' ', '_')}", 0.0) for name, _ in CHORD_EXPERTS if name != "last time"]
    first = MIX.with_values([*others, ("chords.expert.melody", 0.3), ("chords.expert.last_time", 2.0)])
    spans = backed(JIG, first)
    again = sum(a.chords[0].chord == b.chords[0].chord for a, b in zip(spans[:8], spans[8:16], strict=True))
    assert again >= 7


def test_faders_of_taste_do_what_they_say() -> None:
    busy = sum(len(span.chords) for span in backed(REEL, MAJOR.with_value("chords.rate", 4.0)))
    calm = sum(len(span.chords) for span in backed(REEL, MAJOR.with_value("chords.rate", 0.1)))
    assert calm < busy
    fifths = backed(REEL, MAJOR.with_value("chords.open", 1.0))
    plain = backed(REEL, MAJOR.with_values([("chords.open", 0.0), ("chords.slash", 0.0), ("chords.sevenths", 0.0)]))
    assert {p.chord.quality for s in fifths for p in s.chords if p.chord.bass is None} == {Quality.OPEN}
    assert {p.chord.quality for s in plain for p in s.chords} <= {Quality.MAJOR, Quality.MINOR}
    assert all(placed.chord.bass is None for span in plain for placed in span.chords)


def test_written_chords_stay_and_a_rest_gets_none() -> None:
    chords, span = SpanChords(load_product), spans_of(REEL, MAJOR)[0]
    written = replace(span, chords=(PlacedChord(span.start, 1, Chord.parse("F#m"), (), "F#m", "written"),))
    measures = read_tune(tokens(read(REEL))).measures
    assert chords.back(written, lambda last: measures, MAJOR) == (written, ())
    silent = replace(span, notes=())
    assert chords.back(silent, lambda last: measures, MAJOR) == (silent, ())


def test_reasons_name_the_chord_and_add_up_to_chances() -> None:
    chords, measures = SpanChords(load_product), read_tune(tokens(read(JIG))).measures
    for span in spans_of(JIG, MIX):
        placed, why = chords.back(span, lambda last: measures, MIX)
        assert [reason.tick for reason in why] == [each.begins for each in placed.chords]
        for reason, each in zip(why, placed.chords, strict=True):
            assert reason.name == each.name(Key.parse(span.key))
            assert [name for name, _ in reason.nats] == [name for name, _ in CHORD_EXPERTS]
            assert 0.2 < sum(share for _, share in reason.chances) <= 1.0001


def test_chords_are_chosen_only_where_somebody_plays_or_shows_them() -> None:
    plain = Snapshot()
    assert not wants_chords(plain, ("melody", "drone", "bass", "bodhran"))
    assert wants_chords(plain, ("melody", "guitar"))
    assert not wants_chords(plain.with_value("backing.on", False), ("melody", "guitar"))
    assert wants_chords(plain.with_value("chords.show", True), ("melody",))
    assert not wants_chords(plain.with_value("play.way", "accompany"), ("melody", "guitar"))
