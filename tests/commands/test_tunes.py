"""Kept tunes: listed, written out so that others read them, and played again as they were."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import mido
import pytest
from music21 import converter

from instrument.commands.tunebook.tunes import KINDS, export, lines, one_of, patch_of, spans_of, texts_of
from instrument.files.patch import find
from instrument.files.tunebook import Kept, add, read
from instrument.music.key import Key
from instrument.music.scores.set_score import abc_of_tune
from instrument.thinking.spans.planner import Planner

BARS = " | ".join(["C 2 E 2 G 2 E 2", "c 2 G 2 E 2 C 2"] * 8) + " |"
TOKENS = ("M:4/4", "K:Cmaj", *BARS.split(), "</s>")


def kept(**changed: object) -> Kept:
    patch = find("reel")
    controls = dict(patch.values) | {"tune.key": "D major", "clock.bpm": 150.0, "tune.meter": "4/4"}
    abc = abc_of_tune(TOKENS, "reel, seed 7, tune 2", Key.parse("D major"), 150, True)
    return replace(Kept(abc, "reel", 7, 1, "2026-11-26T21-04-05", "0.1.0", "folk", TOKENS, controls), **changed)


def test_the_book_is_listed_a_line_a_tune(tmp_path: Path) -> None:
    book = tmp_path / "book.abc"
    assert "no tunes yet" in next(iter(lines(book, read(book))))
    add(book, kept())
    add(book, Kept("T:by hand\nM:4/4\nL:1/8\nK:G\nGABc d2d2|\n"))
    first, second = lines(book, read(book))
    assert "reel, seed 7, tune 2" in first and "seed 7, tune 2, reel, 2026-11-26, model folk" in first
    assert "by hand" in second and "written in by hand" in second
    for number in (0, 3, -1):
        with pytest.raises(ValueError, match=f"there is no tune {number}; it holds 2"):
            one_of(book, number)
    with pytest.raises(ValueError, match="it is empty, or not there"):
        one_of(tmp_path / "none.abc", 1)


def test_a_tune_played_again_is_the_tune_that_was_kept(tmp_path: Path) -> None:
    book = tmp_path / "book.abc"
    add(book, kept())
    back = one_of(book, 1)
    spans = spans_of(back, patch_of(back))
    assert len(spans) == 32  # sixteen bars in AABB
    assert [span.place.measure for span in spans] == [*range(8), *range(8), *range(8, 16), *range(8, 16)]
    assert all(span.key == "D major" for span in spans) and spans[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(spans))
    melody = [n.pitch % 12 for n in spans[0].notes if n.voice == "melody"]
    assert melody == [2, 6, 9, 6]  # C E G E, in D
    assert patch_of(back).snapshot().number("clock.bpm") == 150 and patch_of(back).snapshot().seed == 7


def test_what_the_planner_played_is_what_is_played_again() -> None:
    """Against the live way: the same tokens through the instrument's own planner."""
    from instrument.commands.tunebook.tunes import _Whole
    from instrument.rig.setup import arrangement

    one = kept()
    patch = patch_of(one)
    planner = Planner(lambda _: _Whole(texts_of(one), True), arrangement(patch), patch.snapshot())
    live = [planner.next_span() for _ in range(32)]
    again = spans_of(one, patch)
    assert [s.notes for s in again] == [s.notes for s in live] and [s.end for s in again] == [s.end for s in live]


def test_everything_is_written_and_others_read_it(tmp_path: Path) -> None:
    kinds = tuple(kind for kind in KINDS if kind not in ("svg", "pdf"))
    files = export(kept(), tmp_path / "out" / "tune-1", kinds)
    assert [path.suffix[1:] for path in files] == list(kinds)
    told = json.loads((tmp_path / "out" / "tune-1.json").read_text())
    assert told["seed"] == 7 and told["model"] == "folk" and told["controls"]["tune.key"] == "D major"
    (again,) = read(tmp_path / "out" / "tune-1.abc")
    assert again.tokens == TOKENS and again.controls == kept().controls
    ons = [m for m in mido.MidiFile(tmp_path / "out" / "tune-1.mid") if m.type == "note_on" and m.velocity]
    notes = [note for span in spans_of(kept(), patch_of(kept())) for note in span.notes]
    assert len(ons) == len([n for n in notes if n.voice in patch_of(kept()).voices])
    score = converter.parse(tmp_path / "out" / "tune-1.musicxml")
    assert [n.name for n in score.flatten().notes][:4] == ["D", "F#", "A", "F#"]
    assert score.metadata.bestTitle == "reel, seed 7, tune 2"


@pytest.mark.peers
def test_abcm2ps_draws_the_score(tmp_path: Path) -> None:
    assert shutil.which("abcm2ps"), "Debian: abcm2ps"
    (path,) = export(kept(), tmp_path / "tune", ("svg",))
    text = path.read_text()
    assert text.lstrip().startswith("<?xml") and "<svg" in text and "seed 7" in text


