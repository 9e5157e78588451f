"""The thinker as a plain object: requests in; spans, readings, what was weighed out. Broken off, it loses nothing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from instrument.controls.control import Value
from instrument.controls.explanations import ThinkerFigures, Thought, WrittenTokens
from instrument.controls.requests import Extend, Rethink, RoundTrip
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.thinker import Thinker
from instrument.thinking.tree.step_batching import Interrupted
from instrument.thinking.tune.load_shedding import Pace
from tests.fakes.band import tiny_mind
from tests.fakes.thorough import share

BAR = 4 * QUARTER


def thinker(pace: Pace = Pace(0.0, 0.0)) -> Thinker:  # noqa: B008 - frozen
    return Thinker(tiny_mind(), Arrangement({}), lambda: 0.0, pace)


def snapshot(**turned: Value) -> Snapshot:
    return Snapshot().with_values([("tune.seed", 3), *((k.replace("_", "."), v) for k, v in turned.items())])


def first(asked: Snapshot) -> Rethink:
    return Rethink(1, asked, 0, None, asked)


def answers(one: Thinker, most: int = 500) -> list[object]:
    found: list[object] = []
    for _ in range(most):
        if not one.behind:
            return found
        found += one.work()
    raise AssertionError("it never catches up")


def spans(found: list[object]) -> list[Span]:
    return [each for each in found if isinstance(each, Span)]


def test_it_answers_as_far_as_it_is_asked_and_no_further() -> None:
    one = thinker()
    assert not one.busy and list(one.work()) == []
    one.hear(first(snapshot()))
    one.hear(Extend(6 * BAR, 0))
    found = spans(answers(one))
    assert found[0].start == 0 and 6 * BAR <= found[-1].end < 8 * BAR
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    assert {span.plan for span in found} == {1}


def test_while_it_waits_it_writes_on_so_that_more_is_there_when_asked() -> None:
    one = thinker()
    one.hear(first(snapshot()))
    one.hear(Extend(2 * BAR, 0))
    answers(one)
    before = len(one.planner.writer.measures())
    assert one.busy and all(isinstance(message, WrittenTokens) for message in one.work())
    assert len(one.planner.writer.measures()) == before + 1


def test_of_several_requests_the_newest_is_answered() -> None:
    one = thinker()
    one.hear(first(snapshot()))
    one.hear(Extend(4 * BAR, 0))
    old = spans(answers(one))
    for plan, beam in ((2, 1), (3, 4), (4, 2)):
        one.hear(Rethink(plan, snapshot(search_beam=beam), old[1].end, old[1], snapshot()))
    found = spans(answers(one))
    assert {span.plan for span in found} == {4} and found[0].start == old[1].end
    plain = thinker()
    plain.hear(Rethink(4, snapshot(search_beam=2), old[1].end, old[1], snapshot()))
    plain.hear(Extend(4 * BAR, 0))
    assert [s.notes for s in spans(answers(plain))] == [s.notes for s in found]


@pytest.mark.parametrize("at", range(1, 60, share(14, 3)))
def test_broken_off_anywhere_it_plays_what_it_would_have_played(at: int) -> None:
    """A request that comes in the middle of work ends that work; what is answered then is as if it had come first."""
    asked = snapshot(search_tuple=2, search_beam=3, search_joint=0.9)
    judge = thinker()
    judge.hear(first(asked))
    judge.hear(Extend(4 * BAR, 0))
    wanted = [span.notes for span in spans(answers(judge))]

    one, calls = thinker(), [0]

    def check() -> None:
        calls[0] += 1
        if calls[0] == at:
            one.hear(first(asked))
        if one.newer:
            raise Interrupted

    one.memory.check = check
    one.hear(first(snapshot(tune_temperature=0.5)))
    one.hear(Extend(4 * BAR, 0))
    found = spans(answers(one))
    if calls[0] >= at:
        again = [i for i, span in enumerate(found) if span.start == 0][-1]
        assert [span.notes for span in found[again:]] == wanted


def test_what_is_in_force_is_told_beside_what_is_wished() -> None:
    slow = thinker(Pace(0.2, 0.05))
    asked = snapshot(search_tuple=3, search_beam=16, search_joint=0.8)
    slow.hear(first(asked))
    slow.hear(Extend(3 * BAR, 0))
    told = [each for each in answers(slow) if isinstance(each, ThinkerFigures)]
    assert told[0].readings["search.in_force.beam"] == 4 and told[0].readings["search.in_force.tuple"] == 1
    assert "beam width lowered from 16 to 4" in told[0].line and "tuple length lowered from 3 to 1" in told[0].line
    assert [each.line for each in told[1:]] == [""] * (len(told) - 1), "said once"
    assert slow.planner.snapshot.number("search.beam") == 16

    quick = thinker()
    quick.hear(first(asked))
    quick.hear(Extend(3 * BAR, 0))
    told = [each for each in answers(quick) if isinstance(each, ThinkerFigures)]
    assert {(t.readings["search.in_force.beam"], t.readings["search.in_force.tuple"]) for t in told} == {(16, 3)}
    assert all(0 < float(t.readings["search.mass"]) < 1 for t in told), "a beam keeps a part"
    rows = [int(t.readings["search.computed"]) for t in told]
    assert rows == sorted(rows) and rows[0] > 0


def test_what_was_weighed_is_told_with_each_span() -> None:
    one = thinker()
    one.hear(first(snapshot()))
    one.hear(Extend(3 * BAR, 0))
    found = answers(one)
    for span, thought in zip(spans(found), [t for t in found if isinstance(t, Thought)], strict=True):
        assert (thought.start, thought.end, thought.plan) == (span.start, span.end, span.plan)
        assert thought.choices
        for choice in thought.choices:
            assert choice.token in span.written
            shares = [share for _, share in choice.likeliest]
            assert shares == sorted(shares, reverse=True) and sum(shares) <= 1.001
            assert choice.share <= shares[0] + 1e-4
            named = dict(choice.likeliest)
            assert named.get(choice.token, choice.share) == choice.share
    store = one.memory.store
    assert np.isfinite(store.logs[store.root]).all()


def test_a_lead_is_worth_less_by_the_way_to_the_player(monkeypatch: pytest.MonkeyPatch) -> None:
    leads: dict[float, list[float]] = {}
    for way in (0.0, 1.2):
        one = thinker()
        monkeypatch.setattr(one.shedding, "ahead", leads.setdefault(way, []).append)
        one.hear(RoundTrip(way))
        one.hear(first(snapshot(clock_bpm=120.0)))
        one.hear(Extend(4 * BAR, 0))
        answers(one)
    assert np.subtract(leads[0.0], leads[1.2]) == pytest.approx(0.6), "of two seconds a bar"
