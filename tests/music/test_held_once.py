"""Equal values held once: what comes through pipes again and again is kept once, and is what was sent."""

from __future__ import annotations

import pickle
import tracemalloc
from dataclasses import fields, replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import SHARED, Note, Span
from instrument.music.held_once import held_once
from instrument.music.phrase import Phrase
from instrument.music.plan import PlannedBar
from instrument.music.play_order import Place
from instrument.music.repertoire.known_tune import KnownTune, KnownTunes
from instrument.music.set_place import SetPlace


def span(number: int) -> Span:
    """Bar `number` of a tune that is played a second time."""
    tokens = ("M:4/4", "K:Cmaj", *("C", "2", "E", "2", "|") * 32, "</s>")
    at, form = number * 384, tuple(PlannedBar(part=bar // 8) for bar in range(32))
    return Span(
        start=at, end=at + 384, notes=(Note(at, 96, 60 + number % 12),), plan=number, tune=0, bar=number,
        written=tokens, place=Place(), lacking=0, meter="4/4", key="C major", form=form,
        parts=((60 + number, 57, 52, 48, 0, 4, False, 12), (64, 1, 1, 1, 1, 4, False, 12)),
        of_set=SetPlace(time=2, base=tokens, left=100 - number),
    )  # fmt: skip


def through_a_pipe(value: object) -> object:
    return pickle.loads(pickle.dumps(value, -1))


def test_spans_share_what_they_have_in_common_and_are_what_was_sent() -> None:
    sent = [span(number) for number in range(40)]
    had = [through_a_pipe(each) for each in sent]
    assert had == sent
    first, last = had[0], had[-1]
    assert isinstance(first, Span) and isinstance(last, Span)
    for name in (*SHARED, "written"):
        assert getattr(first, name) is getattr(last, name), name
    assert first.parts[1] is last.parts[1] and first.parts[0] != last.parts[0]
    assert first.of_set.base is last.of_set.base and first.of_set.left != last.of_set.left


def test_notes_share_their_durations_and_voices() -> None:
    bars = [tuple(Note(100_000 * bar + at, 5040, 60, 80, "sopr" + "ano") for at in range(12)) for bar in range(3)]
    had = [note for bar in bars for note in through_a_pipe(bar)]  # type: ignore[attr-defined]
    assert had == [note for bar in bars for note in bar]
    assert len({id(note.duration) for note in had}) == len({id(note.voice) for note in had}) == 1


def test_snapshots_take_no_memory_for_names() -> None:
    sent = [Snapshot().with_value("clock.bpm", 60.0 + number / 7) for number in range(100)]
    packed = [pickle.dumps(each, -1) for each in sent]
    pickle.loads(packed[0])
    tracemalloc.start()
    had = [pickle.loads(each) for each in packed]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert had == sent
    assert taken / len(had) < 3_500  # 30,000 with names of their own, 6,900 in a dict each


def test_a_snapshot_keeps_all_that_it_has() -> None:
    phrase, tunes = (
        Phrase(1, ("C", "8", "|"), 1),
        KnownTunes(1, (KnownTune("The Butterfly", "M:9/8 K:Cmin C 9 | </s>"),)),
    )
    whole = replace(Snapshot(), version=7, tune=3, held=(60, 64), phrase=phrase, known=tunes)
    had = through_a_pipe(whole)
    assert had == whole
    assert isinstance(had, Snapshot)
    assert [type(had.values[name]) for name in had.values] == [type(value) for value in whole.values.values()]
    assert {each.name for each in fields(whole)} == {each.name for each in fields(had)}
    again = through_a_pipe(replace(whole, version=8))
    assert isinstance(again, Snapshot)
    assert again.known is had.known


def test_what_is_equal_and_not_the_same_is_kept_apart() -> None:
    assert [type(held_once(value)) for value in (1, 1.0, True)] == [int, float, bool]
