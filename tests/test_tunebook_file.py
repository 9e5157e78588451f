"""The tunebook file: what is kept comes back, and other programs' tunes live in it unharmed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.controls.tunebook_file import Kept, add, amend, read, text_of
from instrument.music import abc

TUNE = "X:1\nT:a jig\nM:6/8\nL:1/8\nQ:1/4=120\nK:Dmaj\n|: DED FAF | DED FAF :|\n"
KEPT = Kept(TUNE, "jig", 7, 1, "2026-11-26T21-04-05", "0.1.0", "folk", ("M:6/8", "K:Cmaj", "C"), Snapshot().values)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    book = tmp_path / "deep" / "tunebook.abc"
    assert read(book) == []
    assert [add(book, KEPT), add(book, KEPT)] == [1, 2]
    first, second = read(book)
    assert first == KEPT
    assert second.abc == TUNE.replace("X:1", "X:2")
    assert (second.tokens, second.controls, second.title) == (KEPT.tokens, KEPT.controls, "a jig")


def test_our_reader_of_abc_reads_it_and_sees_two_tunes() -> None:
    text = text_of(KEPT, 1) + "\n" + text_of(KEPT, 2)
    tunes = list(abc.tunes(text))
    assert len(tunes) == 2
    assert abc.read(tunes[1]).body == abc.read(TUNE).body


@given(
    st.builds(
        Kept,
        abc=st.just(TUNE),
        patch=st.text(),
        seed=st.integers(0, 2**31),
        tune=st.integers(0, 10**6),
        tokens=st.lists(st.sampled_from(["C", "2", "|", "(3"])).map(tuple),
        controls=st.dictionaries(st.text(), st.integers() | st.booleans() | st.text()),
    )
)
def test_any_settings_come_back(tmp_path_factory: pytest.TempPathFactory, kept: Kept) -> None:
    book = tmp_path_factory.mktemp("book") / "tunebook.abc"
    add(book, kept)
    assert read(book) == [kept]


def test_a_tune_by_hand_is_a_tune_like_any_other(tmp_path: Path) -> None:
    book = tmp_path / "tunebook.abc"
    book.write_text("% my book\n\n" + TUNE)
    assert add(book, KEPT) == 2
    assert read(book)[0] == Kept(TUNE)


def test_one_entry_is_written_anew_and_every_other_byte_stays(tmp_path: Path) -> None:
    book = tmp_path / "tunebook.abc"
    book.write_text("% my book\n\n" + TUNE + "\n% between\n")
    for _ in range(2):
        add(book, KEPT)
    before = read(book)
    longer = replace(KEPT, abc=TUNE + "A8 |\n", tokens=("M:6/8", "K:Cmaj", "C", "D"))
    amend(book, 2, longer)
    first, second, third = read(book)
    assert (first, third) == (before[0], before[2])
    assert second.tokens == longer.tokens
    assert second.abc.endswith("A8 |\n")
    assert book.read_text().startswith("% my book\n\n" + TUNE + "\n% between\n")
    once = book.read_bytes()
    amend(book, 2, longer)
    assert book.read_bytes() == once
    with pytest.raises(ValueError, match="has no tune 4"):
        amend(book, 4, longer)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"X:1\nT:x\n%lilt {nonsense\nK:C\nC\n", "tune 1: its %lilt line cannot be read"),
        (b"X:1\n%lilt [1]\n", "tune 1"),
        (b'X:1\n%lilt {"seed": "many"}\n', "tune 1"),
        (b'X:1\n%lilt {"controls": 3}\n', "tune 1"),
        (b"X:1\n%lilt " + b"[" * 100000 + b"\n", "tune 1"),
        (b"\xff\xfe", "is not UTF-8 text (byte 1)"),
    ],
)
def test_a_broken_book_is_one_line_and_stays_as_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    book = tmp_path / "tunebook.abc"
    book.write_bytes(content)
    for attempt in (lambda: read(book), lambda: add(book, KEPT)):
        with pytest.raises(ValueError, match=said.replace("(", r"\(").replace(")", r"\)")) as caught:
            attempt()
        assert len(str(caught.value).splitlines()) == 1
    assert book.read_bytes() == content
