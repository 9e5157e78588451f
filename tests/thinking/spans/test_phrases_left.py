"""Phrases that are left to the performer, while controls are turned that write the tune anew."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.music.events import Span
from instrument.thinking.heard.heard_planner import HeardPlanner
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.phrase_by_phrase import PhrasePlanner
from tests.fakes.stand_in_writer import StandInWriter
from tests.fakes.thorough import share

TURNED = (
    ("tune.seed", 3), ("tune.seed", 11), ("tune.meter", "6/8"), ("tune.meter", "4/4"), ("tune.guard", False),
    ("practice.phrase", 1), ("practice.phrase", 4), ("practice.phrase", 8), ("practice.phrase", 0), ("form.parts", 1),
    ("form.parts", 3), ("tune.temperature", 0.4), ("set.times", 3), ("set.then", "next"), ("tune.aabb", False),
    ("tune.stay", True),
)  # fmt: skip
ANY = tuple(CONTROLS.values())


def turned(snapshot: Snapshot, chance: Random) -> Snapshot:
    """Some controls turned: those that write the tune anew, or any; keys held; another tune."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        control = chance.choice(ANY)
        change = chance.choice(TURNED) if chance.random() < 0.5 else (control.name, control.from_fader(chance.random()))
        snapshot = snapshot.with_values([change])
    if chance.random() < 0.1:
        snapshot = replace(snapshot, held=tuple(sorted(chance.sample(range(55, 80), chance.randrange(4)))))
    return snapshot.with_new_tune() if chance.random() < 0.15 else snapshot


@pytest.mark.parametrize("seed", range(share(40, 4000)))
def test_whatever_is_turned_bars_join_and_the_planner_goes_on(seed: int) -> None:
    chance = Random(seed)
    snapshot = Snapshot().with_values([("tune.seed", 1 + seed), ("practice.phrase", chance.choice((1, 2, 4)))])
    plan = HeardPlanner(StandInWriter, Arrangement({}, "none"), snapshot)
    spans: list[Span] = [plan.next_span() for _ in range(chance.randrange(1, 12))]
    for number in range(2, 18):
        later, kept = turned(snapshot, chance), chance.choice((len(spans), 6))
        spans = spans[: max(1, len(spans) - chance.randrange(kept))]
        plan.rethink(Rethink(number, later, spans[-1].end, spans[-1], snapshot, chance.random() < 0.3))
        snapshot = later
        spans += [plan.next_span() for _ in range(chance.randrange(1, 14))]
        assert all(one.end == following.start for one, following in pairwise(spans))


def test_a_phrase_of_a_tune_that_is_written_anew_and_shorter_is_given_up() -> None:
    snapshot = Snapshot().with_values([("tune.seed", 5), ("practice.phrase", 2)])
    plan = PhrasePlanner(StandInWriter, Arrangement({}, "none"), snapshot)
    spans = [plan.next_span() for _ in range(2)]
    assert plan.phrase.played == 2
    far = replace(plan.phrase.top, measure=500)
    plan.phrase = replace(plan.phrase, top=far)
    following = plan.next_span()
    assert following.start == spans[-1].end and not following.phrase.silent


def test_behind_a_phrase_that_was_left_whole_the_next_is_left_from_its_own_top() -> None:
    """Thought again at the end of what was left, with another tune called for before the next phrase is over."""
    snapshot = Snapshot().with_values([("tune.seed", 5), ("practice.phrase", 2)])
    plan = PhrasePlanner(StandInWriter, Arrangement({}, "none"), snapshot)
    spans = [plan.next_span() for _ in range(8)]
    last = next(i for i, span in enumerate(spans) if span.phrase.silent == span.phrase.played == 2)
    plan.rethink(Rethink(2, snapshot, spans[last].end, spans[last], snapshot))
    again = [plan.next_span()]
    assert again[0].phrase.played == 1 and not again[0].phrase.silent
    plan._begin(1, 1)  # as the leader's call does, at a part's end
    again += [plan.next_span() for _ in range(4)]
    played, left = [s for s in again[1:] if not s.phrase.silent], [s for s in again[1:] if s.phrase.silent]
    assert [s.place for s in left] == [s.place for s in played][: len(left)] and left and left[0].tune == 1
