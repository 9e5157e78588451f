"""Ornaments that somebody wrote: what each is as notes, that none leaves its note, and what a short note has of it."""

from __future__ import annotations

import itertools

import pytest

from instrument.music.dances.ornament import ornamented
from instrument.music.dances.written_ornament import BLIP, LOUDER, SHAKE, adorned, steps_of
from instrument.music.key import Key
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH, QUARTER

D = Key.parse("D major")
BPM = 120.0
LONG = Note(1000, 4 * QUARTER, 69, 80)
ALL = (
    "roll",
    "trill",
    "turn",
    "inverted turn",
    "mordent",
    "pralltriller",
    "staccato",
    "accent",
    "grace 1",
    "grace 2 1 -1",
)


def pitches(note: Note, *ornaments: str, key: Key = D, bpm: float = BPM) -> list[int]:
    return [one.pitch for one in adorned(note, ornaments, key, bpm)]


@pytest.mark.parametrize(
    ("ornament", "found"),
    [("roll", [69, 71, 69, 67, 69]), ("turn", [71, 69, 67, 69]), ("inverted turn", [67, 69, 71, 69]),
     ("mordent", [69, 67, 69]), ("pralltriller", [69, 71, 69]), ("grace 1", [71, 69]),
     ("grace 2 1 -1", [73, 71, 67, 69]),
     ("staccato", [69]), ("accent", [69]), ("something else", [69]), ("", [69])],
)  # fmt: skip
def test_each_is_what_players_know_by_its_name(ornament: str, found: list[int]) -> None:
    assert pitches(LONG, ornament) == found


def test_neighbours_are_the_keys() -> None:
    assert pitches(LONG, "mordent", key=Key.parse("A minor")) == [69, 67, 69]
    assert pitches(Note(0, QUARTER * 2, 62), "mordent", key=D) == [62, 61, 62], "the leading note, sharp"


def test_a_trill_goes_on_for_the_note_and_ends_on_it_at_the_speed_of_a_hand() -> None:
    for bpm in (60.0, 120.0, 240.0):
        found = adorned(LONG, ["trill"], D, bpm)
        assert [note.pitch for note in found[:3]] == [69, 71, 69] and found[-1].pitch == 69
        begun = [note.start for note in found[:-1]]
        apart = {round((two - one) / QUARTER / bpm * 60, 3) for one, two in itertools.pairwise(begun)}
        assert apart == {SHAKE}, "whatever the tempo"
        assert found[-1].end >= LONG.end - LONG.duration // 8


@pytest.mark.parametrize("ornament", ALL)
@pytest.mark.parametrize("length", [1, 5, 200, EIGHTH // 4, EIGHTH // 2, EIGHTH, QUARTER, 3 * EIGHTH, 6 * QUARTER])
@pytest.mark.parametrize("bpm", [30.0, 120.0, 300.0])
def test_what_is_added_stays_in_the_note_in_order_and_each_of_it_sounds(ornament: str, length: int, bpm: float) -> None:
    note = Note(777, length, 69, 100)
    found = adorned(note, [ornament], D, bpm)
    assert found and found[0].start == note.start
    assert all(one.end <= two.start for one, two in itertools.pairwise(found))
    assert all(one.duration > 0 and note.start <= one.start and one.end <= note.end for one in found)
    assert found[-1].pitch == 69, "the ear is left with the note itself"


@pytest.mark.parametrize("ornament", ["roll", "trill", "turn", "pralltriller"])
def test_a_note_too_short_for_what_is_asked_has_a_cut(ornament: str) -> None:
    short = Note(0, round(3 * BLIP * BPM / 60 * QUARTER), 69)
    assert pitches(short, ornament) == [71, 69]


def test_staccato_is_half_and_an_accent_louder_and_both_go_with_a_roll() -> None:
    (dot,) = adorned(LONG, ["staccato"], D, BPM)
    assert dot.duration == LONG.duration // 2
    (loud,) = adorned(LONG, ["accent"], D, BPM)
    assert loud.velocity == 80 + LOUDER
    rolled = adorned(LONG, ["accent", "staccato", "roll"], D, BPM)
    assert len(rolled) == 5 and rolled[0].velocity == 80 + LOUDER
    assert rolled[-1].duration < adorned(LONG, ["roll"], D, BPM)[-1].duration


def test_no_pitch_leaves_midi() -> None:
    for pitch in (0, 1, 126, 127):
        for ornament in ALL:
            assert all(0 <= one <= 127 for one in pitches(Note(0, QUARTER, pitch), ornament))


def test_what_is_written_is_played_and_nothing_is_added_to_it() -> None:
    notes = [Note(n * QUARTER, QUARTER, pitch) for n, pitch in enumerate((69, 69, 74, 69))]
    chance = [0.0] * 8
    plain = ornamented(notes, None, D, BPM, 0.0, chance, {QUARTER: ["staccato"]})
    assert [note.pitch for note in plain] == [69, 69, 74, 69] and plain[1].duration == QUARTER // 2
    full = ornamented(notes, None, D, BPM, 1.0, chance, {QUARTER: ["staccato"]})
    assert [note for note in full if QUARTER <= note.start < 2 * QUARTER] == [plain[1]], "no roll on a staccato note"
    assert len(full) > len(plain), "the others are adorned as before"


def test_steps_are_those_of_grace_notes_alone() -> None:
    assert steps_of("grace 1 -2") == (1, -2) and steps_of("roll") == () and steps_of("") == ()
