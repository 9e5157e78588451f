"""Keep this tune: what is pressed while it sounds is in the book, whole, when it is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from instrument.controls.explanations import WrittenTokens
from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.files import tunebook
from instrument.music.abc import parse
from instrument.music.events import Span
from instrument.ports.tunebook_keeper import TunebookKeeper
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.thinker import Thinker
from tests.fakes.band import BAR, bar_of, planner, tiny_mind
from tests.fakes.puppet import eventually

SNAPSHOT = Snapshot().with_value("tune.seed", 3)


def played(bars: int) -> list[Span]:
    plan = planner(SNAPSHOT)
    return [plan.next_span() for _ in range(bars)]


def keeper(folder: Path, said: list[str]) -> TunebookKeeper:
    one = TunebookKeeper(folder / "tunebook.abc", "first", "folk", said.append)
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
    early = tunebook.read(one.book)[0]
    assert early.tokens == spans[0].written
    one.keep()
    for span in spans[1 : ended + 1]:
        one.sounding(span, SNAPSHOT)
    one.close()
    (kept,) = tunebook.read(one.book)
    assert kept.tokens == spans[ended - 1].written
    assert (kept.seed, kept.tune, kept.patch, kept.kept) == (3, 0, "first", early.kept)
    assert dict(kept.controls) == dict(SNAPSHOT.values)
    assert parse.read(kept.abc).body
    assert said == [f"kept as tune 1 in {one.book}", "this tune is kept already"]


def test_what_is_kept_when_all_ends_is_finished_too(tmp_path: Path) -> None:
    one = keeper(tmp_path, [])
    spans = played(12)
    one.sounding(spans[0], SNAPSHOT)
    one.keep()
    for span in spans[1:]:
        one.sounding(span, SNAPSHOT)
    one.close()
    assert tunebook.read(one.book)[0].tokens == spans[-1].written


def test_nothing_to_keep_and_a_book_that_cannot_be_written_are_one_line_each(tmp_path: Path) -> None:
    said: list[str] = []
    one = keeper(tmp_path, said)
    one.keep()
    one.sounding(replace(played(1)[0], written=("M:4/4", "K:Cmaj", "z", "8", "|")), SNAPSHOT)
    one.keep()
    one.book.mkdir()
    one.sounding(played(1)[0], SNAPSHOT)
    one.keep()
    one.close()
    assert said[0] == "no tune is sounding; nothing is kept"
    assert said[1] == said[0]
    assert said[2] == f"the tunebook: {one.book}: is a folder, not a file; is it a tunebook?"


def spans() -> list[Span]:
    """Four bars of a tune as it grows, then one of the next."""
    bars = [("M:4/4", "K:Cmaj", *("C", "8", "|") * n) for n in range(1, 5)]
    first = [replace(bar_of(60, start=n * BAR), written=bar) for n, bar in enumerate(bars)]
    return [*first, replace(bar_of(62, start=4 * BAR), written=("M:4/4", "K:Cmaj", "D", "8", "|"), tune=1)]


HAND = "X:1\nT:my own tune\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|d8|\n\n"


def test_a_tune_put_first_in_an_editor_while_a_kept_one_plays_stays_what_it_is(tmp_path: Path) -> None:
    one = keeper(tmp_path, [])
    one.sounding(spans()[0], SNAPSHOT)
    one.keep()
    assert eventually(lambda: len(one.tunes) == 1)
    one.book.write_text(HAND + one.book.read_text())
    for span in spans()[1:]:
        one.sounding(span, SNAPSHOT)
    one.close()
    assert one.book.read_text().startswith(HAND)
    own, kept = tunebook.read(one.book)
    assert own.title == "my own tune" and kept.tokens == spans()[3].written


def test_what_is_composed_is_kept_whole_though_only_its_first_bar_has_sounded(tmp_path: Path) -> None:
    """And it stays so, when the performer goes on to another tune."""
    one = keeper(tmp_path, [])
    whole = ("M:4/4", "K:Cmaj", *("C", "8", "|") * 33, "</s>")
    one.composed(0, whole)
    one.sounding(spans()[0], SNAPSHOT)
    one.keep()
    assert eventually(lambda: len(one.tunes) == 1)
    assert tunebook.read(one.book)[0].tokens == whole
    one.composed(1, ("M:4/4", "K:Cmaj", "D", "8", "|"))
    one.sounding(spans()[4], SNAPSHOT)
    one.close()
    (kept,) = tunebook.read(one.book)
    assert kept.tokens == whole and kept.abc.count("|") >= 33


def test_what_was_composed_and_then_thought_again_gives_way_to_what_was_heard(tmp_path: Path) -> None:
    one = keeper(tmp_path, [])
    one.composed(0, ("M:4/4", "K:Cmaj", "C", "8", "|", "E", "8", "|", "E", "8", "|"))
    one.sounding(spans()[0], SNAPSHOT)
    one.keep()
    assert eventually(lambda: len(one.tunes) == 1 and "E" in tunebook.read(one.book)[0].tokens)
    for span in spans()[1:4]:
        one.composed(0, span.written)
        one.sounding(span, SNAPSHOT)
    one.close()
    assert tunebook.read(one.book)[0].tokens == spans()[3].written


def test_hostile_tunes_in_the_book_do_not_keep_the_next_from_being_kept(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "tunebook.abc").write_text(
        'X:1\n%lilt {"seed": Infinity}\nX:2\n%lilt {"controls": {"clock.bpm": 0}}\nX:3\n%lilt {"tokens": 3}\n'
    )
    one = keeper(tmp_path, said)
    one.sounding(spans()[0], SNAPSHOT)
    one.keep()
    one.close()
    assert said == [f"kept as tune 4 in {one.book}"]
    assert [bool(tune.fault) for tune in tunebook.read(one.book)] == [True, True, True, False]


def test_the_thinker_tells_of_what_it_has_composed_before_it_sounds() -> None:
    thinker = Thinker(tiny_mind(), Arrangement({}, "none"), lambda: 0.0)
    thinker.hear(Rethink(1, SNAPSHOT, 0, None, SNAPSHOT))
    thinker.hear(Extend(BAR, 0))
    told = [message for _ in range(200) for message in thinker.work()]
    written = [message for message in told if isinstance(message, WrittenTokens)]
    heard = [message for message in told if isinstance(message, Span)]
    assert written[-1].tune == heard[-1].tune and len(written[-1].tokens) > len(heard[-1].written)
    assert written[-1].tokens[: len(heard[-1].written)] == heard[-1].written


def test_of_a_tune_that_is_varied_or_ended_the_tune_itself_is_kept(tmp_path: Path) -> None:
    snapshot = SNAPSHOT.with_values([("set.times", 3), ("set.tunes", 1), ("set.vary", 0.6)])
    plan, found = planner(snapshot), list[Span]()
    while not (found and found[-1].of_set.over):
        found.append(plan.next_span())
    first = [span for span in found if span.of_set.time == 1][-1].written
    tune = tuple(text for text in first if text != "</s>")
    for moment in (next(i for i, span in enumerate(found) if span.of_set.base), len(found) - 1):
        one = keeper(tmp_path / str(moment), [])
        for span in found[: moment + 1]:
            one.sounding(span, snapshot)
        one.keep()
        one.close()
        (kept,) = tunebook.read(one.book)
        assert tuple(text for text in kept.tokens if text != "</s>") == tune
        assert found[moment].written != kept.tokens
