"""The look-ahead buffer by itself: spans that join, announced once, replaced only beyond, repeated where none are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.music.events import Branch, Span
from instrument.playing.schedule import past
from instrument.playing.schedule.lookahead import PATIENCE, LookAhead, bars_ahead
from tests.fakes.band import BAR, bar_of


def planned(number: int, first: int = 0, plan: int = 0, limit: int | None = None) -> LookAhead:
    """Bar n (from 0) is the pitch 60 + n."""
    buffer = LookAhead(limit)
    for n in range(first, first + number):
        assert buffer.put(bar_of(60 + n, start=n * BAR, plan=plan))
    return buffer


def pitches(spans: object) -> list[int]:
    return [span.notes[0].pitch for span in spans]  # type: ignore[attr-defined]


def test_an_empty_buffer_has_nothing() -> None:
    buffer = LookAhead()
    assert (buffer.committed, buffer.end, buffer.last, buffer.last_committed, buffer.announced) == (0, 0, None, None, 0)
    assert buffer.ahead == () and buffer.plans() == set() and buffer.limit is None
    assert list(buffer.commit(10 * BAR)) == [] and list(buffer.since(0)) == []


def test_spans_are_announced_until_the_tick_is_covered() -> None:
    buffer = planned(4)
    assert (buffer.end, buffer.last, buffer.last_committed) == (4 * BAR, buffer.ahead[-1], None)
    assert pitches(buffer.commit(0)) == [60]
    assert pitches(buffer.commit(BAR - 1)) == []
    assert pitches(buffer.commit(BAR)) == [61], "a tick on a joint belongs to the span that begins there"
    assert (buffer.committed, buffer.announced, buffer.end) == (2 * BAR, 2, 4 * BAR)
    assert buffer.last_committed == bar_of(61, start=BAR) and pitches(buffer.ahead) == [62, 63]
    assert buffer.last == bar_of(63, start=3 * BAR)
    assert pitches(buffer.commit(3 * BAR)) == [62, 63]
    assert (buffer.last, buffer.end) == (buffer.last_committed, 4 * BAR)
    assert pitches(buffer.since(2 * BAR)) == [62, 63]
    assert pitches(buffer.since(2 * BAR - 1)) == [61, 62, 63]


@pytest.mark.parametrize(
    ("span", "taken"),
    [
        (bar_of(70, start=2 * BAR), True),  # where the plan ends
        (bar_of(70, start=BAR), True),  # where what is announced ends
        (bar_of(70, start=0), False),  # it would move what is announced
        (bar_of(70, start=BAR + 1), False),  # no joint
        (bar_of(70, start=3 * BAR), False),  # a gap
        (replace(bar_of(70, start=BAR), end=BAR), False),
        (replace(bar_of(70, start=BAR), end=BAR - 1), False),
        (replace(bar_of(70, start=BAR), end=BAR + 1), True),
    ],
)
def test_a_span_is_taken_at_a_joint_beyond_what_is_announced(span: Span, taken: bool) -> None:
    buffer = planned(2)
    assert pitches(buffer.commit(0)) == [60]
    ahead = buffer.ahead
    assert buffer.put(span) is taken
    assert (span in buffer.ahead) is taken
    if not taken:
        assert buffer.ahead == ahead


def test_a_newer_span_replaces_and_keeps_what_joins_behind() -> None:
    buffer = planned(4)
    assert buffer.put(bar_of(80, start=BAR, plan=1))
    assert pitches(buffer.ahead) == [60, 80, 62, 63]
    assert buffer.plans() == {0, 1}
    assert buffer.put(replace(bar_of(81, start=2 * BAR, plan=2), end=2 * BAR + BAR // 2))
    assert pitches(buffer.ahead) == [60, 80, 81], "what does not join is dropped"
    longer = planned(4)
    assert longer.put(replace(bar_of(82, start=BAR), end=3 * BAR))
    assert pitches(longer.ahead) == [60, 82, 63]
    list(longer.commit(0))
    longer.put(bar_of(83, start=4 * BAR, plan=7))
    assert longer.plans() == {0, 7}


def test_what_lacks_is_repeated_from_the_last_eight_bars() -> None:
    buffer = planned(10)
    assert pitches(buffer.commit(9 * BAR)) == list(range(60, 70))
    again = list(buffer.commit(20 * BAR))
    assert pitches(again) == [62, 63, 64, 65, 66, 67, 68, 69, 62, 63, 64]
    assert [(span.start, span.end, span.source) for span in again] == [
        (n * BAR, (n + 1) * BAR, "repeated") for n in range(10, 21)
    ]
    assert [span.notes[0].start for span in again] == [n * BAR for n in range(10, 21)]
    assert buffer.announced == 21
    buffer.put(bar_of(90, start=21 * BAR))
    assert pitches(buffer.commit(22 * BAR)) == [90, 63], "it begins with the oldest of the last part again"


def test_a_tune_that_has_just_begun_is_repeated_and_not_the_one_before() -> None:
    buffer = planned(6)
    for n in (6, 7):
        assert buffer.put(replace(bar_of(60 + n, start=n * BAR), tune=1, bar=n - 6))
    list(buffer.commit(7 * BAR))
    assert pitches(buffer.commit(12 * BAR)) == [66, 67, 66, 67, 66]


def test_a_repeated_bar_has_no_branches_of_its_own_and_all_its_notes_move() -> None:
    buffer = LookAhead()
    bar = replace(bar_of(60, 64), branches=(Branch(0, 2, ()),))
    buffer.put(bar)
    again = list(buffer.commit(BAR))[1]
    assert again.branches == () and again.written == bar.written
    assert [(note.start, note.end, note.pitch) for note in again.notes] == [
        (BAR, BAR + BAR // 2, 60), (BAR + BAR // 2, 2 * BAR, 64)
    ]  # fmt: skip


def test_where_all_that_is_remembered_was_repeated_the_last_bar_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "KEPT", 4)
    buffer = planned(5)
    assert pitches(buffer.commit(10 * BAR)) == [60, 61, 62, 63, 64, 61, 63, 63, 64, 64, 64]


def test_no_more_spans_are_announced_than_the_limit() -> None:
    buffer = planned(1, limit=3)
    assert len(list(buffer.commit(10 * BAR))) == 3
    assert list(buffer.commit(20 * BAR)) == [] and buffer.announced == 3


def test_what_fills_in_is_asked_for_each_bar_that_lacks() -> None:
    buffer, asked = planned(1), list[tuple[int, Span | None]]()

    def fill(start: int, last: Span | None) -> Span | None:
        asked.append((start, last))
        return replace(bar_of(40, start=start), source="silent") if start < 3 * BAR else None

    buffer.fill = fill
    found = list(buffer.commit(10 * BAR))
    assert pitches(found) == [60, 40, 40]
    assert [start for start, _ in asked] == [BAR, 2 * BAR, 3 * BAR]
    assert [last for _, last in asked] == found
    assert buffer.announced == 3, "silent bars that lack nothing are bars"


def test_where_all_was_filled_in_it_is_repeated_from_the_first() -> None:
    buffer = LookAhead()
    buffer.fill = lambda start, last: bar_of(40 + start // BAR, start=start)
    assert pitches(buffer.commit(BAR)) == [40, 41]
    buffer.fill = None
    assert pitches(buffer.commit(3 * BAR)) == [40, 41]


def test_the_shortest_span_is_announced() -> None:
    buffer = LookAhead()
    buffer.put(replace(bar_of(60), end=1))
    assert pitches(buffer.commit(0)) == [60]


def test_a_beat_of_silence_is_no_bar() -> None:
    buffer = LookAhead(limit=2)
    buffer.put(replace(bar_of(60), source="silent", lacking=3 * BAR // 4))
    buffer.put(replace(bar_of(61, start=BAR), lacking=3 * BAR // 4))  # a pick-up is one
    buffer.put(bar_of(62, start=2 * BAR))
    buffer.put(bar_of(63, start=3 * BAR))
    assert pitches(buffer.commit(0)) == [60] and buffer.announced == 0
    assert pitches(buffer.commit(BAR)) == [61] and buffer.announced == 1
    assert pitches(buffer.commit(3 * BAR)) == [62] and buffer.announced == 2


# moved


def test_back_within_what_is_remembered_the_same_bars_are_announced_again() -> None:
    buffer = planned(6)
    list(buffer.commit(4 * BAR))
    assert buffer.locate(2 * BAR)
    assert (buffer.committed, pitches(buffer.ahead)) == (2 * BAR, [62, 63, 64, 65])
    assert pitches(buffer.commit(3 * BAR)) == [62, 63]
    assert buffer.announced == 7


def test_into_the_middle_of_a_bar_that_bar_is_announced_again() -> None:
    buffer = planned(4)
    list(buffer.commit(3 * BAR))
    assert buffer.locate(2 * BAR + 5)
    assert pitches(buffer.commit(2 * BAR + 5)) == [62]


def test_further_on_what_lies_between_is_passed_over_unannounced() -> None:
    buffer = planned(6)
    list(buffer.commit(0))
    assert buffer.locate(3 * BAR)
    assert pitches(buffer.commit(3 * BAR)) == [63], "a bar that ends there has been passed over"
    assert buffer.announced == 2 and buffer.committed == 4 * BAR


def test_a_place_that_is_still_composed_is_waited_for_and_then_repeated() -> None:
    buffer = planned(2)
    list(buffer.commit(BAR))
    assert buffer.locate(8 * BAR)
    assert list(buffer.commit(8 * BAR)) == list(buffer.commit(8 * BAR + PATIENCE - 1)) == []
    assert buffer.committed == 2 * BAR
    late = list(buffer.commit(8 * BAR + PATIENCE))
    assert late and {span.source for span in late} == {"repeated"} and late[0].start == 8 * BAR
    assert late[0].notes[0].pitch == 60, "six bars on, two in turn"
    assert PATIENCE == 8 * BAR


def test_nothing_is_repeated_at_the_place_itself_before_it_was_composed() -> None:
    buffer = planned(2)
    list(buffer.commit(BAR))
    assert buffer.locate(2 * BAR)
    assert list(buffer.commit(2 * BAR)) == []
    buffer.put(bar_of(70, start=2 * BAR))
    assert pitches(buffer.commit(2 * BAR)) == [70]
    assert pitches(buffer.commit(3 * BAR)) == [60], "beyond it, it is repeated as ever"


def test_what_fills_in_does_not_wait() -> None:
    buffer = planned(1)
    list(buffer.commit(0))
    buffer.fill = lambda start, last: bar_of(40, start=start)
    assert buffer.locate(3 * BAR)
    assert pitches(buffer.commit(3 * BAR)) == [40]


def test_repeats_begin_anew_after_a_move() -> None:
    buffer = planned(3)
    list(buffer.commit(3 * BAR))  # the first repeat
    buffer.locate(0)
    buffer.drop()
    for n in range(2):
        buffer.put(bar_of(70 + n, start=n * BAR))
    assert pitches(buffer.commit(3 * BAR)) == [70, 71, 70, 71]


def test_older_than_all_that_is_remembered_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "KEPT", 2)
    buffer = planned(5)
    list(buffer.commit(3 * BAR))
    assert buffer.locate(2 * BAR), "the oldest that is remembered"
    list(buffer.commit(3 * BAR))
    assert not buffer.locate(2 * BAR - 1)
    assert (buffer.ahead, buffer.committed, list(buffer.since(0))) == ((), 0, [])


def test_the_top_is_never_too_old() -> None:
    buffer = LookAhead()
    assert buffer.locate(0)
    buffer.put(bar_of(60))
    assert buffer.ahead


# the rest


def test_dropped_is_what_is_not_announced() -> None:
    buffer = planned(3)
    list(buffer.commit(0))
    buffer.drop()
    assert (buffer.ahead, buffer.committed, buffer.end) == ((), BAR, BAR)


def test_what_the_performer_played_is_what_the_last_bar_was_written_as() -> None:
    buffer = planned(3)
    buffer.amend(("C",))
    list(buffer.commit(2 * BAR))
    buffer.amend(("M:4/4", "D"))
    assert [span.written for span in buffer.since(0)] == [bar_of(60).written] * 2 + [("M:4/4", "D")]
    assert buffer.last == replace(bar_of(62, start=2 * BAR), written=("M:4/4", "D"))


def test_bars_ahead_counts_the_one_under_way_in_part() -> None:
    bars = [bar_of(60, start=n * BAR) for n in range(3)]
    assert bars_ahead([], 0) == 0.0
    assert bars_ahead(bars, 0) == 3.0
    assert bars_ahead(bars, BAR // 4) == 2.75
    assert bars_ahead(bars, 2 * BAR) == 1.0
    assert bars_ahead(bars, 9 * BAR) == 0.0
    assert bars_ahead([replace(bars[0], end=0)], -5) == 0.0, "a span without length is none"
    assert bars_ahead([replace(bars[0], end=1, start=0)], 0) == 1.0
