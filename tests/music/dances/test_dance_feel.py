"""Played like a dance: lilt, phrasing, a hand's unevenness and rubato, and the laws that none of them may break."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.controls.timbres import TIMBRES
from instrument.controls.voice import voice
from instrument.files.patch import find
from instrument.music.abc import parse
from instrument.music.compass import INSTRUMENTS, printed_octave
from instrument.music.dances.dance_meters import dance_in
from instrument.music.dances.hand_timing import by_hand
from instrument.music.dances.lilt import LILTS, lilting
from instrument.music.dances.phrasing import BARS, bar_of_part, loudness, stretches
from instrument.music.dances.warp import Warp
from instrument.music.events import Note, Place, Span
from instrument.music.key import Key, transposition
from instrument.music.meter import Meter
from instrument.music.scores.set_score import abc_of
from instrument.music.ticks import EIGHTH, QUARTER, Timeline
from instrument.music.tokens.decode import read_tune
from instrument.playing.performance_style import PerformanceStyle
from instrument.playing.player import Player
from instrument.playing.time.link_state import LinkState
from instrument.playing.time.tempo_curve import Beat, TempoCurve
from instrument.ports.web.page_state import PageState
from instrument.thinking.spans.arrange import Arrangement
from tests.fakes.band import BAR, ROUTES, bar_of, planner

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


@pytest.mark.parametrize("dance", ["auto", *LILTS])
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


# rubato


@given(st.integers(2, 24), st.floats(0, 1))
def test_a_phrase_ends_with_the_clock(beats: int, amount: float) -> None:
    found = stretches(beats, amount)
    assert sum(found) == pytest.approx(beats)
    assert all(0.7 < each < 1.4 for each in found)


def test_an_air_begins_broadly_goes_on_and_broadens_to_its_close() -> None:
    found = stretches(16, 1.0)
    assert found[0] > 1.02 and min(found[5:10]) < 0.93 and found[-1] > 1.1 > found[0]


BEATS = st.lists(st.tuples(st.integers(1, 3 * QUARTER), st.floats(0.5, 2.0)), min_size=1, max_size=40)


@given(BEATS, st.integers(0, 5 * BAR), st.integers(0, 100))
def test_a_curve_and_back_gives_the_same_tick(beats: list[tuple[int, float]], start: int, where: int) -> None:
    curve, at = TempoCurve(), start
    laid = []
    for length, stretch in beats:
        laid.append(Beat(at, at + length, stretch))
        at += length
    curve.add(start, laid)
    tick = where * (at + BAR) // 100
    assert curve.tick(curve.clock(tick)) == tick
    assert curve.clock(tick) < curve.clock(tick + 1)
    assert curve.clock(min(start, tick)) == min(start, tick), "before them it is straight"
    before = [curve.clock(t) for t in range(start, at, QUARTER)]
    again = laid[len(laid) // 2 :]
    curve.add(again[0].start, again)  # moved back: the same beats again
    assert [curve.clock(t) for t in range(start, at, QUARTER)] == pytest.approx(before)
    curve.add(start, [])  # moved back, and the performer wants none of it any more
    assert curve.clock(tick) == tick


def air(**more: object) -> Snapshot:
    asked = {"play.rubato": 1.0, "clock.bpm": 60.0, "tune.seed": 3, **more}
    return Snapshot().with_values(list(asked.items()))  # type: ignore[arg-type]


def eight_bars(player: Player, until: float = 33.0) -> dict[int, float]:
    """When the first note of each bar sounds. 60 bpm: a bar lasts four seconds by the clock."""
    player.play(0.0)
    found: dict[int, float] = {}
    for turn in range(int(until * 50)):
        for message in player.advance(turn * 0.02).messages:
            if message.kind == "on":
                found.setdefault(message.number, message.due)
    return found


def spans_of_a_part() -> list[Span]:
    """Eight bars, each of its own pitch."""
    written = ("M:4/4", "K:Cmaj", "|:", *(["c", "8", "|"] * 8))
    return [replace(bar_of(60 + n, start=n * BAR), written=written, place=Place(n), bar=n) for n in range(8)]


def test_bar_lines_bend_within_a_phrase_and_meet_the_clock_at_its_end() -> None:
    times = eight_bars(Player(ROUTES, air(), spans_of_a_part(), bars=8))
    off = [times[60 + n] - 4.0 * n for n in range(8)]
    assert off[0] == pytest.approx(0, abs=1e-6) and off[4] == pytest.approx(0, abs=1e-6)
    assert max(map(abs, off)) > 0.1, "it is heard"
    assert off[:4] == pytest.approx(off[4:], abs=1e-6)
    strict = eight_bars(Player(ROUTES, air(**{"play.rubato": 0.0}), spans_of_a_part(), bars=8))
    assert [strict[60 + n] for n in range(8)] == pytest.approx([4.0 * n for n in range(8)])


def test_rubato_does_not_depend_on_when_it_is_asked() -> None:
    """The same notes at the same moments, whether turns are short or long."""
    coarse = Player(ROUTES, air(), spans_of_a_part(), bars=8)
    coarse.play(0.0)
    found = {m.number: m.due for t in range(450) for m in coarse.advance(t * 0.09).messages if m.kind == "on"}
    assert found == pytest.approx(eight_bars(Player(ROUTES, air(), spans_of_a_part(), bars=8), 40.0), abs=1e-6)


def test_where_the_music_is_and_when_a_tick_sounds_agree() -> None:
    player = Player(ROUTES, air(), spans_of_a_part(), bars=8)
    player.play(0.0)
    for turn in range(400):
        now = turn * 0.07
        player.advance(now)
        assert abs(player.scheduler.seconds(player.scheduler.tick(now)) - now) < 2e-4


def test_a_stop_in_mid_phrase_and_on_again_keeps_place() -> None:
    player = Player(ROUTES, air(), spans_of_a_part(), bars=8)
    player.play(0.0)
    player.advance(0.0)
    for turn in range(300):
        player.advance(turn * 0.02)
    here = player.scheduler.tick(5.98)
    player.stop(5.98)
    player.play(9.0)
    assert abs(player.scheduler.tick(9.0) - here) <= 1
    player.scheduler.set_bpm(90, 9.0)
    assert abs(player.scheduler.tick(9.0) - here) <= 1


@pytest.mark.parametrize("why", ["follows", "sends", "link"])
def test_never_while_somebody_else_keeps_the_time_or_goes_by_ours(why: str) -> None:
    more = {"sends": {"clock.send": "while playing"}, "link": {"clock.source": "link"}}.get(why, {})
    player = Player(ROUTES, air(**more), spans_of_a_part(), bars=8)
    if why == "follows":
        player.time.following = True
        player.scheduler.follow(Timeline(60))
    if why == "link":
        player.led.linked(LinkState(0.0, 0.0, 60.0, 4.0, 1, False))
        if player.time.link.newest is None:
            pytest.fail("the session was not heard")
    times = eight_bars(player)
    gaps = [b - a for a, b in pairwise(times[60 + n] for n in range(6))]
    assert gaps == pytest.approx([4.0] * 5, abs=1e-6)


def test_the_tempos_of_a_recording_put_its_notes_where_they_sounded() -> None:
    player = Player(ROUTES, air(), spans_of_a_part(), bars=8)
    tempos: list[tuple[int, float]] = []
    player.play(0.0)
    sounded: dict[int, float] = {}
    for turn in range(1700):
        done = player.advance(turn * 0.02)
        sounded |= {m.number: m.due for m in done.messages if m.kind == "on"}
        tempos += [tempo for span in done.announced for tempo in player.scheduler.tempos(span)]
    for n in range(8):
        second, at, bpm = 0.0, 0, 60.0
        for tick, tempo in [t for t in tempos if t[0] < n * BAR]:
            second += (tick - at) / QUARTER * 60 / bpm
            at, bpm = tick, tempo
        second += (n * BAR - at) / QUARTER * 60 / bpm
        assert second == pytest.approx(sounded[60 + n], abs=1e-6)


# printed where it sounds; the instrument's own program


def test_the_page_kept_tunes_and_recordings_print_a_whistle_where_it_sounds() -> None:
    plan = planner(Snapshot().with_value("tune.seed", 3))
    plan.arrangement = Arrangement({"melody": 1})
    span = plan.next_span()
    assert span.octave == 1
    low = replace(span, octave=0)
    state, plain = PageState(), PageState()
    state.announced(span)
    plain.announced(low)
    steps = [
        [head[0] for sign in shown.since(-1)[1]["spans"][0]["score"]["signs"] for head in sign["heads"]]
        for shown in (state, plain)
    ]
    assert steps[0] and steps[0] == [step + 7 for step in steps[1]]
    high, written = (parse.read(abc_of([one], "x", 100, True)) for one in (span, low))
    octaves = [[w.octave for w in score.body if w.kind == "note"] for score in (high, written)]
    assert octaves[0] == [octave + 1 for octave in octaves[1]]


def test_printed_where_its_instrument_reads_it() -> None:
    """A whistle that sounds from d'' reads from d'; a banjo reads above where it sounds; a fiddle where it does."""
    written = 69  # where tunes lie as written on C
    for name, low, high in (("D whistle", 62, 83), ("fiddle", 55, 83), ("banjo", 55, 83), ("low whistle", 62, 83)):
        for key in ("D major", "G major", "A dorian", "E minor"):
            tonic = Key.parse(key)
            read = written + transposition(tonic) + 12 * printed_octave(tonic, 0, INSTRUMENTS[name])
            assert low <= read - 7 and read + 7 <= high + 7, (name, key)
    assert printed_octave(Key.parse("G major"), 1, None) == 1