@pytest.mark.peers
@pytest.mark.parametrize(
    "line",
    ["I:abc-include {}", " I:abc-include {}", "%%abc-include {}", "[I:abc-include {}]", "CDEF [I:abc-include {}] G4|",
     "I: abc-include {}", "[ I:abc-include {}", "%%EPS {}", "%%format {}", "I:format {}"],
)  # fmt: skip
def test_a_tune_by_a_stranger_reads_no_file_of_this_machine(tmp_path: Path, line: str) -> None:
    secret = tmp_path / "secret.abc"
    secret.write_text("T:the secret\nw:the secret\nN:the secret\n")
    text = "X:1\nT:x\nM:4/4\nL:1/8\nK:C\n" + line.format(secret) + "\nCDEF G4|\n"
    for kind in ("svg", "musicxml"):
        (path,) = export(Kept(text), tmp_path / "tune", (kind,))
        assert "secret" not in path.read_text()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"patch": "/dev/zero"}, "names a patch by a path: '/dev/zero'"),
        ({"patch": "../secret"}, "names a patch by a path"),
        ({"patch": "sets.toml"}, "names a patch by a path"),
        ({"fault": "clock.bpm = 0 is outside 20..300"}, "cannot be had again: clock.bpm = 0 is outside 20..300"),
    ],
)
def test_a_hostile_tune_is_refused_in_one_line(changed: dict[str, str], said: str, tmp_path: Path) -> None:
    for attempt in (lambda: patch_of(kept(**changed)), lambda: export(kept(**changed), tmp_path / "x", ("mid",))):
        with pytest.raises(ValueError, match=re.escape(said)) as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_a_tune_that_cannot_be_had_again_is_listed_with_its_reason(tmp_path: Path) -> None:
    book = tmp_path / "book.abc"
    book.write_text('X:1\nT:x\n%lilt {"seed": Infinity}\nK:C\nC8|\n')
    add(book, kept())
    first, second = lines(book, read(book))
    assert "cannot be had again: its %lilt line cannot be read: Infinity is no number" in first
    assert "cannot" not in second


def test_a_program_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for kind, said in (("svg", "abcm2ps"), ("pdf", "ps2pdf")):
        with pytest.raises(RuntimeError, match=said):
            export(kept(), tmp_path / "tune", (kind,))


def test_a_tune_written_in_by_hand_plays_in_its_own_key() -> None:
    own = Kept("X:1\nT:by hand\nM:4/4\nL:1/8\nK:G\nGABc d2d2|B2G2 G4|\n")
    spans = spans_of(own, patch_of(own))
    assert [n.pitch % 12 for n in spans[0].notes if n.voice == "melody"][:4] == [7, 9, 11, 0]


def test_a_patch_that_is_gone_is_one_line() -> None:
    with pytest.raises(ValueError, match="was played with a patch that is not here") as caught:
        patch_of(kept(patch="nowhere"))
    assert "\n" not in str(caught.value)


CHORDS = 'T:By Hand\nM:4/4\nL:1/8\nK:G\n"G"G2B2 "D7"d2B2|"What?"c2A2 G4|]'


def test_a_tune_written_in_by_hand_has_its_chords_in_midi_and_musicxml_and_is_nobody_elses(tmp_path: Path) -> None:
    export(Kept(CHORDS), tmp_path / "tune", ("mid", "musicxml"))
    texts = [message.text for message in mido.MidiFile(tmp_path / "tune.mid").tracks[0] if message.type == "text"]
    assert texts == ["G", "D7", "What?"]
    score = converter.parse(tmp_path / "tune.musicxml")
    figures = [one.figure for one in score.recurse().getElementsByClass("ChordSymbol")]
    assert figures[:2] == ["G", "D7"]
    assert "Lilt" not in (score.metadata.composer or "")


def test_ornaments_are_in_the_musicxml_on_their_notes(tmp_path: Path) -> None:
    body = "T:Adorned\nM:6/8\nL:1/8\nK:D\n~A3 {B}AFA|TB3 .d.c.B|MA2B PA2c|!turn!d3 L[FA]3|]"
    export(Kept(body), tmp_path / "tune", ("musicxml",))
    found = [
        (note.pitches[-1].name, type(sign).__name__)
        for note in converter.parse(tmp_path / "tune.musicxml").recurse().notes
        for sign in (*note.expressions, *note.articulations)
    ]
    assert found == [
        ("A", "Turn"), ("B", "Trill"), ("D", "Staccato"), ("C#", "Staccato"), ("B", "Staccato"), ("A", "Mordent"),
        ("A", "InvertedMordent"), ("D", "Turn"), ("A", "Accent"),
    ]  # fmt: skip
