"""Sets as they are planned with a tiny model: to the end, by times through, by tune."""

from __future__ import annotations

import itertools

from instrument.controls.control import Value
from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.measure import Measure
from instrument.music.tokens.bars import read_tune
from instrument.thinking.spans.planner import Planner
from tests.fakes.band import planner, tiny_mind

MIND = tiny_mind()


def controls(seed: int = 3, **turned: Value) -> Snapshot:
    """set_times=3 is set.times."""
    return Snapshot().with_values([("tune.seed", seed), *((n.replace("_", ".", 1), v) for n, v in turned.items())])


def plan_of(snapshot: Snapshot) -> Planner:
    plan = planner(snapshot, MIND)
    plan.rethink(Rethink(1, snapshot, 0, None, snapshot))
    return plan


def to_the_end(plan: Planner, most: int = 3000) -> list[Span]:
    found: list[Span] = []
    for _ in range(most):
        found.append(plan.next_span())
        if found[-1].of_set.over:
            return found
    raise AssertionError(f"no end in {most} measures")


def by_time(spans: list[Span]) -> list[list[Span]]:
    """The spans of each time through, in order."""
    return [list(group) for _, group in itertools.groupby(spans, lambda span: (span.tune, span.of_set.time))]


def tune_of(spans: list[Span]) -> list[tuple[int, int, int]]:
    """The melody, from the first bar line on."""
    return [(n.start - spans[0].start, n.duration, n.pitch) for span in spans for n in span.notes]


def base_of(span: Span) -> tuple[str, ...]:
    return body(span.of_set.base or span.written)


def body(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in texts if text != "</s>")


def measures(texts: tuple[str, ...]) -> tuple[Measure, ...]:
    return read_tune(body(texts)).measures


def sounding(measure: Measure) -> list[tuple[int, int, int]]:
    return [(n.start, n.duration, n.pitch) for n in measure.notes]
