"""The tunebook file: what is kept comes back, and other programs' tunes live in it unharmed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.files.tunebook import Kept, add, amend, read, text_of
from instrument.music.abc import parse
from tests.fakes.paths import DATA, ROOT

TUNE = "X:1\nT:a jig\nM:6/8\nL:1/8\nQ:1/4=120\nK:Dmaj\n|: DED FAF | DED FAF :|\n"
WRITTEN = ("M:6/8", "K:Cmaj", "C")
KEPT = Kept(TUNE, "jig", 7, 1, "2026-11-26T21-04-05", "0.1.0", "folk", WRITTEN, Snapshot().values, "5f0c")


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
    tunes = list(parse.tunes(text))
    assert len(tunes) == 2
    assert parse.read(tunes[1]).body == parse.read(TUNE).body


@given(
    st.builds(
        Kept,
        abc=st.just(TUNE),
        patch=st.text(),
        seed=st.integers(0, 2**31),
        tune=st.integers(0, 10**6),
        tokens=st.lists(st.sampled_from(["C", "2", "|", "(3"])).map(tuple),
        controls=st.dictionaries(
            st.text().filter(lambda name: name not in CONTROLS), st.integers() | st.booleans() | st.text()
        ),
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
    for one in (KEPT, replace(KEPT, id="another")):
        add(book, one)
    before = read(book)
    longer = replace(KEPT, abc=TUNE + "A8 |\n", tokens=("M:6/8", "K:Cmaj", "C", "D"))
    assert amend(book, KEPT, longer) == 2
    first, second, third = read(book)
    assert (first, third) == (before[0], before[2])
    assert second.tokens == longer.tokens
    assert second.abc.endswith("A8 |\n")
    assert book.read_text().startswith("% my book\n\n" + TUNE + "\n% between\n")
    once = book.read_bytes()
    assert amend(book, longer, longer) == 2
    assert book.read_bytes() == once


TORN = DATA / "tunebook-cut-by-full-disk.abc"


def test_a_book_cut_by_a_full_disk_is_read_as_far_as_it_is_whole_and_added_to(tmp_path: Path) -> None:
    book = tmp_path / "tunebook.abc"
    book.write_bytes(TORN.read_bytes())
    tunes = read(book)
    assert len(tunes) == 26 and [n for n, tune in enumerate(tunes, 1) if tune.fault] == [26]
    assert add(book, KEPT) == 27
    assert book.read_bytes().startswith(TORN.read_bytes())
    assert read(book)[:25] == tunes[:25] and read(book)[26].tokens == KEPT.tokens


@example(1905, b"")  # an entry of which one letter is left is none of the tune before
@given(st.integers(0, 2000), st.binary(max_size=20))
def test_wherever_a_book_is_cut_whatever_stands_there_the_rest_is_read_and_the_next_tune_is_kept(
    tmp_path_factory: pytest.TempPathFactory, cut: int, rest: bytes
) -> None:
    whole = (text_of(KEPT, 1) + "\n" + text_of(replace(KEPT, id="b"), 2) + "\n").encode()
    book = tmp_path_factory.mktemp("book") / "tunebook.abc"
    book.write_bytes(whole[:cut] + rest.replace(b"\0", b" "))
    if book.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return
    before = book.read_bytes()
    number = add(book, replace(KEPT, id="c"))
    assert book.read_bytes().startswith(before)
    tunes = read(book)
    assert len(tunes) == number and tunes[-1] == replace(KEPT, abc=TUNE.replace("X:1", f"X:{number}"), id="c")
    if cut > len(text_of(KEPT, 1)) and not rest.strip():
        assert tunes[0] == KEPT


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{nonsense", "its %lilt line cannot be read"),
        ("[1]", "it holds no settings"),
        ('{"seed": "many"}', "seed = many is outside 0..2147483648"),
        ('{"seed": Infinity}', "Infinity is no number"),
        ('{"seed": NaN}', "NaN is no number"),
        ('{"seed": 1e400}', "seed = inf is outside"),
        ('{"seed": -1}', "seed = -1 is outside"),
        ('{"seed": true}', "seed = True is outside"),
        ('{"seed": ' + "9" * 5000 + "}", "cannot be read"),
        ('{"tune": 1.5}', "tune = 1.5 is outside"),
        ('{"controls": 3}', "controls is no table"),
        ('{"controls": {"clock.bpm": 0}}', "clock.bpm = 0 is outside 20..300"),
        ('{"controls": {"clock.bpm": "fast"}}', "clock.bpm"),
        ('{"controls": {"tune.key": 7}}', "tune.key"),
        ('{"controls": {"unknown": [1]}}', "unknown is no control's value"),
        ('{"patch": ["/dev/zero"]}', "patch is no text"),
        ('{"tokens": "' + "C " * 20_001 + '"}', "20001 tokens are no tune"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_a_line_by_a_stranger_is_one_tunes_fault_and_locks_no_book(tmp_path: Path, line: str, said: str) -> None:
    book = tmp_path / "tunebook.abc"
    book.write_text(f"X:1\nT:x\n%lilt {line}\nK:C\nC\n")
    (tune,) = read(book)
    assert said in tune.fault and len(tune.fault.splitlines()) == 1 and len(tune.fault) < 200
    assert (tune.title, tune.seed, tune.controls) == ("x", 0, {})
    assert add(book, KEPT) == 2 and not read(book)[1].fault


@pytest.mark.parametrize("content", [b"\xff\xfeX\0:\0", b"RIFF\0\0\0\0"])
def test_what_is_no_text_is_one_line_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    book = tmp_path / "tunebook.abc"
    book.write_bytes(content)
    for attempt in (lambda: read(book), lambda: add(book, KEPT), lambda: amend(book, KEPT, KEPT)):
        with pytest.raises(ValueError, match="is not UTF-8 text; is it a tunebook") as caught:
            attempt()
        assert len(str(caught.value).splitlines()) == 1
    assert book.read_bytes() == content


@pytest.mark.parametrize("what", ["/dev/zero", "fifo", "folder", "large"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, what: str) -> None:
    path = Path(what) if what.startswith("/") else tmp_path / what
    if what == "fifo":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "large":
        with path.open("wb") as file:
            file.truncate(65_000_000)
    with pytest.raises(ValueError, match=r"is a device|is a pipe|is a folder|is larger than 64 MB"):
        read(path)


def test_a_book_in_latin_1_with_a_byte_order_mark_or_other_line_ends_is_read_and_added_to(tmp_path: Path) -> None:
    for name, content in (
        ("latin", "X:1\nT:Cú Chulainn\nK:G\nG8|\n".encode("latin-1")),
        ("mark", b"\xef\xbb\xbf" + "X:1\nT:Cú Chulainn\nK:G\nG8|\n".encode()),
        ("windows", "X:1\r\nT:Cú Chulainn\r\nK:G\r\nG8|\r\n".encode()),
    ):
        book = tmp_path / f"{name}.abc"
        book.write_bytes(content)
        assert read(book)[0].title == "Cú Chulainn"
        assert add(book, KEPT) == 2 and amend(book, KEPT, replace(KEPT, abc=TUNE + "A8 |\n")) == 2
        assert book.read_bytes().startswith(content)


def test_an_entry_is_known_by_its_identity_wherever_its_owner_has_put_it(tmp_path: Path) -> None:
    book = tmp_path / "tunebook.abc"
    add(book, KEPT)
    longer = replace(KEPT, abc=TUNE + "A8 |\n")
    own = "X:1\nT:my own tune\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|d8|\n\n"
    book.write_text(own + book.read_text().replace("X:1", "X:7"))
    assert amend(book, KEPT, longer) == 2
    assert book.read_text().startswith(own) and "X:7" in book.read_text()
    assert read(book)[1].abc == longer.abc.replace("X:1", "X:7")


def test_what_its_owner_has_written_into_an_entry_stays_and_the_whole_tune_is_another(tmp_path: Path) -> None:
    book = tmp_path / "tunebook.abc"
    add(book, KEPT)
    book.write_text(book.read_text().replace("T:a jig", "T:Mother's jig"))
    edited = book.read_bytes()
    longer = replace(KEPT, abc=TUNE + "A8 |\n")
    assert amend(book, KEPT, longer) == 2
    assert book.read_bytes().startswith(edited)
    assert [tune.title for tune in read(book)] == ["Mother's jig", "a jig"]
    book.write_text("X:1\nT:my own tune\nK:D\nD8|\n")
    only = book.read_bytes()
    assert amend(book, KEPT, longer) is None and book.read_bytes() == only


def test_two_programs_that_write_into_one_book_lose_nothing(tmp_path: Path) -> None:
    program = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from instrument.files.tunebook import Kept, add, amend
for number in range(20):
    one = Kept("T:" + sys.argv[2] + "\\nM:4/4\\nL:1/8\\nK:D\\nD8|\\n", "first", number, id=sys.argv[2] + str(number))
    add(Path(sys.argv[1]), one)
    amend(Path(sys.argv[1]), one, replace(one, abc=one.abc + "d8|\\n"))
"""
    book = tmp_path / "tunebook.abc"
    root = str(ROOT)
    both = [subprocess.Popen([sys.executable, "-c", program, str(book), who, root]) for who in ("anna", "ben")]
    assert [one.wait(120) for one in both] == [0, 0]
    tunes = read(book)
    assert {(tune.title, tune.seed) for tune in tunes} == {(who, n) for who in ("anna", "ben") for n in range(20)}
    assert len(tunes) == 40 and all(tune.abc.endswith("d8|\n") for tune in tunes)


