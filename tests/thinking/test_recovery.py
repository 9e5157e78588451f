"""A fault in composing costs a tune, not the process: bars join, one line says it, and it is not tried for ever."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.measure import Measure
from instrument.thinking.heard.heard_planner import HeardPlanner
from instrument.thinking.recovery import Recovery
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.writer import WriteRequest
from instrument.thinking.thinker import NO_FAULTS, Thinker
from instrument.thinking.tree.step_batching import Interrupted
from instrument.thinking.tune.load_shedding import Pace
from instrument.thinking.voices.choir import Choir
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from tests.fakes.band import tiny_mind
from tests.fakes.stand_in_writer import StandInWriter

SNAPSHOT = Snapshot().with_values([("tune.seed", 5)])
FIRST = Rethink(1, SNAPSHOT, 0, None, SNAPSHOT)


class Failing(StandInWriter):
    """It fails at a measure of the first tune, or of every one, with the error that is given."""

    tunes, measure_at, error = (0,), 2, Exception

    def __init__(self, brief: WriteRequest) -> None:
        super().__init__(brief)
        self._of = brief.tune

    def measure(self, index: int) -> Measure | None:
        if index >= self.measure_at and (self._of in self.tunes or not self.tunes):
            raise self.error("no more")
        return super().measure(index)


def no_choir() -> Choir:
    raise AssertionError("no voices are asked for")


def recovering(**how: object) -> tuple[Recovery, SpansWithVoices]:
    writer = type("Writer", (Failing,), how)
    voiced = SpansWithVoices(HeardPlanner(writer, Arrangement({}, "none"), SNAPSHOT), no_choir, Arrangement({}, "none"))
    return Recovery(voiced, NO_FAULTS), voiced


def given(recovery: Recovery, bars: int) -> list[Span]:
    found = []
    for _ in range(bars):
        recovery.compose()
        found.append(recovery.give())
    return found


def test_the_bar_behind_a_fault_begins_a_new_tune_and_joins() -> None:
    recovery, voiced = recovering()
    recovery.rethink(FIRST)
    spans = given(recovery, 14)
    assert all(one.end == following.start for one, following in pairwise(spans))
    assert [span.tune for span in spans[:4]] == [0, 0, 1, 1] and spans[2].bar == 0
    assert {span.plan for span in spans} == {1}
    assert voiced.said.startswith("a fault in composing (Exception: no more, test_recovery.py:")
    assert " < planner.py:" in voiced.said, "who called it is told too"
    assert voiced.said.endswith("the next bar begins a new tune") and "\n" not in voiced.said


def test_a_request_that_cannot_be_met_begins_a_new_tune_where_it_asked() -> None:
    recovery, voiced = recovering(tunes=(9,))
    recovery.rethink(FIRST)
    last = given(recovery, 6)[-1]
    unread = replace(last, written=("M:4/4", "nonsense"))
    recovery.rethink(Rethink(2, SNAPSHOT, last.end, unread, SNAPSHOT))
    after = given(recovery, 4)
    assert after[0].start == last.end and (after[0].tune, after[0].bar) == (last.tune + 1, 0)
    assert {span.plan for span in after} == {2}
    assert voiced.said.startswith("a fault in composing (")


def test_where_every_tune_fails_it_is_raised_and_not_tried_for_ever() -> None:
    recovery, _ = recovering(tunes=(), measure_at=0)
    recovery.rethink(FIRST)
    with pytest.raises(Exception, match="no more"):
        given(recovery, 1)


@pytest.mark.parametrize("error", [Interrupted, EOFError, BrokenPipeError])
def test_what_is_broken_off_and_a_line_that_closes_are_no_faults(error: type[Exception]) -> None:
    recovery, voiced = recovering(error=error)
    recovery.rethink(FIRST)
    with pytest.raises(error):
        given(recovery, 8)
    assert not voiced.said


def test_the_thinker_says_it_and_goes_on() -> None:
    one = Thinker(tiny_mind(), Arrangement({}), lambda: 0.0, Pace(0.0, 0.0))
    one.hear(FIRST)
    one.hear(Extend(200_000, 0))
    write = one.planner.write
    failed: list[WriteRequest] = []

    def failing(brief: WriteRequest) -> object:
        if not failed:
            failed.append(brief)
            raise KeyError("a control")
        return write(brief)

    one.planner.write = failing  # type: ignore[assignment]
    said: list[object] = []
    while one.behind:
        said += one.work()
    spans = [each for each in said if isinstance(each, Span)]
    assert failed and spans[-1].end >= 200_000 and all(a.end == b.start for a, b in pairwise(spans))
    assert any("a fault in composing (KeyError: 'a control'" in str(each) for each in said)
