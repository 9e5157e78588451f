"""Chords over OSC: to subscribers, once each, as soon as they are sure to come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Span
from instrument.music.play_order import Place
from instrument.music.ticks import QUARTER
from instrument.ports.osc.addresses import EVENTS, listing
from instrument.ports.osc.chord_news import CHORD, tell_chords
from instrument.ports.osc.packet import OscCall
from instrument.ports.osc.request import Subscribe, understand
from instrument.ports.osc.subscribers import NEWS, Subscribers

BAR = 4 * QUARTER


def span(number: int, *names: str, key: str = "D major") -> Span:
    length = BAR // max(1, len(names))
    chords = tuple(PlacedChord(number * BAR + i * length, length, Chord.parse(name)) for i, name in enumerate(names))
    start = number * BAR
    return Span(start, start + BAR, (), 1, 0, number, (), Place(number), 0, "4/4", key, chords=chords)


def told(*spans: Span) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    before = None
    for each in spans:
        before = tell_chords(each, before, lambda address, *arguments: found.append((address, *arguments)))
    return found


def test_a_chord_is_told_with_its_name_root_kind_and_beat() -> None:
    assert told(span(0, "D", "A7"), span(1, "F#m")) == [
        (CHORD, "D", 2, "major", 0.0), (CHORD, "A7", 9, "seventh", 2.0), (CHORD, "F#m", 6, "minor", 4.0),
    ]  # fmt: skip


def test_a_chord_that_goes_on_is_told_once_and_one_behind_a_gap_again() -> None:
    assert [each[1] for each in told(span(0, "D"), span(1, "D", "G"), span(2, "G"))] == ["D", "G"]
    assert [each[1] for each in told(span(0, "D"), span(2, "D"))] == ["D", "D"]
    assert told(span(0), span(1)) == []


def test_names_are_spelt_in_the_key_and_as_somebody_wrote_them() -> None:
    flat = span(0, "Ab", key="Eb major")
    assert told(flat)[0][1] == "Ab"
    strange = replace(flat, chords=(replace(flat.chords[0], text="Ab(no root)"),))
    assert told(strange)[0][1] == "Ab(no root)"


def subscribe(pattern: str | None) -> Subscribe:
    asked = understand(OscCall("/lilt/subscribe", (9000, *([pattern] if pattern else ()))), lambda word, words: "")
    assert isinstance(asked[0], Subscribe)
    return asked[0]


@pytest.mark.parametrize("pattern", [None, CHORD, "/lilt/c*", "/lilt/*"])
def test_who_asked_for_all_or_for_chords_is_told(pattern: str | None) -> None:
    subscribers = Subscribers(lambda name: 0)
    subscribers.subscribe(("h", 1), ("h", 2), subscribe(pattern), 0.0)
    subscribers.due(0.0)
    subscribers.happened(CHORD, ("D", 2, "major", 8.0))
    rows = [row for due in subscribers.due(0.001) for row in due.rows if row[0] == CHORD]
    assert rows == [(CHORD, ("D", 2, "major", 8.0))]
    assert not [row for due in subscribers.due(2.0) for row in due.rows if row[0] == CHORD], "once"


def test_who_asked_for_something_else_is_not() -> None:
    subscribers = Subscribers(lambda name: 0)
    subscribers.subscribe(("h", 1), ("h", 2), subscribe("/lilt/tune/*"), 0.0)
    subscribers.happened(CHORD, ("D", 2, "major", 8.0))
    assert not [row for due in subscribers.due(0.001) for row in due.rows if row[0] == CHORD]


def test_a_subscriber_that_is_never_told_keeps_the_newest() -> None:
    subscribers = Subscribers(lambda name: 0)
    subscribers.subscribe(("h", 1), ("h", 2), subscribe(CHORD), 0.0)
    for beat in range(1000):
        subscribers.happened(CHORD, ("D", 2, "major", float(beat)))
    rows = [row for due in subscribers.due(0.001) for row in due.rows if row[0] == CHORD]
    assert len(rows) == NEWS and rows[-1][1][-1] == 999.0


def test_the_list_says_what_is_told() -> None:
    rows = {row[0]: row for row in listing()}
    assert set(EVENTS) <= set(rows) and rows[CHORD][3] == "sisf"
    asked = understand(OscCall("/lilt/get", (CHORD,)), lambda word, words: "")
    assert type(asked[0]).__name__ == "Fault", "it is no value"
