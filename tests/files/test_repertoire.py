"""Repertoire files: listed at once, read as needed; what is wrong with one is said in one line with the likely fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrument.commands.command_line import refusal
from instrument.commands.tunebook.known import line_of, names_tunes, patch_for
from instrument.files.patch import PatchError, load
from instrument.files.patch_text import patch_text
from instrument.files.repertoire import LARGEST, PASTED, open_repertoire, repertoire_of
from instrument.files.tunebook import Kept, add
from tests.fakes.known_evening import JIG, MIXED, REEL, WRONG

BROKEN = "X:8\nT:Broken\nM:4/4\nK:C\nCD?F|\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "book.abc"
    file.write_text("\n".join([JIG, REEL, BROKEN, MIXED, WRONG]), encoding="utf-8")
    return file


def test_a_file_lists_its_tunes_and_reads_them_when_they_are_wanted(book: Path) -> None:
    found = open_repertoire(book)
    assert [tune.name for tune in found.tunes][:3] == ["The Test Jig (X:1)", "The Test Reel (X:2)", "Broken (X:8)"]
    window = found.window(1, 5)
    assert [tune and tune.title for tune in window.tunes] == ["The Test Reel", None, "Two Meters", "Miscounted"]
    assert (window.load, window.at, window.first, window.count, window.key) == (5, 1, 1, 5, "E dorian")


def test_a_folder_is_its_files_in_order_and_one_that_cannot_be_read_is_left_out(tmp_path: Path, book: Path) -> None:
    (tmp_path / "a.abc").write_text(MIXED, encoding="utf-8")
    (tmp_path / "b.abc").write_text("no tune at all", encoding="utf-8")
    (tmp_path / "readme.txt").write_text(JIG, encoding="utf-8")
    found = open_repertoire(tmp_path)
    assert [tune.title for tune in found.tunes] == ["Two Meters", "The Test Jig", "The Test Reel", "Broken",
                                                    "Two Meters", "Miscounted"]  # fmt: skip


def test_a_tunebook_of_ours_is_a_repertoire(tmp_path: Path) -> None:
    add(tmp_path / "tunebook.abc", Kept(JIG, "jig", 3, tokens=("M:6/8", "K:Cmaj", "c", "6", "|", "</s>")))
    assert open_repertoire(tmp_path / "tunebook.abc").tunes[0].known().title == "The Test Jig"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"), (b" \n\n", "is empty"), (b"hello", "is not ABC"), (b"\x00\x01\x02" * 40, "is not ABC"),
        (b'{"begin": {}}', "is not ABC"), (b"X:1\nT:none\n", "is not ABC"),
        (b"A" * (LARGEST + 1), "is larger than 16 MB"), (b"X:1\nK:C\n", "X:1 cannot be played: no meter"),
        (BROKEN.encode(), 'Broken (X:8) cannot be played: stray "?"'),
    ],
)  # fmt: skip
def test_what_cannot_be_played_is_refused_in_one_line(tmp_path: Path, data: bytes, said: str) -> None:
    file = tmp_path / "x.abc"
    file.write_bytes(data)
    with pytest.raises(ValueError) as refused:
        patch_for(str(file), None, None)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_a_folder_without_tunes_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no ABC file in it"):
        open_repertoire(tmp_path)
    with pytest.raises(ValueError, match="no such file or folder"):
        open_repertoire(tmp_path / "nowhere.abc")


def test_an_x_that_is_not_there_lists_those_that_are(book: Path) -> None:
    with pytest.raises(ValueError) as refused:
        patch_for(str(book), "12", None)
    assert "there is no X:12; there is The Test Jig (X:1), The Test Reel (X:2)" in str(refused.value)


def test_a_text_that_is_handed_over_is_bounded() -> None:
    with pytest.raises(ValueError, match="is larger than 200 kB; start with the file"):
        repertoire_of(JIG + "%" * PASTED, "dropped")
    assert repertoire_of(JIG.removeprefix("X:1\n"), "dropped").tunes[0].known().title == "The Test Jig"


def test_typed_in_a_patchs_place_a_tune_plays_with_its_dances_patch(book: Path) -> None:
    patch = patch_for(str(book), "2", None)
    assert (patch.name, patch.values["tune.key"], patch.values["tune.meter"]) == ("reel", "E dorian", "4/4")
    assert patch.values["tune.known"] and patch.snapshot().playing_known and not patch.openings
    assert line_of(patch) == "tune 2 of 5: The Test Reel, E dorian, 4/4"
    assert patch_for(str(book), None, "air").name == "air" and patch_for(str(book), None, None).name == "jig"


def test_bars_that_do_not_add_up_are_named_before_the_music(book: Path) -> None:
    assert line_of(patch_for(str(book), "4", None)).endswith(
        "bar 2 has 9 eighth notes; a bar of 4/4 has 8; bar 3 has 6 eighth notes; a bar of 4/4 has 8; played as written"
    )


def test_a_number_behind_a_patch_says_what_it_is_for() -> None:
    with pytest.raises(ValueError, match="a number names a tune of an ABC file"):
        patch_for("reel", "3", None)


def test_a_patch_that_plays_no_tunes_says_so(book: Path) -> None:
    with pytest.raises(ValueError, match='source = "chorale" plays no known tunes'):
        patch_for(str(book), None, "four")


def test_what_is_typed_is_known_for_tunes_or_told(tmp_path: Path) -> None:
    assert refusal("tune.abc") == "" and refusal(str(tmp_path)) == "" and names_tunes("x/Kesh.ABC")
    assert names_tunes(str(tmp_path)) and not names_tunes("reel") and "lilt replay" in refusal("a.jsonl")


# in a patch


def patch_file(folder: Path, text: str) -> Path:
    file = folder / "own.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_patch_names_its_tunes_and_what_it_states_itself_stands(book: Path) -> None:
    patch = load(patch_file(book.parent, 'tempo = 90\ntunes = "book.abc"\n[controls]\nrepertoire.go = 2\n'))
    assert patch.known is not None and patch.known.at == 1
    assert (patch.values["tune.key"], patch.values["clock.bpm"], patch.values["tune.dance"]) == ("E dorian", 90, "reel")
    moved = load(patch_file(book.parent, 'key = "A dorian"\ntunes = "book.abc"\n[controls]\nrepertoire.go = 2\n'))
    assert moved.values["tune.key"] == "A dorian"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tunes = 3\n", "tunes is no text"), ('tunes = "nowhere.abc"\n', "no such file or folder"),
        ('tunes = "book.abc"\n[controls]\nrepertoire.go = 77\n', "book.abc has 5 tunes"),
        ('source = "chorale"\ntunes = "book.abc"\n', "plays no known tunes"),
    ],
)  # fmt: skip
def test_tunes_that_a_patch_cannot_have_are_told_with_the_file(book: Path, text: str, said: str) -> None:
    with pytest.raises(PatchError) as refused:
        load(patch_file(book.parent, text))
    assert said in str(refused.value) and "own.toml" in str(refused.value)


def test_a_patch_with_tunes_is_written_as_it_reads(book: Path) -> None:
    patch = load(patch_file(book.parent, 'key = "A dorian"\ntunes = "book.abc"\n[controls]\nrepertoire.go = 2\n'))
    text = patch_text("kept", patch.values, patch, "2026-11-29")
    again = load(patch_file(book.parent, text))
    assert again.values == patch.values and again.known == patch.known
