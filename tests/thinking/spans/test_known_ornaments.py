"""Ornaments of known tunes in the bars that are played: heard, moved with them, drawn, and written again."""

from __future__ import annotations

from fractions import Fraction

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.repertoire.from_abc import known_tune
from instrument.music.scores.set_score import abc_of
from instrument.music.ticks import EIGHTH
from instrument.playing.performance_style import PerformanceStyle
from instrument.playing.way_back.moved_spans import moved
from instrument.ports.web.page_state import ornaments_drawn
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.phrase_by_phrase import PhrasePlanner
from instrument.thinking.tune.loader import WriterFactory
from tests.fakes.known_evening import MIND, repertoire, snapshot_of

TUNE = """X:1
T:Adorned
M:6/8
L:1/8
R:jig
Q:3/8=100
K:D
"D"~A3 {B}AFA|"G"TB3 .d.c.B|u"A"MA2 P^G vA2 {gf}e|d3- {c}D3|]
"""


def spans_of(text: str, *changes: tuple[str, object]) -> list[Span]:
    """Four bars of a known tune."""
    snapshot = snapshot_of(repertoire(text)).with_values(changes)
    planner = PhrasePlanner(WriterFactory(MIND).writer, Arrangement({}, "none"), snapshot)
    return [planner.next_span() for _ in range(4)]


def test_they_come_with_their_bar_are_played_and_left_out_of_practice_that_leaves_ornaments_out() -> None:
    spans = spans_of(TUNE)
    assert spans[1].ornaments[0] == (spans[1].start, "trill")
    for shown, more in ((True, True), (False, False)):
        snapshot = Snapshot().with_values([("play.ornament", 0.0), ("practice.ornaments", shown)])
        played = PerformanceStyle(snapshot).dress(spans[0], 180.0)
        assert (len(played.notes) > len(spans[0].notes)) is more
    staccato = PerformanceStyle(Snapshot().with_value("play.ornament", 0.0)).dress(spans[1], 180.0)
    short = [note for note in staccato.notes if note.start >= spans[1].start + 3 * EIGHTH]
    assert [note.duration < EIGHTH * 0.6 for note in short] == [True, True, True]


def test_a_bar_that_is_played_at_another_place_has_them_there() -> None:
    span = spans_of(TUNE)[0]
    later = moved(span, span.start + 5000)
    assert later.ornaments == tuple((tick + 5000, text) for tick, text in span.ornaments)


@pytest.mark.parametrize("key", ["D major", "F major", "B major"])
def test_in_every_key_they_are_written_again_as_they_were_read(key: str) -> None:
    tune = known_tune(TUNE)
    text = abc_of(spans_of(TUNE, ("tune.key", key)), "x", 180.0, False)
    again = known_tune(text)
    assert [(m, at, what) for m, at, what in again.ornaments] == list(tune.ornaments)
    assert again.key == key


def test_the_page_is_told_where_each_stands() -> None:
    span = spans_of(TUNE)[1]
    assert ornaments_drawn(span, Fraction(6)) == [
        [0.0, "trill"],
        [3.0, "staccato"],
        [4.0, "staccato"],
        [5.0, "staccato"],
    ]
