"""Names of chords in ABC: written above the notes, and read back where they were."""

from __future__ import annotations

from instrument.music.abc.parse import read
from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.play_order import Place
from instrument.music.scores.chord_names import chord_names, names_by_measure
from instrument.music.scores.score import abc_text
from instrument.music.scores.set_score import abc_of
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.encode import with_symbols

TUNE = tuple("M:4/4 K:Cmaj G 2 | c 2 e 2 g 2 e 2 | d 8 | [ c e ] 4 (3 c d e c 2 |".split())  # noqa: SIM905
BAR = 8 * EIGHTH


def read_back(text: str) -> list[tuple[int, int, str]]:
    _, symbols = with_symbols(read(text))
    return [(each.measure, each.start // EIGHTH, each.text) for each in symbols]


def test_chords_are_read_back_where_they_were_written() -> None:
    chords = {1: ((0, "D"), (4 * EIGHTH, "Bm")), 3: ((0, "G/B"), (4 * EIGHTH, "A7"))}
    text = abc_text(TUNE, "one", Key.parse("D"), chords=chords)
    assert read_back(text) == [(1, 0, "D"), (1, 4, "Bm"), (3, 0, "G/B"), (3, 4, "A7")]
    plain = abc_text(TUNE, "one", Key.parse("D"))
    assert with_symbols(read(text))[0] == with_symbols(read(plain))[0], "the notes are the same"


def test_a_chord_within_a_note_is_written_before_the_next_or_with_the_last() -> None:
    text = abc_text(TUNE, "one", Key.parse("C"), chords={1: ((EIGHTH, "C"),), 2: ((0, "G"), (4 * EIGHTH, "G7"))})
    assert '"C"e2' in text and '"G""G7"d8' in text


def test_a_name_that_would_end_the_sign_does_not() -> None:
    text = abc_text(TUNE, "one", Key.parse("C"), chords={1: ((0, 'C "so"'),)})
    assert read_back(text)[0] == (1, 0, "C 'so'")


def span(measure: int, number: int, *chords: tuple[int, str], lead: int = 0) -> Span:
    length = 2 * EIGHTH if measure == 0 else BAR
    start = 10_000 + number * 2 * BAR
    end = start + lead + length
    placed = tuple(PlacedChord(end - length + at, BAR // 2, Chord.parse(name)) for at, name in chords)
    return Span(start, end, (), 1, 0, number, TUNE, Place(measure), 0, "4/4", "C major", chords=placed)


def test_chords_of_a_span_count_from_its_measure_not_from_the_silence_before() -> None:
    assert chord_names(span(0, 0, (0, "G"), lead=6 * EIGHTH), 2 * EIGHTH) == ((0, "G"),)


def test_a_tune_has_the_chords_of_the_first_time_each_measure_was_backed() -> None:
    spans = [span(1, 1, (0, "C"), (4 * EIGHTH, "G")), span(2, 2), span(1, 3, (0, "Am")), span(2, 4, (0, "F"))]
    assert names_by_measure(spans) == {1: ((0, "C"), (4 * EIGHTH, "G")), 2: ((0, "F"),)}


def test_a_set_that_was_played_is_written_with_its_chords() -> None:
    text = abc_of([span(1, 1, (0, "C")), span(2, 2, (0, "F"))], "set", 120.0, aabb=False)
    assert '"C"c2' in text and '"F"d8' in text
