"""Ornaments, swing and dynamics: what is added stays inside the note, and the same bar is always played the same."""

import random
from dataclasses import replace
from itertools import pairwise, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.music.dances.ornament import neighbour, ornamented
from instrument.music.dances.swing import leaning, swung
from instrument.music.events import Note, Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.playing.performance_style import PerformanceStyle
from instrument.playing.player import Player
from tests.fakes.band import BAR, ROUTES, bar_of

D = Key.parse("D major")
KEYS = st.sampled_from([Key.parse(k) for k in ("D major", "A dorian", "F# phrygian", "Eb lydian", "C minor")])


def pitches(notes: tuple[Note, ...]) -> list[int]:
    return [note.pitch for note in notes]


def test_the_roll_of_the_seed() -> None:
    """A D rolled within one crotchet: D E D C# D."""
    rolled = ornamented([Note(0, QUARTER, 74)], None, D, 100, 1.0, repeat(0.5))
    assert pitches(rolled) == [74, 76, 74, 73, 74]
    assert rolled[0].start == 0
    assert rolled[-1].end <= QUARTER
    assert rolled[1].duration < rolled[0].duration / 2, "a cut is a blip"


def test_a_cut_where_a_note_repeats() -> None:
    cut = ornamented([Note(0, EIGHTH, 69, 74), Note(EIGHTH, EIGHTH, 69, 74)], None, D, 100, 1.0, repeat(0.8))
    assert pitches(cut) == [69, 71, 69]
    assert ornamented([Note(0, EIGHTH, 69, 74)], 69, D, 100, 1.0, repeat(0.8))[0].pitch == 71, "over the bar line too"


@pytest.mark.parametrize(
    ("following", "expected"), [(79, [74, 76, 78]), (69, [74, 73, 71]), (78, [74, 73, 76]), (71, [74, 76, 73])]
)
def test_a_triplet_leads_to_the_next_note(following: int, expected: list[int]) -> None:
    notes = [Note(0, QUARTER, 74), Note(QUARTER, EIGHTH, following, 74)]
    assert pitches(ornamented(notes, None, D, 100, 1.0, repeat(0.3)))[:3] == expected


