"""Joints of the look-ahead buffer: openings, ends of sets, leaps, bars that are held on to."""

from __future__ import annotations

from dataclasses import replace

from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Branch, Span
from instrument.playing.schedule.lookahead import LEAP, LookAhead, leap
from instrument.playing.schedule.packed_bar import moved
from tests.fakes.band import BAR, bar_of

CHORD = PlacedChord(BAR // 2, BAR // 4, Chord(7), source="written")


def full(number: int, **other: object) -> Span:
    """Bar `number`, pitch 60 + number, with all that a bar may carry."""
    start = number * BAR
    return replace(
        bar_of(60 + number, start=start), chords=(replace(CHORD, begins=start + BAR // 2),),
        ornaments=((start, "~"),), branches=(Branch(start, 2, ()),), **other,
    )  # fmt: skip


def planned(*bars: Span) -> LookAhead:
    buffer = LookAhead()
    for bar in bars:
        assert buffer.put(bar)
    return buffer


def ended(number: int, first: int = 0) -> Span:
    """The last bar of a set, whose first tune is number `first`."""
    bar = bar_of(60 + number, start=number * BAR)
    return replace(bar, of_set=replace(bar.of_set, over=True, first=first))


def test_the_span_at_a_tick_is_announced_or_planned() -> None:
    buffer = planned(*map(full, range(4)))
    list(buffer.commit(BAR))
    found = [buffer.at(tick) for tick in (-1, 0, BAR - 1, BAR, 2 * BAR, 4 * BAR - 1, 4 * BAR)]
    assert [span and span.start // BAR for span in found] == [None, 0, 0, 1, 2, 3, None]


def test_what_is_cut_ends_behind_the_tick() -> None:
    buffer = planned(*map(full, range(4)))
    buffer.cut(3 * BAR - 1)
    assert [span.start // BAR for span in buffer.ahead] == [0, 1]
    buffer.cut(2 * BAR)
    assert buffer.end == 2 * BAR


def test_moved_everything_in_it_moves() -> None:
    there = moved(full(1), BAR)
    assert (there.start, there.end, there.notes[0].start) == (2 * BAR, 3 * BAR, 2 * BAR)
    assert there.chords == (replace(CHORD, begins=2 * BAR + BAR // 2),) and there.ornaments == ((2 * BAR, "~"),)


def test_where_a_set_is_over_nothing_comes_until_it_is_released() -> None:
    buffer = planned(full(0), ended(1), full(2))
    assert len(list(buffer.commit(BAR))) == 2 and buffer.rests
    assert list(buffer.commit(9 * BAR)) == []
    buffer.release()
    assert not buffer.rests
    assert [span.start // BAR for span in buffer.commit(2 * BAR)] == [2]


def test_a_release_does_not_bring_back_what_was_passed_over() -> None:
    buffer = planned(*map(full, range(6)))
    list(buffer.commit(0))
    buffer.locate(4 * BAR)
    buffer.release()
    assert [span.start // BAR for span in buffer.commit(4 * BAR)] == [4]


def test_behind_the_end_of_a_set_stays_what_is_of_another() -> None:
    another = replace(full(1), tune=3, of_set=replace(full(1).of_set, first=3))
    for first, left in ((0, [0, 1]), (3, [0]), (4, [0])):
        buffer = planned(full(0), another)
        assert buffer.put(ended(0, first))
        assert [span.start // BAR for span in buffer.ahead] == left


def test_a_repeat_goes_on_with_the_end_of_the_set_that_comes() -> None:
    buffer = planned(full(0), replace(ended(1), source="silent"))
    repeated = list(buffer.commit(2 * BAR))[2]
    assert repeated.source == "repeated" and repeated.of_set.over
    again = planned(full(0), full(1))
    assert not list(again.commit(2 * BAR))[2].of_set.over


def opening(*numbers: int, lacking: int = 0) -> tuple[Span, ...]:
    return tuple(full(number, source="opening", lacking=lacking) for number in numbers)


def test_while_nothing_but_openings_was_played_another_opening_follows() -> None:
    buffer = planned(*opening(0))
    buffer.further.append(opening(0, 1))
    found = list(buffer.commit(2 * BAR))
    assert [(span.source, span.start // BAR, span.notes[0].start // BAR) for span in found] == [
        ("opening", 0, 0), ("opening", 1, 1), ("opening", 2, 2)
    ]  # fmt: skip
    assert not buffer.further
    assert next(buffer.commit(3 * BAR)).source == "repeated"


def test_an_opening_waits_for_the_bar_line_that_the_last_one_lacks() -> None:
    buffer = planned(*opening(0, lacking=BAR // 4))
    buffer.further.append(opening(0, 1))
    first, second = list(buffer.commit(2 * BAR + BAR // 4))[1:]
    assert (first.start, first.notes[0].start) == (BAR, BAR + BAR // 4)
    assert (first.end, second.start) == (2 * BAR + BAR // 4,) * 2


def test_once_something_was_composed_no_opening_follows() -> None:
    buffer = planned(full(0))
    buffer.further.append(opening(0))
    assert [span.source for span in buffer.commit(BAR)] == ["composed", "repeated"] and buffer.further


def test_bars_are_held_on_to_in_place_of_what_was_planned() -> None:
    buffer = planned(*map(full, range(4)))
    list(buffer.commit(BAR))
    buffer.hold_on(3)
    assert [(span.source, span.notes[0].pitch) for span in buffer.ahead] == [("repeated", n) for n in (60, 61, 60)]
    assert buffer.end == 5 * BAR
    assert [span.notes[0].pitch for span in buffer.commit(6 * BAR)][-2:] == [61, 60], "and on from there"
    nothing = planned(full(0))
    nothing.hold_on(2)
    assert nothing.ahead == ()


def test_far_beyond_the_plan_one_silent_span_leads_to_the_same_bar_of_the_part() -> None:
    buffer = planned(*map(full, range(3)))
    list(buffer.commit(2 * BAR))
    far = 3 * BAR + 3 * LEAP + BAR
    buffer.locate(far)
    found = list(buffer.commit(far + 8 * BAR))
    over = [span for span in buffer.past.newest_first() if leap(span)]
    assert len(over) == 1
    (bridge,) = over
    assert (bridge.source, bridge.notes, bridge.chords, bridge.branches) == ("repeated", (), (), ())
    assert bridge.start == 3 * BAR and bridge.end - bridge.start == 3 * LEAP // (3 * BAR) * 3 * BAR
    assert found[0].start == far, "whole bars, in turn"


def test_a_leap_is_as_long_as_the_longest_or_longer() -> None:
    for length, whether in ((LEAP - 1, False), (LEAP, True)):
        assert leap(replace(full(5), start=5 * BAR, end=5 * BAR + length)) is whether
