"""Keep this tune: what is pressed while it sounds is in the book, whole, when it is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from band import planner
from puppet import eventually

from instrument.controls import tunebook_file
from instrument.controls.snapshot import Snapshot
from instrument.music import abc
from instrument.music.events import Span
from instrument.ports.keeping import Keeper

SNAPSHOT = Snapshot().with_value("tune.seed", 3)


def played(bars: int) -> list[Span]:
    plan = planner(SNAPSHOT)
    return [plan.next_span() for _ in range(bars)]


def keeper(folder: Path, said: list[str]) -> Keeper:
    one = Keeper(folder / "tunebook.abc", "first", "folk", said.append)
    one.start()
    return one


def test_a_tune_is_in_the_book_at_once_and_whole_when_it_is_over(tmp_path: Path) -> None:
    said: list[str] = []
    one = keeper(tmp_path, said)
    spans = played(400)
    ended = next(i for i, span in enumerate(spans) if span.tune == 1)
    one.sounding(spans[0], SNAPSHOT)
    one.keep()
    assert eventually(lambda: len(one.tunes) == 1)
    early = one.tunes[0]
    assert early.tokens == spans[0].written
    one.keep()
    for span in spans[1 : ended + 1]:
        one.sounding(span, SNAPSHOT)
    one.close()
    (kept,) = tunebook_file.read(one.book)
    assert kept.tokens == spans[ended - 1].written
    assert (kept.seed, kept.tune, kept.patch, kept.kept) == (3, 0, "first", early.kept)
    assert dict(kept.controls) == dict(SNAPSHOT.values)
    assert abc.read(kept.abc).body
    assert said == [f"kept as tune 1 in {one.book}", "this tune is kept already"]


def test_what_is_kept_when_all_ends_is_finished_too(tmp_path: Path) -> None:
    one = keeper(tmp_path, [])
    spans = played(12)
    one.sounding(spans[0], SNAPSHOT)
    one.keep()
    for span in spans[1:]:
        one.sounding(span, SNAPSHOT)
    one.close()
    assert tunebook_file.read(one.book)[0].tokens == spans[-1].written


def test_nothing_to_keep_and_a_book_that_cannot_be_written_are_one_line_each(tmp_path: Path) -> None:
    said: list[str] = []
    one = keeper(tmp_path, said)
    one.keep()
    one.sounding(replace(played(1)[0], written=("M:4/4", "K:Cmaj", "z", "8", "|")), SNAPSHOT)
    one.keep()
    one.book.write_bytes(b"X:1\n%lilt {\n")
    one.sounding(played(1)[0], SNAPSHOT)
    one.keep()
    one.close()
    assert said[0] == "no tune is sounding; nothing is kept"
    assert said[1] == said[0]
    assert said[2].startswith("the tunebook: ")
    assert one.book.read_bytes() == b"X:1\n%lilt {\n"
