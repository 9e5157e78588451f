"""Cost of the constraints: plans, idiom and copies for a token, in shares of one step of the network.

The tokens of whole tunes are gone through once more with the states of the network at hand: each measure's law is made,
and asked at every token as in plain drawing. Only that is timed; beside it, in turn, single steps of the node store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from instrument.controls.snapshot import Snapshot
from instrument.music.measure import Measure
from instrument.playing.time.clock import SystemClock
from instrument.thinking.spans.planner import WriteRequest, header
from instrument.thinking.tree.tree import conditionals, opinions
from instrument.thinking.tune.loader import WriterFactory, load_memory
from instrument.thinking.tune.tune_writer import TuneWriter

TUNES = 12


def bench_law(seconds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Figures `law.*`: a token with constraints and with the bar guard alone in microseconds, a step, and their ratio.
    seconds: is not needed."""
    memory = load_memory()
    clock, writers, other = SystemClock(), WriterFactory(memory), WriterFactory(memory)
    constrained, plain, steps = list[float](), list[float](), list[float]()
    for tune in range(TUNES + 2):  # the first two warm tables and caches
        snapshot = Snapshot().with_values([("tune.seed", 77 + tune), ("tune.meter", ("4/4", "6/8")[tune % 2])])
        tune_writer = writers(WriteRequest(snapshot, 0, header(snapshot)))
        while not tune_writer.whole:
            tune_writer.compose_measure()
        bare = other(
            WriteRequest(snapshot.with_values([("tune.again", 0), ("tune.square", 0)]), 0, tune_writer.texts[:-1])
        )
        tokens = list(tune_writer.tokens)
        for times, own in ((constrained, tune_writer), (plain, bare)):
            measures = own.measures()
            _asked(own, tokens, measures, clock)  # the guard's rows are filled
            if tune >= 2:
                times.append(_asked(own, tokens, measures, clock))
        node = memory.node(tune_writer.tokens[:20])
        for token in range(5, 25):
            began = clock.now()
            memory.store.step(node, token)
            steps.append(clock.now() - began)
    step = float(np.median(steps))
    constraint, guard = float(np.median(constrained)), float(np.median(plain))
    say(f"constraints take {1e6 * (constraint - guard):.0f} us a token beside the guard, a step {1e3 * step:.2f} ms")
    return {"law.token_us": 1e6 * constraint, "law.guard_us": 1e6 * guard, "law.step_ms": 1e3 * step,
            "law.over_step": (constraint - guard) / step}  # fmt: skip


def _asked(tune_writer: TuneWriter, tokens: list[int], measures: Sequence[Measure], clock: SystemClock) -> float:
    """Seconds a token of asking the constraints along a tune, measure by measure."""
    logs = tune_writer.memory.store.logs[:1]
    spent = 0.0
    for measure in measures:
        tune_writer.cut(measure.first)
        tune_writer.tokens = tokens[: measure.first]
        began = clock.now()
        constraint = tune_writer.constraint()
        state = constraint.enter(*tune_writer.within())
        for token in tokens[measure.first : measure.last]:
            here = np.array([state], np.int32)
            conditionals(logs, 1.0, constraint.masks(here), *opinions(constraint, here))
            state = constraint.follow(state, token)
        spent += clock.now() - began
    tune_writer.tokens = tokens
    return spent / max(1, len(tokens) - 2)