def test_a_voice_has_the_program_of_its_instrument() -> None:
    assert voice("melody", {}).program == 74
    assert voice("melody", {"timbre": "reed"}).program == TIMBRES["reed"].program == 21
    assert voice("melody", {"timbre": "reed", "program": 68}).program == 68
    assert voice("alto", {}).program == 52
    for name in ("reel", "jig", "hornpipe", "waltz", "air", "first", "session", "answer", "tap", "hold", "drone"):
        for each in find(name).voices.values():
            assert each.program != 78, f"{name}: 78 is a person who whistles"


def test_every_dance_patch_is_played_as_its_dance() -> None:
    for name in ("reel", "jig", "hornpipe", "polka", "waltz", "air"):
        values = find(name).values
        assert values["tune.dance"] == name and values["play.lilt"] == 1.0 and values["play.human"]
        assert (values["play.rubato"] != 0) == (name == "air")


def test_rendered_an_airs_midi_and_what_was_heard_agree(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Its tempos move with the phrase; the last tick is where the clock would have it."""
    from instrument.rig.render import render

    render(find("air"), 8, 3, tmp_path)
    file = mido.MidiFile(tmp_path / "tune.mid")
    tempos = [60e6 / m.tempo for m in file if m.type == "set_tempo"]
    assert len(tempos) > 8 and min(tempos) < 57 and max(tempos) > 61


def test_a_warp_leaves_out_knots_that_go_back() -> None:
    warp = Warp.of([(0, 0), (10, 20), (20, 15), (30, 30)])
    assert warp.knots == ((0, 0), (10, 20), (30, 30))
    assert [warp.at(t) for t in (-5, 0, 5, 10, 20, 30, 40)] == [-5, 0, 10, 20, 25, 30, 40]
    assert BARS == 4 and FOUR.bar == BAR
