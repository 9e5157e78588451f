"""The tunebook's entries byte by byte: how one is written, where the next goes, and what is read of a strange one."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from instrument.files.tunebook import LONGEST, Kept, add, amend, read, text_of

TUNE = "X:1\nT:a jig\nM:6/8\nK:D\nDED FAF |\n"
KEPT = Kept(TUNE, "jig", 7, 1, "2026-11-26T21-04-05", "0.1.0", "folk", ("M:6/8", "D"), {"clock.bpm": 120}, "5f0c")
TOLD = {
    "id": "5f0c", "patch": "jig", "kept": "2026-11-26T21-04-05", "lilt": "0.1.0", "model": "folk", "seed": 7, "tune": 1,
    "tokens": "M:6/8 D", "controls": {"clock.bpm": 120},
}  # fmt: skip


def line(kept: Kept, number: int = 1) -> dict[str, object]:
    (found,) = (row for row in text_of(kept, number).splitlines() if row.startswith("%lilt "))
    told = json.loads(found.removeprefix("%lilt "))
    assert isinstance(told, dict)
    return told


def entry(told: str, tune: str = "X:1\nT:x\nK:C\nC\n") -> str:
    head, rest = tune.split("K:", 1)
    return f"{head}%lilt {told}\nK:{rest}"


def book_of(tmp_path: Path, content: str) -> Path:
    book = tmp_path / "tunebook.abc"
    book.write_bytes(content.encode())
    return book


# writing


def test_an_entry_is_its_number_its_title_our_line_and_the_tune() -> None:
    rows = text_of(KEPT, 12).split("\n")
    assert [*rows[:2], *rows[3:]] == ["X:12", "T:a jig", "M:6/8", "K:D", "DED FAF |", ""]
    assert rows[2].startswith('%lilt {"id": "5f0c", ') and line(KEPT) == TOLD
    assert list(line(KEPT)) == list(TOLD)


def test_an_entry_without_identity_says_none() -> None:
    assert line(replace(KEPT, id="")) == {name: value for name, value in TOLD.items() if name != "id"}
    assert line(replace(KEPT, patch="", model=""))["patch"] == ""


@pytest.mark.parametrize(
    ("abc", "rows"),
    [
        ("T:a\nT:b\nK:C\n", ["X:3", "T:a", "%", "T:b", "K:C"]),
        ("M:4/4\nT:a\nK:C\n", ["X:3", "%", "M:4/4", "T:a", "K:C"]),
        ("t:a\nK:C\n", ["X:3", "%", "t:a", "K:C"]),
        ("X:9\n\nT:a\n%lilt {old}\n\nK:C\n \nC\n", ["X:3", "T:a", "%", "K:C", "C"]),
        ("", ["X:3", "%"]),
    ],
)
def test_a_title_at_the_head_leads_and_our_line_follows(abc: str, rows: list[str]) -> None:
    written = text_of(replace(KEPT, abc=abc), 3)
    assert written.endswith("\n") and not written.endswith("\n\n")
    assert [row[:1] if row.startswith("%") else row for row in written.splitlines()] == rows


@pytest.mark.parametrize(
    ("before", "gap"), [("", ""), ("X:1\nK:C\nC\n", "\n"), ("X:1\nK:C\nC", "\n\n"), ("% a head\n", "\n")]
)
def test_the_next_tune_goes_behind_one_empty_line(tmp_path: Path, before: str, gap: str) -> None:
    book = book_of(tmp_path, before)
    number = before.count("X:") + 1
    assert add(book, KEPT) == number
    assert book.read_bytes().decode() == before + gap + text_of(KEPT, number)


def test_a_new_book_is_its_first_tune_and_no_program(tmp_path: Path) -> None:
    book = tmp_path / "some" / "where" / "tunebook.abc"
    umask = os.umask(0o022)
    try:
        assert add(book, KEPT) == 1
    finally:
        os.umask(umask)
    assert book.read_bytes().decode() == text_of(KEPT, 1)
    assert book.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("gap", ["", "\n", "\n\n\n", "\r\n\r\n"])
def test_what_stands_between_two_entries_stays(tmp_path: Path, gap: str) -> None:
    text = text_of(KEPT, 1).rstrip("\n")
    book = book_of(tmp_path, text + gap + ("X:5\nK:C\nC\n" if gap else ""))
    longer = replace(KEPT, abc=TUNE + "A8 |\n")
    assert amend(book, KEPT, longer) == 1
    expected = text_of(longer, 1).rstrip("\n") + (gap + "X:5\nK:C\nC\n" if gap else "\n")
    assert book.read_bytes().decode() == expected


@pytest.mark.parametrize("last", ["w:la la  ", "w: XX", "DED |\t"])
def test_a_tunes_last_line_is_written_as_it_is(tmp_path: Path, last: str) -> None:
    book = tmp_path / "tunebook.abc"
    add(book, KEPT)
    after = replace(KEPT, abc=TUNE + last + "\n")
    assert amend(book, KEPT, after) == 1
    assert book.read_bytes().decode() == text_of(after, 1)
    assert book.read_bytes().decode().endswith(last + "\n")


@pytest.mark.parametrize(
    ("number", "kept"),
    [("X:7", 7), ("X: 7 ", 7), ("X:123456789", 123456789), ("X:1234567890", 2), ("X:12345678901", 2), ("X:", 2),
     ("X:seven", 2), ("X:7 8", 2), ("X:-7", 2)],
)  # fmt: skip
def test_an_entry_keeps_the_number_that_its_owner_gave_it(tmp_path: Path, number: str, kept: int) -> None:
    """And where that is none, its place in the book."""
    written = text_of(KEPT, 1).replace("X:1", number, 1)
    book = book_of(tmp_path, "X:1\nT:first\nK:C\nC\n\n" + written)
    after = replace(KEPT, abc=TUNE + "A8 |\n")
    assert amend(book, KEPT, after) == 2
    assert book.read_bytes().decode() == "X:1\nT:first\nK:C\nC\n\n" + text_of(after, kept)


def test_what_was_edited_stays_and_the_whole_tune_has_an_identity_of_its_own(tmp_path: Path) -> None:
    book = tmp_path / "tunebook.abc"
    add(book, KEPT)
    edited = book.read_bytes().decode().replace("a jig", "Mother's jig")
    book.write_bytes(edited.encode())
    after = replace(KEPT, abc=TUNE + "A8 |\n")
    assert amend(book, KEPT, after) == 2
    assert [one.id for one in read(book)] == ["5f0c", "5f0c-2"]
    assert book.read_bytes().decode() == edited + "\n" + text_of(replace(after, id="5f0c-2"), 2)


@pytest.mark.parametrize(
    ("old", "new"),
    [("X:1", "X:4"), ('"seed": 7', '"seed": 8'), ("6/8", "9/8"), ("DED", "DFD"), ('"patch": "jig"', '"patch": "reel"')],
)
def test_an_edit_of_anything_but_the_number_is_an_edit(tmp_path: Path, old: str, new: str) -> None:
    book = book_of(tmp_path, text_of(KEPT, 1).replace(old, new, 1))
    assert amend(book, KEPT, replace(KEPT, abc=TUNE + "A8 |\n")) == (1 if old == "X:1" else 2)


def test_what_the_disk_does_not_take_leaves_the_entry_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "tunebook.abc"
    add(book, KEPT)
    before = book.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        amend(book, KEPT, replace(KEPT, abc=TUNE + "A8 |\n"))
    assert book.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".new"] == []


def test_an_entry_without_identity_is_nobodys_to_amend(tmp_path: Path) -> None:
    book = tmp_path / "tunebook.abc"
    nameless = replace(KEPT, id="")
    add(book, nameless)
    before = book.read_bytes()
    assert amend(book, nameless, replace(nameless, abc=TUNE + "A8 |\n")) is None
    assert amend(book, replace(KEPT, id="other"), KEPT) is None
    assert amend(tmp_path / "new" / "book.abc", KEPT, KEPT) is None
    assert book.read_bytes() == before and not (tmp_path / "new" / "book.abc").exists()


# reading


def test_an_entry_by_another_version_of_lilt_has_what_it_says(tmp_path: Path) -> None:
    (one,) = read(book_of(tmp_path, entry("{}")))
    assert one == Kept("X:1\nT:x\nK:C\nC\n")
    (one,) = read(book_of(tmp_path, entry('{"seed": 2147483648, "controls": {"of.later": 5, "x": "y"}, "more": []}')))
    assert (one.seed, one.controls, one.fault) == (2**31, {"of.later": 5, "x": "y"}, "")
    (one,) = read(book_of(tmp_path, entry(json.dumps({"tokens": "C " * LONGEST}))))
    assert len(one.tokens) == LONGEST and not one.fault


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("[]", "it holds no settings"), ('{"controls": []}', "controls is no table"),
        ('{"tokens": 5}', "tokens is no text"), ('{"model": null}', "model is no text"),
        ('{"seed": 2147483649}', "seed = 2147483649 is outside 0..2147483648"),
        ('{"tune": -1}', "tune = -1 is outside 0..2147483648"),
        ('{"seed": "' + "x" * 99 + '"}', f"seed = {'x' * 40} is outside 0..2147483648"),
        ('{"controls": {"' + "y" * 99 + '": []}}', f"{'y' * 40} is no control's value"),
        ('{"controls": {"tune.key": "' + "x" * 500 + '"}}', ('tune.key = "' + "x" * 500)[:120]),
        ('{"seed": -Infinity}', "-Infinity is no number"),
        ('{"tokens": "' + "C " * (LONGEST + 1) + '"}', f"{LONGEST + 1} tokens are no tune"),
    ],
)  # fmt: skip
def test_a_strange_line_is_that_tunes_fault_in_one_line(tmp_path: Path, told: str, fault: str) -> None:
    (one,) = read(book_of(tmp_path, entry(told)))
    assert one == Kept("X:1\nT:x\nK:C\nC\n", fault=f"its %lilt line cannot be read: {fault}")


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_a_book_in_another_kind_of_unicode_is_refused_whatever_its_letters(tmp_path: Path, mark: bytes) -> None:
    book = tmp_path / "book.abc"
    book.write_bytes(mark + b"XX::11")
    with pytest.raises(ValueError, match="is not UTF-8 text"):
        read(book)


def test_our_line_cut_to_its_sign_is_a_fault_and_no_part_of_the_tune(tmp_path: Path) -> None:
    (one,) = read(book_of(tmp_path, "X:1\n%lilt\nK:C\nC\n"))
    assert one.abc == "X:1\nK:C\nC\n"
    assert one.fault.startswith("its %lilt line cannot be read: ")


def test_a_tune_ends_with_the_first_empty_line_behind_its_key(tmp_path: Path) -> None:
    first, second, third = read(
        book_of(tmp_path, "% head\nX:1\n\nT:a\nT:also\nK:C\nC\n  \nthat was a\nX:2\nT:b\n\nX:3\nK:D\nD")
    )
    assert (first.abc, second.abc, third.abc) == ("X:1\nT:a\nT:also\nK:C\nC\n", "X:2\nT:b\n", "X:3\nK:D\nD\n")
    assert [one.title for one in (first, second, third)] == ["a", "b", "untitled"]


def test_an_old_book_in_latin_1_and_one_with_a_mark_are_read_and_amended_where_they_are(tmp_path: Path) -> None:
    for head in ("X:1\nT:Cú\nK:G\nG\n\n".encode("latin-1"), b"\xef\xbb\xbfX:1\nT:C\xc3\xba\nK:G\nG\n\n"):
        book = tmp_path / "book.abc"
        book.write_bytes(head + text_of(KEPT, 2).encode())
        assert [one.title for one in read(book)] == ["Cú", "a jig"]
        after = replace(KEPT, abc=TUNE + "A8 |\n")
        assert amend(book, KEPT, after) == 2
        assert book.read_bytes() == head + text_of(after, 2).encode()
