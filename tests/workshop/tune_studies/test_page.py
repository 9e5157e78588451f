"""The page of tunes: scores, counts, how to hear them; and a listener's sentences, which it never loses."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from instrument.files.patch import find
from instrument.music.abc import parse
from instrument.workshop.tune_studies import page as docs_tunes
from instrument.workshop.tune_studies.page import Picture, counted, sentences, study_tunes, write
from tests.fakes.band import tiny_mind

BARS = "c d e f g f e d | e g c' g e g c' g | d f a f d f a f | g f e d d 4 | "
JIG = ("M:6/8", "K:Cmaj", *"cdefga|", "G", "3", "c", "3", "|")
REEL = ("M:4/4", "K:Cdor", *f"|: {BARS}{BARS[:-3]} :|".split())


def picture(name: str = "reel", seed: int = 1, tokens: tuple[str, ...] = REEL) -> Picture:
    return Picture(f"{name}-{seed}", find(name), seed, tokens)


def written(out: Path, *tunes: Picture) -> str:
    list(write(tunes, sentences(out / "tunes.toml"), out, "python run.py study tunes"))
    return (out / "tunes.md").read_text()


def test_the_page_has_a_score_a_count_and_a_way_to_hear_each(tmp_path: Path) -> None:
    page = written(tmp_path, picture(), picture("jig", 2, JIG))
    assert page.startswith("# 2 tunes") and "`python run.py study tunes`" in page
    assert "![Reel, seed 1](pictures/tunes/reel-1.svg)" in page and "python run.py render jig --seed 2" in page
    assert "8 bars: bar 5 is bar 1 again in 1 of 1 eights; 0 of 1 parts end on the tonic" in page
    assert page.count(docs_tunes.NOT_YET) == 2
    drawn = (tmp_path / "pictures" / "tunes" / "reel-1.svg").read_text()
    assert ET.fromstring(drawn).tag.endswith("svg") and len(drawn) < 30_000
    tunes = list(parse.tunes((tmp_path / "tunes.abc").read_text()))
    assert len(tunes) == 2 and parse.read(tunes[0]).key.abc == "Edor"


def test_what_a_listener_says_is_shown_and_kept_to_the_byte(tmp_path: Path) -> None:
    written(tmp_path, picture())
    file = tmp_path / "tunes.toml"
    said = file.read_text().replace('says = ""', "says = '''The turn is \"good\".\nThe close is not.'''  # mine")
    file.write_text(said + '\n["kept"]\nsays = "of a tune that is gone"\n')
    kept = file.read_text()
    page = written(tmp_path, picture())
    assert file.read_text() == kept and 'The turn is "good".\nThe close is not.' in page
    assert docs_tunes.NOT_YET not in page and docs_tunes.STALE not in page
    written(tmp_path, picture(), picture(seed=2))
    assert file.read_text().startswith(kept.rstrip()) and "[reel-2]" in file.read_text()


def test_what_was_said_of_another_tune_is_marked_and_an_empty_entry_follows_the_tune(tmp_path: Path) -> None:
    other = (*REEL[:2], "C", *REEL[2:])
    written(tmp_path, picture(), picture(seed=2))
    file = tmp_path / "tunes.toml"
    file.write_text(file.read_text().replace('says = ""', 'says = "Fine."', 1))
    page = written(tmp_path, picture(tokens=other), picture(seed=2, tokens=other))
    assert docs_tunes.STALE + "Fine." in page
    found = sentences(file)
    assert found["reel-1"] == {"of": picture().mark, "says": "Fine."}
    assert found["reel-2"] == {"of": picture(tokens=other).mark, "says": ""}


def test_a_file_that_is_no_toml_stops_it_before_it_writes(tmp_path: Path) -> None:
    (tmp_path / "tunes.toml").write_text('[reel-1]\nsays = "half')
    with pytest.raises(ValueError, match=r"tunes\.toml: is not TOML"):
        study_tunes(["reel"], 1, tmp_path, None, "", lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["tunes.toml"]


def test_pictures_of_tunes_that_are_gone_go(tmp_path: Path) -> None:
    written(tmp_path, picture(), picture(seed=2))
    written(tmp_path, picture())
    assert [path.name for path in (tmp_path / "pictures" / "tunes").iterdir()] == ["reel-1.svg"]


def test_seeds_are_taken_in_turn_and_none_is_picked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs_tunes, "load_memory", lambda _: tiny_mind())
    study_tunes(["reel", "waltz"], 3, tmp_path, None, "run", lambda _: None)
    assert list(sentences(tmp_path / "tunes.toml")) == ["reel-1", "waltz-2", "reel-3"]
    assert counted(("M:4/4", "K:Cmaj")) == "0 bars."
