"""Packed bars: a bar that is packed is the same bar to whoever reads, compares, sends or plays it."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Branch, Span
from instrument.playing.schedule.lookahead import LookAhead
from instrument.playing.schedule.packed_bar import is_packed, moved, packed, tokens_of, whole
from instrument.playing.schedule.past import KEPT, WHOLE
from tests.fakes.band import BAR, bar_of

TUNE = ("M:4/4", "K:Cmaj", "C", "D", "E", "|")
PLAIN = replace(bar_of(60, 62, 64, start=BAR), written=TUNE[:5])
FULL = replace(
    PLAIN, branches=(Branch(BAR, 2, ((60, "C"),)),), chords=(PlacedChord(BAR, BAR, Chord(2), why=(("melody", 1.5),)),)
)
BARS = pytest.mark.parametrize("bar", (PLAIN, FULL, replace(PLAIN, notes=())), ids=("plain", "full", "empty"))


def assert_packed(bar: Span) -> None:
    """What there is of it is packed, and nothing else."""
    parts = bar.notes, bar.chords, bar.branches
    assert [isinstance(part, tuple) for part in parts] == [not len(part) for part in parts]


@BARS
def test_it_is_the_same_bar(bar: Span) -> None:
    small = packed(bar, TUNE)
    assert is_packed(small) and not is_packed(bar) and tokens_of(small) is TUNE and tokens_of(bar) is bar.written
    assert small == bar and bar == small and small == packed(bar, TUNE) and hash(small) == hash(bar)
    assert small != replace(bar, written=TUNE) and small != replace(bar, notes=(*bar.notes, *FULL.notes))
    for of_small, of_bar in ((small.notes, bar.notes), (small.chords, bar.chords), (small.written, bar.written)):
        assert (len(of_small), list(of_small), of_small[1:], repr(of_small)) == (
            len(of_bar), list(of_bar), of_bar[1:], repr(of_bar)
        )  # fmt: skip
    assert small.notes == packed(bar, TUNE).notes and not isinstance(small.written, tuple)
    assert_packed(small)
    assert small.written[2] == "C" and list(reversed(small.notes)) == list(reversed(bar.notes))


@BARS
def test_whole_again_sent_or_saved_nothing_of_it_is_packed(bar: Span) -> None:
    small = packed(bar, TUNE)
    for one in (whole(small), pickle.loads(pickle.dumps(small))):
        assert one == bar and not is_packed(one)
        assert {type(each) for each in (one.notes, one.chords, one.branches, one.written)} == {tuple}
        assert [chord.why for chord in one.chords] == [chord.why for chord in bar.chords]
    assert whole(bar) is bar


@BARS
def test_of_another_plan_or_elsewhere_it_is_still_what_it_was(bar: Span) -> None:
    small = packed(bar, TUNE)
    assert whole(replace(small, plan=7)) == replace(bar, plan=7)
    assert whole(replace(small, branches=())).branches == ()
    later, twice = moved(small, BAR), moved(moved(small, 3 * BAR), -2 * BAR)
    assert_packed(later)
    assert is_packed(later) and later == twice == moved(bar, BAR) and whole(later) == whole(twice) == moved(bar, BAR)
    assert [note.start for note in later.notes] == [note.start + BAR for note in bar.notes]
    assert moved(small, 0) is small and moved(bar, 0) is bar


def test_moved_back_to_the_top_the_plan_stays_packed_until_it_is_played() -> None:
    bars = [replace(bar_of(60 + n % 20, start=n * BAR), written=TUNE) for n in range(KEPT)]
    buffer = LookAhead()
    assert all(map(buffer.put, bars)) and list(buffer.commit(KEPT * BAR - 1)) == bars
    assert buffer.locate(0)
    assert sum(map(is_packed, buffer.ahead)) == KEPT - WHOLE and list(buffer.ahead) == bars
    again = list(buffer.commit(KEPT * BAR - 1))
    assert again == bars and not any(map(is_packed, again))


def test_what_the_music_goes_on_from_is_whole_wherever_it_moved() -> None:
    buffer = LookAhead()
    for number in range(KEPT):
        buffer.put(bar_of(60, start=number * BAR))
    list(buffer.commit(KEPT * BAR - 1))
    assert buffer.locate(5 * BAR) and buffer.last_committed is not None
    assert buffer.committed == 5 * BAR and not is_packed(buffer.last_committed)