@pytest.mark.parametrize("fails", ["write", "fsync"])
def test_what_the_disk_does_not_take_whole_leaves_the_book_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    book = tmp_path / "tunebook.abc"
    add(book, KEPT)
    before = book.read_bytes()
    real = os.write

    def full(*given: object) -> int:
        if fails == "write" and len(given[1]) > 100:  # type: ignore[arg-type]
            return real(given[0], given[1][:100])  # type: ignore[arg-type,index]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, full)
    with pytest.raises(OSError, match="No space left"):
        add(book, KEPT)
    monkeypatch.undo()
    assert book.read_bytes() == before
    assert add(book, KEPT) == 2


def test_a_book_behind_a_link_stays_behind_it_and_keeps_its_rights(tmp_path: Path) -> None:
    (tmp_path / "cloud").mkdir()
    real = tmp_path / "cloud" / "tunes.abc"
    add(real, KEPT)
    real.chmod(0o640)
    book = tmp_path / "tunebook.abc"
    book.symlink_to(real)
    assert amend(book, KEPT, replace(KEPT, abc=TUNE + "A8 |\n")) == 1
    assert book.is_symlink() and real.read_text().endswith("A8 |\n") and real.stat().st_mode & 0o777 == 0o640
    assert not list(tmp_path.rglob("*.new"))