def test_none_where_none_are_wanted_and_none_where_there_is_no_time() -> None:
    notes = [Note(0, QUARTER, 74), Note(QUARTER, QUARTER, 74)]
    assert ornamented(notes, 74, D, 100, 0.0, repeat(0.0)) == tuple(notes)
    fast = [Note(0, EIGHTH // 2, 74), Note(EIGHTH // 2, EIGHTH // 2, 74)]
    assert ornamented(fast, 74, D, 300, 1.0, repeat(0.0)) == tuple(fast)


MELODIES = st.lists(st.tuples(st.integers(1, 8), st.integers(55, 84), st.integers(60, 110)), min_size=1, max_size=12)


@given(MELODIES, KEYS, st.floats(40, 300), st.floats(0, 1), st.integers(0, 99))
def test_what_is_added_stays_inside_its_note(
    melody: list[tuple[int, int, int]], key: Key, bpm: float, amount: float, seed: int
) -> None:
    notes, at, rng = list[Note](), 0, random.Random(seed)
    for length, pitch, velocity in melody:
        notes.append(Note(at, length * EIGHTH, pitch, velocity))
        at += length * EIGHTH
    played = ornamented(notes, None, key, bpm, amount, iter(rng.random, None))
    for a, b in pairwise(played):
        assert a.start < b.start
        assert a.end <= b.start
    for note in notes:
        inside = [one for one in played if note.start <= one.start < note.end]
        assert inside[0].start == note.start
        assert inside[-1].end <= note.end
        assert inside[-1].pitch == note.pitch or len(inside) == 3, "it ends on its own pitch, or runs to the next"
        assert all(abs(one.pitch - note.pitch) <= 7 for one in inside)


@given(st.integers(30, 100), KEYS, st.integers(1, 6))
def test_neighbours_are_of_the_key(pitch: int, key: Key, steps: int) -> None:
    up = neighbour(pitch, key, steps)
    assert up > pitch
    assert neighbour(up, key, -steps) in (pitch, pitch - 1, pitch + 1)


@given(st.integers(-BAR, 4 * BAR), st.sampled_from(("4/4", "6/8", "3/4", "9/8", "3/2")), st.floats(0.5, 0.75))
def test_swing_moves_no_beat_and_nothing_past_another(tick: int, meter_text: str, swing: float) -> None:
    meter = Meter.parse(meter_text)
    beat = 3 * EIGHTH if meter.compound else QUARTER
    on_beat = tick // beat * beat
    assert swung(on_beat, 0, meter, swing) == on_beat
    assert on_beat <= swung(tick, 0, meter, swing) <= on_beat + beat
    assert swung(tick, 0, meter, swing) <= swung(tick + beat // 12, 0, meter, swing)
    assert swung(tick, 0, meter, 0.5) == tick


def test_swing_gives_the_first_eighth_its_share() -> None:
    assert swung(EIGHTH, 0, Meter.parse("4/4"), 0.6) == round(0.6 * QUARTER)
    jig = Meter.parse("6/8")
    assert swung(EIGHTH, 0, jig, 0.6) > EIGHTH
    assert swung(2 * EIGHTH, 0, jig, 0.6) - swung(EIGHTH, 0, jig, 0.6) < EIGHTH


@given(st.integers(1, 127), st.floats(0, 2))
def test_leaning(velocity: int, amount: float) -> None:
    assert leaning(velocity, 1.0) == velocity
    assert leaning(velocity, 0.0) == 84
    assert 1 <= leaning(velocity, amount) <= 127


STYLED = Snapshot().with_values(
    [("play.ornament", 1.0), ("play.swing", 0.6), ("play.lean", 1.5), ("tune.seed", 3), ("clock.bpm", 100.0)]
)


def spans() -> list[Span]:
    bars = [(62, 62, 66, 69), (74, 74, 71, 69), (66, 66, 66, 64, 62, 62, 64, 66), (62, 69, 62, 62)]
    return [replace(bar_of(*bar, start=n * BAR), bar=n) for n, bar in enumerate(bars)]


def test_the_same_seed_and_bar_are_played_the_same_and_another_seed_otherwise() -> None:
    def dressed(snapshot: Snapshot) -> list[Span]:
        style = PerformanceStyle(snapshot)
        return [style.dress(span, 100) for span in spans()]

    assert dressed(STYLED) == dressed(STYLED)
    assert dressed(STYLED) != dressed(STYLED.with_value("tune.seed", 4))
    assert sum(len(span.notes) for span in dressed(STYLED)) > sum(len(span.notes) for span in spans())
    for span in dressed(STYLED):
        assert all(span.start <= note.start < span.end for note in span.notes)
    assert dressed(Snapshot()) == spans(), "off, it is not there"


def test_a_turn_is_heard_from_the_next_bar_and_asks_no_thought() -> None:
    plain = Snapshot().with_values([("clock.bpm", 120.0), ("tune.seed", 3)])
    player = Player(ROUTES, plain, spans())
    player.thinker_ready()
    player.play(0.0)
    first = player.advance(0.0).announced
    assert [span.notes for span in first] == [spans()[0].notes]
    assert player.change(STYLED.with_value("clock.bpm", 120.0), 0.1) == []
    second = player.advance(1.9).announced
    assert len(second[0].notes) >= len(spans()[1].notes)
    assert second[0].notes != spans()[1].notes


def test_every_on_has_its_off() -> None:
    player = Player(ROUTES, STYLED, spans(), bars=4)
    messages = list(player.play(0.0))
    for turn in range(1000):
        messages += player.advance(turn * 0.01).messages
    ons = [m.number for m in messages if m.kind == "on"]
    assert sorted(ons) == sorted(m.number for m in messages if m.kind == "off")
    assert len(player.scheduler.ledger) == 0
