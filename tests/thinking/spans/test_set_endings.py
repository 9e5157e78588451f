"""Endings of a set: what is kept of a bar, ways to rest, the tonic and the last chord."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from instrument.music.events import Note, Place, Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.closing import first_part, last_chord, nearest_tonic, ways_to_rest
from instrument.thinking.voices.tonic_chord import settled


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
