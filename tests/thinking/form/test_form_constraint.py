"""The law of a measure: exact along every path, whatever way of drawing, and the same after going back."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.plan import PlannedBar
from instrument.music.tokens.bars import read_tune
from instrument.thinking.form import weights
from instrument.thinking.form.copies import KINDS, PLANNED, Copies, sources_of, stepped
from instrument.thinking.form.weights import CopyWeights
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Planner, WriteRequest, header
from instrument.thinking.tree.rejection import rejecting
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.step_batching import run
from instrument.thinking.tune.loader import WriterFactory
from instrument.thinking.tune.tune_writer import TuneWriter
from tests.fakes.band import tiny_mind
from tests.fakes.thorough import share

SEARCHES = (Search(), Search(2), Search(3, 4, joint=0.8), Search(2, 6, temperature=0.7), Search(3, 12, "beam"),
            Search(2, 5, temperature=1.3, joint=1.5))  # fmt: skip


@pytest.fixture(scope="module")
def memory() -> ModelMemory:
    return tiny_mind(2)


def half_written(memory: ModelMemory, seed: int, bars: int, **changed: object) -> TuneWriter:
    snapshot = Snapshot().with_values([("tune.seed", seed), ("tune.meter", "6/8")])
    tune_writer = WriterFactory(memory)(WriteRequest(snapshot, 0, header(snapshot)))
    for _ in range(bars):
        tune_writer.compose_measure()
    tune_writer.settings = replace(tune_writer.settings, **changed)  # type: ignore[arg-type]
    return tune_writer


@pytest.mark.parametrize("search", SEARCHES, ids=str)
@pytest.mark.parametrize("bars", [0, 4, 9])
def test_leaves_sum_to_one_and_obey(memory: ModelMemory, search: Search, bars: int) -> None:
    tune_writer = half_written(memory, 5, bars)
    constraint = tune_writer.constraint()
    state = constraint.enter(*tune_writer.within())
    leaves = memory.tree.expand(memory.node(tune_writer.tokens), search, constraint, state)
    assert leaves.probabilities.sum() == pytest.approx(1)
    if search.beta == 0 and search.temperature == 1:
        assert leaves.mass == pytest.approx(1), "all branches are the whole distribution"
    for leaf in random.Random(1).sample(range(len(leaves)), min(40, len(leaves))):
        here = state
        for token in leaves.path(leaf):
            assert constraint.masks(np.array([here], np.int32))[0, token]
            here = constraint.follow(here, token) if token != memory.vocabulary.stop else here


def test_a_tree_and_its_rejection_are_one_law(memory: ModelMemory) -> None:
    """What a tree of all pairs weighs is how often plain drawing gives each pair, copies and idiom included."""
    tune_writer = half_written(memory, 9, 5)
    constraint = tune_writer.constraint()
    state, node = constraint.enter(*tune_writer.within()), memory.node(tune_writer.tokens)
    search = Search(2, 3)
    leaves = memory.tree.expand(node, search, constraint, state)
    chance = iter(np.random.default_rng(4).random(200_000).tolist())
    drawn = Counter(
        run(memory.store, rejecting(memory.tree, node, search, chance, constraint, state)).tokens for _ in range(4_000)
    )
    expected = {leaves.path(i): float(p) * 4_000 for i, p in enumerate(leaves.probabilities)}
    assert set(drawn) <= set(expected)
    often = {path: count for path, count in expected.items() if count >= 8}
    chi = sum((drawn[path] - count) ** 2 / count for path, count in often.items())
    assert chi < len(often) + 4 * (2 * len(often)) ** 0.5 + 6


@pytest.mark.long  # 5 seconds of CPU
def test_the_planned_copy_is_what_is_expected(memory: ModelMemory) -> None:
    """In a bar that the plan copies, what stood there is drawn nearly always, even from a
    network that knows nothing; with the control at 0 by chance alone."""
    for strength, least, most in ((1.0, 0.7, 1.0), (0.0, 0.0, 0.2)):
        hits = total = 0
        for seed in range(1, 1 + share(10, 24)):
            snapshot = Snapshot().with_values([("tune.seed", seed), ("tune.again", strength)])
            tune_writer = WriterFactory(memory)(WriteRequest(snapshot, 0, header(snapshot)))
            while not tune_writer.whole:
                tune_writer.compose_measure()
            measures = read_tune(tune_writer.texts[:-1]).measures
            for measure, bar in zip(measures, tune_writer.plan, strict=True):
                if bar.source >= 0 and bar.cells & 0xFF == 0xFF and not bar.step and not bar.lacks:
                    total += 1
                    hits += measure.notes == measures[bar.source].notes
        assert total > 15 and least <= hits / total <= most, (strength, hits, total)


def test_turning_back_gives_the_same_bars_and_the_same_plan(memory: ModelMemory) -> None:
    snapshot = Snapshot().with_values([("tune.seed", 11), ("tune.meter", "4/4")])

    def planner() -> Planner:
        return Planner(WriterFactory(memory), Arrangement({}), snapshot)

    first = planner()
    spans = [first.next_span() for _ in range(30)]
    assert all(span.form == spans[0].form for span in spans if span.tune == 0) and spans[0].form
    for at in (3, 12, 20):
        fresh = planner()
        fresh.rethink(Rethink(1, snapshot, spans[at].end, spans[at], snapshot))
        again = [replace(fresh.next_span(), plan=0) for _ in range(30 - at - 1)]
        assert [span.notes for span in again] == [span.notes for span in spans[at + 1 :]]
        assert again[0].form == spans[at + 1].form


def test_another_form_is_taken_up_from_what_stands(memory: ModelMemory) -> None:
    snapshot = Snapshot().with_values([("tune.seed", 3), ("form.repeats", "yes"), ("form.parts", 2)])
    plain = Planner(WriterFactory(memory), Arrangement({}), snapshot)
    spans = [plain.next_span() for _ in range(6)]
    turned = snapshot.with_value("form.parts", 4)
    plain.rethink(Rethink(1, turned, spans[-1].end, spans[-1], snapshot))
    after = plain.next_span()
    assert after.written[: len(spans[0].written)][:2] == spans[0].written[:2] and after.tune == 0
    assert max(bar.part for bar in after.form) == 3, "four parts from here on"
    standing = read_tune(spans[-1].written, strict=False).measures[: spans[-1].place.measure + 1]
    assert read_tune(after.written, strict=False).measures[: len(standing)] == standing


runs = st.lists(st.integers(0, 6), min_size=3, max_size=12)


@pytest.mark.long  # 4 seconds of CPU
@given(st.lists(runs, min_size=1, max_size=6), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_runs_follow_as_from_scratch(measures: list[list[int]], seed: int) -> None:
    """However a path is split, the runs behind it are the same; a run is how many tokens have come true in a row."""
    memory = tiny_mind(1)
    tune_writer = half_written(memory, 1 + seed % 50, len(measures))
    constraint = tune_writer.constraint()
    assert constraint.copies is not None
    state = constraint.enter(*tune_writer.within())
    generator, path = np.random.default_rng(seed), list[int]()
    for _ in range(6):
        mask = constraint.masks(np.array([state], np.int32))[0]
        token = int(generator.choice(np.flatnonzero(mask)))
        if token == memory.vocabulary.stop:
            break
        path.append(token)
        state = constraint.follow(state, token)
        guard, at = tune_writer.within()
        assert state == constraint.enter(guard, (*at, *path)), "the same path is the same state"
        if memory.tree.ends[token]:
            break


def test_a_source_is_named_by_where_it_stands() -> None:
    said = [(1, 2, 9), (3, 4, 9), (1, 2, 9), (3, 5, 9), (1, 2, 9)]
    places = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 1)]
    sources = sources_of(said, places, 1, 2)
    assert [KINDS[source.kind] for source in sources] == ["other", "part before", "other", "2", "1"]
    assert [source.run for source in sources] == [0, 2, 0, 2, 0], "what stood before bar 2 stands before this one too"


def test_a_step_moves_letters_and_stops_at_the_edge() -> None:
    vocabulary = tiny_mind().vocabulary
    assert vocabulary.decode(stepped(vocabulary, vocabulary.encode(["B", "2", "^c", "|"]), 1)) == ["c", "2", "^d", "|"]
    assert stepped(vocabulary, vocabulary.encode(["c'", "c'"]), 24) == []


def test_only_the_cells_that_the_plan_copies_are_foretold() -> None:
    memory = tiny_mind()
    guard = half_written(memory, 4, 0).guard
    start = guard.resume()
    numbers = memory.vocabulary.encode(["C", "D", "E", "F", "G", "A", "|"])
    flat = CopyWeights(np.full((3, len(KINDS), 16), -30.0), np.zeros((3, len(KINDS), 17)))
    flat.runs[:, PLANNED] = 5.0
    sources = sources_of([tuple(numbers)], [(0, 1)], 0, 2)
    copies = Copies(guard, start, sources, flat, PlannedBar(source=0, cells=0b111), 1.0)
    state, foretold = start, []
    for token in numbers:
        share = copies.said(state, copies.runs, guard.allowed(state))
        foretold.append(share is not None and share[token] > 0.5)
        state = guard.follow(state, token)
    assert foretold == [True, True, True, False, False, False, False]


def test_the_shipped_weights_trust_longer_runs_and_the_plan_most() -> None:
    table = weights.shipped().runs
    assert table.shape[0] == 3 and table.shape[1] == len(KINDS)
    free, copy = table[0], table[2]
    assert (free[1:PLANNED, 4] > free[1:PLANNED, 0]).all()
    assert copy[PLANNED].min() > 2 and copy[PLANNED].min() > np.delete(copy, PLANNED, 0).max()
