"""Files of ABC as people write them: encodings, fields of the file, blocks of text, tempo, tunes written in by hand."""

from __future__ import annotations

import codecs
from fractions import Fraction
from pathlib import Path

import mido
import pytest

from instrument.commands.tunebook.tunes import export, patch_of, spans_of
from instrument.files.tunebook import read as read_book
from instrument.music.abc.fields import tempo
from instrument.music.abc.parse import decoded, read, tunes
from instrument.music.key import Key
from instrument.music.scores.engraving import engraved
from instrument.music.scores.score import abc_text
from instrument.music.tokens.decode import GrowingTune, read_tune
from instrument.music.tokens.encode import tokens
from tests.fakes.abc_heard import CASES, abc, heard
from tests.judges.compare_abc2midi import played


def test_a_file_may_be_in_any_encoding() -> None:
    text = "X:1\nT:Máirséail\nM:4/4\nL:1/8\nK:C\nc8|\n"
    for data in (
        text.encode(), codecs.BOM_UTF8 + text.encode(), text.encode("latin-1"), text.encode("utf-16"),
        text.replace("\n", "\r").encode(), text.replace("\n", "\r\n").encode("latin-1"),
    ):  # fmt: skip
        (tune,) = tunes(decoded(data))
        assert read(tune).title == "Máirséail" and heard(tune) == "0:8:72"
    assert len(list(tunes((codecs.BOM_UTF8 + text.encode()).decode("latin-1")))) == 1


def test_the_fields_of_a_file_are_every_tunes_unless_it_has_its_own() -> None:
    text = "%abc-2.1\nM:3/4\nL:1/4\nR:waltz\n\nprose\n\nX:1\nK:C\nc3|\n\nX:2\nM:4/4\nL:1/8\nR:reel\nK:C\nc8|\n"
    scores = [read(tune) for tune in tunes(text)]
    assert [(str(score.meter), score.rhythm) for score in scores] == [("3/4", "waltz"), ("4/4", "reel")]
    assert [heard(tune) for tune in tunes(text)] == ["0:6:72", "0:8:72"]


def test_no_tune_begins_within_a_block_of_text() -> None:
    text = abc("c8|\n%%begintext\nX:9\nK:D\n%%endtext\nd8|") + "\n%%begintext\nunclosed\n\n" + abc("e8|")
    assert [heard(tune) for tune in tunes(text)] == ["0:8:72 8:8:74", "0:8:76"]


@pytest.mark.parametrize(
    ("text", "bpm"),
    [
        ("1/4=60", 60), ("120", 120), ("C=120", 60), ("3/8=60", 90), ('"Allegro" 1/4=120', 120), ("1/2=80", 160),
        ('1/4=120 "x"', 120), ("C3=40", 60), ("1/4 = 100", 100), ("1/4 1/8=80", 120), ('"Slow"', None), ("", None),
        ("1/4=0", None),
    ],
)  # fmt: skip
def test_tempo_in_quarters(text: str, bpm: float | None) -> None:
    assert tempo(text, Fraction(1)) == bpm


def test_tunes_written_in_by_hand_keep_their_tempo_octave_and_parts(tmp_path: Path) -> None:
    book = read_book(CASES / "tunebook-by-hand-tempo-octave-parts.abc")
    assert len(book) == 3
    expected = ["55 59 62 67 55 50 55", "62 64 66 67 69 71 73 74 " * 2 + "74 73 71 69 " * 2, "62 64 66 67 69 71 73 74"]
    for kept, pitches in zip(book, expected, strict=True):
        melody = [n.pitch for span in spans_of(kept, patch_of(kept)) for n in span.notes if n.voice == "melody"]
        assert melody == [int(pitch) for pitch in pitches.split()]
    (path,) = export(book[0], tmp_path / "tune", ("mid",))
    found = [m for track in mido.MidiFile(path).tracks for m in track]
    assert [round(mido.tempo2bpm(m.tempo)) for m in found if m.type == "set_tempo"] == [60]


def test_a_tied_note_is_one_note_in_what_is_played(tmp_path: Path) -> None:
    book = tmp_path / "book.abc"
    book.write_text(abc("c4 d4-|d4 e4|c8|"))
    (kept,) = read_book(book)
    spans = spans_of(kept, patch_of(kept))
    melody = [n for span in spans for n in span.notes if n.voice == "melody"]
    assert [n.pitch for n in melody] == [72, 74, 76, 72]
    assert melody[1].end > spans[0].end and melody[1].end <= melody[2].start


def test_a_tie_reads_alike_however_the_tune_grows() -> None:
    text = "M:4/4 K:Cmaj |: c 4 d 4 - | d 4 - d 4 - |1 d 8 :| |2 d 8 | [ c - e ] 4 c 4 |"
    texts = text.split()
    growing = GrowingTune()
    for end in range(2, len(texts) + 1):
        assert growing.read(texts[:end]) == read_tune(texts[:end], strict=False)


def test_what_was_quick_in_two_four_keeps_its_speed() -> None:
    from instrument.files.tunebook import Kept

    one = Kept("X:1\nT:quick\nM:2/4\nL:1/16\nQ:1/4=100\nK:D\ndefg abag|d8|\n")
    patch = patch_of(one)
    assert patch.snapshot().number("clock.bpm") == 200  # sixteenths are written as eighths
    assert [n.pitch for s in spans_of(one, patch) for n in s.notes if n.voice == "melody"][:4] == [74, 76, 78, 79]


def test_tied_measures_are_engraved_and_written_in_abc_again() -> None:
    text = "M:4/4 K:Cmaj |: c 4 d 4 - | d 4 - d 4 - |1 d 8 :| |2 d 8 | [ c - e ] 4 c 4 | (3 c d - d e 2 c 4 |"
    texts = text.split()
    for measure in range(6):
        found = engraved(texts, measure, Key.parse("D"))
        assert found is not None and len(found.signs) >= 1
    again = read(abc_text(texts, "tied", Key.parse("C")))
    assert played(tokens(again)) == played(texts)
