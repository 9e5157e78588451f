"""Played like a dance: lilt, phrasing, a hand's unevenness and rubato, and the laws that none of them may break."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.files.patch import find
from instrument.music.dances.dance_meters import dance_in
from instrument.music.dances.hand_timing import by_hand
from instrument.music.dances.lilt import LILTS, lilting
from instrument.music.dances.phrasing import bar_of_part, loudness
from instrument.music.events import Note, Place, Span
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.decode import read_tune
from instrument.playing.performance_style import PerformanceStyle
from tests.fakes.band import BAR, bar_of, planner
from tests.fakes.thorough import every

ALL = [("play.lilt", 1.0), ("play.phrasing", 1.0), ("play.rubato", 1.0), ("play.human", 1.0), ("play.ornament", 1.0)]
FOUR = Meter.parse("4/4")


def places(dance: str, meter: str, *eighths: float) -> list[float]:
    """Where notes at these eighths of a bar are played, in eighths."""
    whole = Meter.parse(meter)
    melody = [Note(round(e * EIGHTH), EIGHTH // 4, 62) for e in eighths]
    warp = lilting(dance, whole, melody, 0, whole.bar, whole.bar, 1.0)
    return [round(warp.at(note.start) / EIGHTH, 3) for note in melody]


# lilt


def test_a_jig_goes_long_short_between() -> None:
    played = [*places("jig", "6/8", 0, 1, 2, 3, 4, 5), 6.0]
    lengths = [round((b - a) / 3, 2) for a, b in pairwise(played)]
    assert lengths == [0.40, 0.26, 0.34, 0.40, 0.26, 0.34]


def test_a_hornpipe_is_near_two_to_one_however_it_is_written() -> None:
    dotted = places("hornpipe", "4/4", 0, 1.5, 2, 3, 4, 5.5, 6, 7)
    assert dotted == pytest.approx([0, 4 / 3, 2, 3.28, 4, 5.333, 6, 7.28], abs=0.001)
    assert places("hornpipe", "4/4", 0, 2 / 3, 4 / 3) == pytest.approx([0, 0.667, 1.333], abs=0.001), "even triplets"


def test_reels_are_lifted_a_little_and_strathspeys_snap() -> None:
    reel = places("reel", "4/4", *range(8))
    assert reel[1] == pytest.approx(1.06, abs=0.01) and reel[2] == 2.0
    assert places("strathspey", "4/4", 0, 0.5)[1] < 0.5 < 1.5 < places("strathspey", "4/4", 0, 1.5)[1]


def test_semiquavers_stay_in_order_and_nearly_even() -> None:
    played = places("hornpipe", "4/4", 0, 0.5, 1, 1.5, 2)
    gaps = [b - a for a, b in pairwise(played)]
    assert max(gaps) / min(gaps) < 1.5


@given(
    st.sampled_from(sorted(LILTS)), st.sampled_from(["2/4", "3/4", "4/4", "6/8", "9/8", "12/8", "3/2"]),
    st.floats(0, CONTROLS["play.lilt"].high), st.lists(st.integers(0, 47), max_size=12), st.integers(0, 5),
)  # fmt: skip
def test_a_lilt_moves_no_beat_and_nothing_past_another(
    dance: str, meter: str, amount: float, struck: list[int], lacking: int
) -> None:
    whole = Meter.parse(meter)
    start, end = 7 * whole.bar, 8 * whole.bar - lacking * EIGHTH
    melody = [Note(start + s * EIGHTH // 4, EIGHTH // 4, 60) for s in sorted(struck)]
    warp = lilting(dance, whole, melody, start, end, 8 * whole.bar, amount)
    beat = 3 * EIGHTH if whole.compound else QUARTER
    assert all(warp.at(tick) == tick for tick in range(start, end, beat))
    played = [warp.at(tick) for tick in range(start, end, EIGHTH // 12)]
    assert all(a < b for a, b in pairwise(played))
    if amount == 0:
        assert played == list(range(start, end, EIGHTH // 12))


def test_the_dance_is_the_meters_where_nobody_says_or_it_cannot_be() -> None:
    assert dance_in(Meter.parse("6/8"), "hornpipe") == "jig"
    asked = ("4/4", "2/4", "3/4", "6/8", "9/8", "12/8", "5/4")
    assert [dance_in(Meter.parse(m), "auto") for m in asked] == [
        "reel", "polka", "waltz", "jig", "slip jig", "slide", "other",
    ]  # fmt: skip


def test_a_patch_says_its_dance() -> None:
    span = bar_of(62, 64, 66, 67, 69, 71, 73, 74)
    one = Snapshot().with_value("play.lilt", 1.0)
    as_reel, as_hornpipe = (
        PerformanceStyle(s).dress(span, 150) for s in (one, one.with_value("tune.dance", "hornpipe"))
    )
    assert as_reel.notes[1].start == round(0.53 * QUARTER)
    assert as_hornpipe.notes[1].start == round(0.64 * QUARTER)
    assert find("hornpipe").values["tune.dance"] == "hornpipe"


def test_what_goes_with_the_melody_goes_with_its_lilt_and_the_drone_stands() -> None:
    span = bar_of(62, 64, 66, 67, 69, 71, 73, 74)
    others = (Note(EIGHTH, EIGHTH, 50, 70, "bass"), Note(0, BAR, 38, 60, "drone"))
    played = PerformanceStyle(Snapshot().with_value("play.lilt", 1.0)).dress(
        replace(span, notes=(*span.notes, *others)), 150
    )
    bass, drone = (next(n for n in played.notes if n.voice == name) for name in ("bass", "drone"))
    assert bass.start == played.notes[1].start and drone == others[1]


# phrasing


TUNE = ["M:4/4", "K:Cmaj", *(["c", "8", "|"] * 4), "|1", "c", "8", "c", "8", ":|", "|2", "c", "8", "|"]


def bars_in_phrases(text: str, places: list[Place]) -> list[tuple[int, int]]:
    tune = read_tune(text.split(), strict=False)
    found = (bar_of_part(tune.measures, place, tune.meter.bar) for place in places)
    return [(bar, ticks // EIGHTH) for bar, ticks in found]


def test_bars_are_counted_from_the_part_its_pick_up_aside() -> None:
    text = "M:4/4 K:Cmaj c 2 | c 8 | c 8 | c 8 | c 6 :| c 2 | c 8 | c 8 | c 8 |1 c 6 :| |2 c 6 |"
    first = bars_in_phrases(text, [Place(i) for i in range(5)])
    assert first == [(-1, 6), (0, 0), (1, 0), (2, 0), (3, 0)]
    second = bars_in_phrases(text, [Place(i, 1, 5) for i in range(5, 10)])
    assert second == first
    assert bars_in_phrases(text, [Place(10, 2, 5)]) == [(3, 0)], "a second ending stands where the first does"


def test_a_phrase_rises_to_its_middle_and_eases_at_its_close() -> None:
    heard = [loudness(place / 32) for place in range(33)]
    top = heard.index(max(heard))
    assert 12 <= top <= 20
    assert all(a < b for a, b in pairwise(heard[: top + 1])) and all(a > b for a, b in pairwise(heard[top:]))
    assert heard[-1] < heard[0] < 0 < heard[top]


def played_phrase(snapshot: Snapshot, bars: int = 8) -> list[Span]:
    """A part of eight bars of quavers, one span a bar."""
    written = ("M:4/4", "K:Cmaj", "|:", *(["c", "c", "c", "c", "c", "c", "c", "c", "|"] * bars))
    style = PerformanceStyle(snapshot)
    spans = [replace(bar_of(*[72] * 8, start=n * BAR), written=written, place=Place(n), bar=n) for n in range(bars)]
    return [style.dress(span, 120) for span in spans]


def test_dynamics_follow_the_phrase_in_every_eight() -> None:
    means = [
        sum(n.velocity for n in span.notes) / len(span.notes)
        for span in played_phrase(Snapshot().with_value("play.phrasing", 1.0))
    ]
    assert means[:4] == means[4:]
    assert means[0] < means[1] and means[2] > means[3] and means[3] < means[0]
    assert max(means) - min(means) > 8


# a hand


CHANCES = st.lists(st.floats(0, 1, exclude_max=True), min_size=240, max_size=240)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3), st.integers(48, 90)), min_size=1, max_size=20),
    CHANCES, st.floats(0, 1), st.floats(20, 300),
)  # fmt: skip
def test_a_hand_keeps_the_order_and_overlaps_nothing(
    notes: list[tuple[int, int, int]], chances: list[float], amount: float, bpm: float
) -> None:
    """Whatever the numbers: begun within the measure, no negative time, what did not overlap does not."""
    plain, at = list[Note](), 0
    for length, gap, pitch in notes:
        plain.append(Note(at, length * 840, pitch))
        at += (length + gap) * 840
    loose = by_hand(plain, 0, at, QUARTER, bpm / 60 * QUARTER, amount, iter(chances))
    assert [n.pitch for n in loose] == [n.pitch for n in plain]
    for note in loose:
        assert 0 <= note.start < at and note.duration >= 1 and 1 <= note.velocity <= 127
    for (a, b), (c, d) in zip(pairwise(plain), pairwise(loose), strict=True):
        assert c.start < d.start
        assert c.end <= d.start or a.end > b.start
    most = 3 * 0.006 * bpm / 60 * QUARTER + 1
    assert all(abs(new.start - old.start) <= most for new, old in zip(loose, plain, strict=True))
    if amount == 0:
        assert list(loose) == plain


def test_a_hand_is_milliseconds_and_the_same_every_time() -> None:
    snapshot = Snapshot().with_values([("play.human", 1.0), ("tune.seed", 4)])
    once, again = played_phrase(snapshot), played_phrase(snapshot)
    assert once == again
    assert played_phrase(snapshot.with_value("tune.seed", 5)) != once
    exact = played_phrase(Snapshot())
    late = [
        (n.start - p.start) / (2 * QUARTER) * 1000  # 120 bpm: two quarters a second
        for span, plain in zip(once, exact, strict=True) for n, p in zip(span.notes, plain.notes, strict=True)
    ]  # fmt: skip
    between = [ms for i, ms in enumerate(late) if i % 2]
    assert 2 < (sum(ms * ms for ms in between) / len(between)) ** 0.5 < 10
    assert max(map(abs, late)) < 18.1
    assert sum(ms != 0 for ms in late) > len(late) * 0.8


# all together


def composed(count: int, seed: int = 3) -> list[Span]:
    plan = planner(Snapshot().with_value("tune.seed", seed))
    return [plan.next_span() for _ in range(count)]


@pytest.mark.parametrize("dance", every(2, ["auto", *LILTS]))
def test_spans_stay_spans_and_no_note_meets_its_own_pitch(dance: str) -> None:
    snapshot = Snapshot().with_values([*ALL, ("tune.dance", dance), ("tune.seed", 3), ("play.swing", 0.6)])
    style, ends = PerformanceStyle(snapshot), dict[int, int]()
    for span in composed(24):
        dressed = style.dress(span, 140)
        assert (dressed.start, dressed.end, dressed.written) == (span.start, span.end, span.written)
        for note in sorted(dressed.notes, key=lambda n: n.start):
            assert span.start <= note.start < span.end and note.duration >= 1
            assert ends.get(note.pitch, 0) <= note.start, "its off is before its next on"
            ends[note.pitch] = note.end


def test_moved_back_the_same_bars_are_played_the_same() -> None:
    snapshot = Snapshot().with_values([*ALL, ("tune.seed", 3)])
    style, spans = PerformanceStyle(snapshot), composed(12)
    first = [style.dress(span, 140) for span in spans]
    assert [style.dress(span, 140) for span in spans[4:]] == first[4:]


def test_a_log_from_before_these_controls_is_played_as_it_was() -> None:
    """Older snapshots do not have them."""
    old = {name: v for name, v in Snapshot().values.items() if not name.startswith("play.") and name != "tune.dance"}
    spans = composed(4)
    style = PerformanceStyle(replace(Snapshot(), values=old))
    assert [style.dress(span, 120) for span in spans] == spans
    assert style.breathe(spans[0]) == []


def test_every_dance_patch_is_played_as_its_dance() -> None:
    for name in ("reel", "jig", "hornpipe", "polka", "waltz", "air"):
        values = find(name).values
        assert values["tune.dance"] == name and values["play.lilt"] == 1.0 and values["play.human"]
        assert (values["play.rubato"] != 0) == (name == "air")
