"""Loops, in virtual time: the notes of their bars, changes that wait, and what cannot be looped."""

from typing import Any

import pytest

from tests.fakes.back_evening import TURNS, Evening, as_if, joins, runs, sounding, tune_of, untouched
from tests.fakes.quartet import tiny_choir
from tests.fakes.thorough import every


def test_a_loop_plays_the_notes_of_its_bars_and_then_goes_on() -> None:
    evening = Evening()
    evening.bars(2)
    evening.change(("loop.from", 3), ("loop.to", 6), ("loop.on", True))
    evening.bars(13)
    assert [span.bar for span in evening.spans] == [0, 1, *[2, 3, 4, 5] * 3, 2]
    once = [tune_of([span]) for span in untouched()[2:6]]
    assert [tune_of([span]) for span in evening.spans[2:14]] == once * 3
    evening.change(("loop.on", False))
    evening.bars(20)
    joins(evening.spans)
    assert [span.bar for span in evening.spans[14:20]] == [2, 3, 4, 5, 6, 7]
    behind = [tune_of([span]) for span in evening.spans[18:30]]
    assert behind == [tune_of([span]) for span in untouched()[6:18]]


def test_bars_that_are_over_are_gone_back_to() -> None:
    evening = Evening()
    evening.bars(12)
    evening.change(("loop.from", 2), ("loop.to", 3), ("loop.on", True))
    evening.bars(6)
    assert [span.bar for span in evening.spans[12:]] == [1, 2] * 3
    evening.change(("loop.from", 5), ("loop.to", 5))
    evening.bars(6)
    assert [span.bar for span in evening.spans[18:]] in ([1, 2, 3, 4, 4, 4], [3, 4, 4, 4, 4, 4])


def test_a_loop_by_one_tap_each() -> None:
    evening = Evening()
    evening.bars(3)
    evening.act("loop.begin")
    first = evening.snapshot.values["loop.from"]
    evening.bars(3)
    evening.act("loop.end")
    last = evening.snapshot.values["loop.to"]
    assert isinstance(first, int) and isinstance(last, int) and last == first + 3
    evening.change(("loop.on", True))
    evening.bars(12)
    joins(evening.spans)
    bars = [span.bar + 1 for span in evening.spans][-8:]
    assert set(bars) == set(range(first, last + 1))


@pytest.mark.parametrize("name, value", every(2, TURNS))
def test_in_a_loop_changes_wait_until_it_is_off(name: str, value: Any) -> None:
    evening = Evening()
    evening.bars(2)
    evening.change(("loop.from", 1), ("loop.to", 2), ("loop.on", True))
    evening.bars(3)
    evening.change((name, value))
    if name == "tune.seed":
        assert evening.snapshot.values["loop.on"] is False, "another tune is no bar of the loop"
        evening.bars(3)
        assert (evening.spans[-1].tune, evening.spans[-1].bar) == (0, 2)
        return
    evening.bars(4)
    assert [tune_of([span]) for span in evening.spans[2:8:2]] == [tune_of([evening.spans[0]])] * 3
    evening.change(("loop.on", False))
    evening.bars(20)
    joins(evening.spans)
    assert evening.player.snapshot.values[name] == value


@pytest.mark.long  # 6 seconds of CPU
@pytest.mark.parametrize("bars", [3, 9])
def test_voices_behind_a_loop_are_what_they_would_be_composed_anew(bars: int) -> None:
    planned, composed = (Evening(choir=tiny_choir()) for _ in range(2))
    for evening in (planned, composed):
        evening.bars(bars)
        evening.change(("loop.from", 2), ("loop.to", 3), ("loop.on", True))
        evening.bars(4)
    for value in (0.3, 1.0):  # what is turned in it has it composed anew
        composed.change(("tune.temperature", value))
    before = planned.laid, composed.laid
    for evening in (planned, composed):
        evening.change(("loop.on", False))
    assert planned.laid > before[0] and composed.laid == before[1]
    for evening in (planned, composed):
        evening.bars(8)
        joins(evening.spans)
    assert sounding(planned.spans) == sounding(composed.spans)
    assert {note.voice for note in sounding(planned.spans)} >= {"melody", "alto", "tenor", "bass"}


def test_undoing_a_loop_is_as_if_there_had_been_none() -> None:
    turned = Evening()
    turned.bars(4)
    turned.change(("loop.from", 1), ("loop.to", 3), ("loop.on", True))
    turned.bars(9)
    turned.act("undo")
    back = turned.buffer.committed
    turned.bars(20)
    joins(turned.spans)
    as_if(turned.spans, untouched(), back)


@pytest.mark.parametrize("changes, line", [
    ([("loop.from", 9)], "a loop from bar 9 to bar 8 ends before it begins; set both together, or loop.to first"),
    ([("loop.from", 4), ("loop.to", 2), ("loop.on", True)],
     "a loop from bar 4 to bar 2 ends before it begins; set both together, or loop.to first"),
    ([("loop.to", 999)], "the tune has {bars} bars, and no bar 999 for a loop to end with"),
    ([("loop.from", 500), ("loop.to", 500)], "the tune has {bars} bars, and no bar 500 for a loop to end with"),
])  # fmt: skip
def test_a_loop_that_cannot_be_is_one_line_and_nothing_else(changes: list[tuple[str, Any]], line: str) -> None:
    evening = Evening()
    evening.bars(5)
    bars = evening.back.tunes.bars()
    before = evening.snapshot
    evening.change(*changes)
    assert evening.said == [line.format(bars=bars)]
    assert evening.snapshot == before
    evening.bars(40)
    assert sounding(evening.spans) == sounding(untouched()[:45])
    assert len(runs(untouched())[0]) == bars, "that is how many bars it has"
