"""Chord symbols: read as people write them, spelt in a key, carried through a log."""

from __future__ import annotations

import json

import pytest

from instrument.music.chord import NO_CHORD, SUFFIX, Chord, PlacedChord, Quality, spelt
from instrument.music.events import Note, Place, Span
from instrument.music.key import Key
from instrument.playing.json_codec import plain, revive
from instrument.playing.schedule import lookahead
from instrument.playing.way_back import moved_spans


@pytest.mark.parametrize("quality", Quality)
@pytest.mark.parametrize("key", ["C", "D mixolydian", "F# minor", "Eb", "G minor", "B"])
def test_every_chord_is_read_as_it_is_written(quality: Quality, key: str) -> None:
    for root in range(12):
        for bass in (None, (root + 4) % 12, (root + 7) % 12):
            chord = Chord(root, quality, bass)
            read = Chord.parse(chord.name(Key.parse(key)))
            assert read == (NO_CHORD if quality is Quality.NONE else chord)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Am", Chord(9, Quality.MINOR)), ("D7", Chord(2, Quality.SEVENTH)), ("G/B", Chord(7, Quality.MAJOR, 11)),
        ("F#m", Chord(6, Quality.MINOR)), ("D5", Chord(2, Quality.OPEN)), ("N.C.", NO_CHORD), ("Nc", NO_CHORD),
        (" Bb ", Chord(10)), ("C/e", Chord(0, Quality.MAJOR, 4)), ("Ddim", Chord(2, Quality.DIMINISHED)),
        ("A(sus4)", Chord(9, Quality.SUSPENDED)), ("G6/9", Chord(7, Quality.SIXTH)), ("G/G", Chord(7)),
        ("Emin7", Chord(4, Quality.MINOR_SEVENTH)), ("B♭maj7", Chord(10, Quality.MAJOR_SEVENTH)),
    ],
)  # fmt: skip
def test_symbols_that_people_write(text: str, meant: Chord) -> None:
    assert Chord.parse(text) == meant


@pytest.mark.parametrize("text", ["", "Hm", "am", "Am or C", "D//", "segno", "^above", "G/", "1", "A#b", "D" * 500])
def test_what_is_no_chord_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a chord") as caught:
        Chord.parse(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("pitch_class", "key", "name"),
    [
        (6, "D", "F#"), (10, "F", "Bb"), (10, "C", "Bb"), (0, "D mixolydian", "C"), (8, "Eb", "Ab"), (8, "E", "G#"),
        (1, "D minor", "C#"), (6, "C", "F#"), (5, "D", "F"), (3, "G minor", "Eb"), (6, "G minor", "F#"), (11, "F", "B"),
    ],
)  # fmt: skip
def test_a_note_is_named_as_its_key_has_it(pitch_class: int, key: str, name: str) -> None:
    assert spelt(pitch_class, Key.parse(key)) == name


def test_a_slash_bass_sounds_and_silence_does_not() -> None:
    assert Chord.parse("C/D").classes == {0, 2, 4, 7} and Chord.parse("C/D").lowest == 2
    assert NO_CHORD.classes == frozenset() and NO_CHORD.silent
    assert Chord.parse("G/B").moved(2) == Chord.parse("A/C#")


@pytest.mark.parametrize("given", [(12, "major", None), (0, "major", -1), (0, "sweet", None), (True, "major", None)])
def test_what_can_be_no_chord_is_refused(given: tuple[int, Quality, int | None]) -> None:
    with pytest.raises(ValueError):
        Chord(*given)


def test_chords_travel_through_a_log() -> None:
    for suffix in SUFFIX:
        placed = PlacedChord(0, 20160, Chord(2, suffix, 9), (("melody", -0.25),), "D as it was written", "written")
        back = revive(json.loads(json.dumps(plain(placed))))
        assert back == placed and back.why == placed.why and isinstance(back.chord.quality, Quality)
    assert plain(PlacedChord(0, 1, Chord(2))) == {
        "is": "PlacedChord", "begins": 0, "length": 1, "chord": {"is": "Chord", "root": 2},
    }  # fmt: skip


def test_chords_move_with_their_span() -> None:
    span = Span(0, 40, (Note(0, 5, 60),), 1, 0, 0, (), Place(), 0, "4/4", "C major",
                chords=(PlacedChord(0, 20, Chord(0)), PlacedChord(20, 20, Chord(7))))  # fmt: skip
    for there in (lookahead.moved(span, 100), moved_spans.moved(span, 100)):
        assert [placed.begins for placed in there.chords] == [100, 120]
        assert [placed.length for placed in there.chords] == [20, 20] and there.notes[0].start == 100
