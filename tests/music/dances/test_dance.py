"""The dance of a tune: by its name, by its book's section, by its rhythm; and the tonic that its notes speak for."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from instrument.commands.models import TRAIN
from instrument.music.abc.parse import read
from instrument.music.analysis.tonic import judged, tonics, with_tonic
from instrument.music.dances.dance import DANCES, dance_named, dance_of_rhythm
from instrument.music.key import MODE_FIFTHS, Key
from instrument.music.meter import Meter
from instrument.music.tokens.decode import read_tune
from instrument.music.tokens.encode import tokens
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.workshop.books.books import BOOKS, book_of
from instrument.workshop.books.corpus import file_report, gather, named_files
from instrument.workshop.books.tokens import Tokens

REEL = "G2BG DGBG|ABcA FADF|G2BG DGBG|ABAF G2D2:|"
HORNPIPE = "G>BA>G F>GA>F|G>AB>c d>cB>A|G>BA>G F>GA>F|G2 G2 G4:|"
STRATHSPEY = "G>AB<G A<FD>F|G>AB<d e<dB>A|G>AB<G A<FD>F|G<EF>D G2G2:|"
JIG = "GBG AFD|GBd gdB|GBG AFD|G3 G3:|"


@pytest.mark.parametrize(
    ("rhythm", "titles", "meter", "dance"),
    [
        ("reel", (), "4/4", "reel"), ("Double Jig", (), "6/8", "jig"), ("slipjig", (), "9/8", "slip jig"),
        ("jig", (), "9/8", "slip jig"), ("single jig", (), "12/8", "slide"), ("h'pipe", (), "4/4", "hornpipe"),
        ("clog", (), "2/2", "hornpipe"), ("highland fling", (), "4/4", "strathspey"), ("Slow Air", (), "3/4", "air"),
        ("quick step", (), "2/4", "march"), ("polka % a-b-a", (), "2/4", "polka"), ("gavotte", (), "4/4", "other"),
        ("reel", (), "6/8", None), ("", (), "4/4", None), ("", ("The Waltz Reel",), "4/4", "reel"),
        ("", ("The Reel of Tulloch (strathspey)",), "4/4", "strathspey"), ("", ("Jigger's Fancy",), "6/8", None),
        ("", ("First", "The Kerry Slide"), "12/8", "slide"), ("", ("Jolly Hornpipe",), "3/4", None),
    ],
)  # fmt: skip
def test_a_name_that_the_meter_allows(rhythm: str, titles: tuple[str, ...], meter: str, dance: str | None) -> None:
    assert dance_named(rhythm, titles, Meter.parse(meter)) == dance
    assert dance is None or dance in DANCES


def tune(body: str, meter: str = "4/4", key: str = "G"):  # type: ignore[no-untyped-def]
    return read_tune(tokens(read(f"X:1\nT:x\nM:{meter}\nL:1/8\nK:{key}\n{body}\n")))


@pytest.mark.parametrize(
    ("body", "meter", "dance"),
    [
        (REEL, "4/4", "reel"), (HORNPIPE, "4/4", "hornpipe"), (STRATHSPEY, "4/4", "strathspey"), (JIG, "6/8", "jig"),
        ("G2A BcB ABA|G3 G3 G3:|", "9/8", "slip jig"), ("G3 G2A B3 B2A|G6 G6:|", "12/8", "slide"),
        ("GABG|A2FD|GABc|G2G2:|", "2/4", "polka"), ("G4 B2|d4 B2|A4 F2|G6:|", "3/4", "waltz"),
        ("G4 B4|d6 B2|A4 F4|G8:|", "4/4", "air"), ("G10|", "5/4", "other"),
    ],
)  # fmt: skip
def test_rhythm_tells_the_dance(body: str, meter: str, dance: str) -> None:
    assert dance_of_rhythm(tune(body, meter)) == dance


def test_a_tune_that_turns_about_d_is_in_d() -> None:
    banish = "f2d cAG|A2d cAG|F2D DED|FEF GFG|A3 cAG|AGA cde|fed cAG|A2d D3:|"
    likely = judged(tune(banish, "6/8", "C"))
    assert likely is not None and likely.degree == 1
    assert str(with_tonic(Key.parse("C"), 1)) == "D dorian"
    assert judged(tune(banish, "6/8", "Ddor")).degree == 0  # type: ignore[union-attr]
    assert sum(tonics(tune(banish, "6/8", "C"))) == pytest.approx(1)


@pytest.mark.parametrize("mode", MODE_FIFTHS)
def test_the_seven_modes_of_a_signature(mode: str) -> None:
    key = Key.parse(f"D {mode}")
    found = [with_tonic(key, degree) for degree in range(7)]
    assert found[0] == key and len({k.mode for k in found if k}) == 7
    assert {k.signature for k in found if k} == {key.signature}


def test_sections_of_the_printed_book() -> None:
    book = BOOKS["oneills1850"]
    assert [book.dance(n) for n in (1, 700, 701, 1116, 1176, 1556, 1781, 1801, 1850, 1851)] == [
        "air", "air", "jig", "slip jig", "reel", "hornpipe", "other", "march", "march", None,
    ]  # fmt: skip
    assert book_of("oneills1850/0001-0050 X:3") is book and book_of("mine/tunes X:3") is None
    assert "Breathnach" in book_of("anywhere/cre_lilt X:19").origin  # type: ignore[union-attr]


def abc(number: int, body: str, key: str = "G", meter: str = "4/4", head: str = "") -> str:
    return f"X:{number}\nT:tune {number}\nM:{meter}\nL:1/8\n{head}K:{key}\n{body}\n\n"


def test_a_file_named_by_its_user_is_told_of(tmp_path: Path) -> None:
    banish = "f2d cAG|A2d cAG|F2D DED|FEF GFG|A3 cAG|AGA cde|fed cAG|A2d D3:|"
    (tmp_path / "x.abc").mkdir()
    path = tmp_path / "x.abc" / "TUNES.ABC"
    path.write_text(
        abc(1, REEL, head="R:reel\n") + abc(2, JIG, meter="6/8") + abc(2, banish, "C", "6/8") + abc(3, "c9|")
        + abc(4, "c4&e4|") + abc(5, REEL)
    )  # fmt: skip
    (tmp_path / "x.abc" / "notes.txt").write_text("X:1\nK:C\nc|\n")
    named = list(named_files([tmp_path]))
    assert named == [path]
    corpus = gather(named, Vocabulary.shipped().texts, named)
    assert [name for name, _ in corpus.tunes] == ["x.abc/TUNES X:1", "x.abc/TUNES X:2", "x.abc/TUNES X:2.2"]
    told = [corpus.told[name] for name, _ in corpus.tunes]
    assert [(t.dance, t.by, t.tagged) for t in told] == [
        ("reel", "R:", ""), ("jig", "rhythm", ""), ("jig", "rhythm", "C major"),
    ]  # fmt: skip
    assert corpus.tunes[2][1][1] == "K:Cdor"
    said = list(file_report(corpus, path))
    assert said[0].endswith("6 tunes read, 3 kept, 3 left out") and "1 kept in another mode than tagged" in said[1]
    assert sorted(line.strip() for line in said[2:]) == [
        "1 left out: a copy of a tune above", "1 left out: a voice overlay", "1 left out: its bars do not add up",
    ]  # fmt: skip
    as_tagged = gather(named, Vocabulary.shipped().texts)
    assert as_tagged.tunes[2][1][1] == "K:Cmaj"


def test_a_tune_whose_notes_speak_against_its_mode_and_for_no_other_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.abc"
    undecided = "D2FA D2FA|E2GB E2GB|D2FA E2GB|E4 D4:|d2fa e2gb|B4 B4:|"
    path.write_text(abc(1, undecided, "C"))
    corpus = gather([path], Vocabulary.shipped().texts, [path])
    assert [reason for _, reason in corpus.refused] == ["its notes speak against its mode, and for no other clearly"]
    assert len(gather([path], Vocabulary.shipped().texts).tunes) == 1


def test_train_folk_takes_more_files_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrument.workshop.folk.train.default_files", list)
    (tmp_path / "a.abc").write_text(abc(1, REEL))
    (tmp_path / "b.abc").write_text(abc(1, JIG, meter="6/8"))
    parser = argparse.ArgumentParser()
    TRAIN.arguments(parser)
    out = tmp_path / "tokens.safetensors"
    files = [str(tmp_path / "a.abc"), "--more", str(tmp_path / "b.abc")]
    args = parser.parse_args(["folk", *files, "--prepare", str(out)])
    said: list[str] = []
    TRAIN.run(args, said.append)
    assert [line.split(": ")[1] for line in said[:2]] == ["1 tunes read, 1 kept, 0 left out"] * 2
    assert len(Tokens.load(out).tunes) == 2
