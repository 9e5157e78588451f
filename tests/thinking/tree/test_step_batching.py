"""Growths side by side: as one batch, each as it would be alone, also where the store cannot hold what all ask for."""

from __future__ import annotations

import numpy as np
import pytest

from instrument.music.meter import Meter
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.tree.leaves import Leaves
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.step_batching import BatchedSteps, one, run, together
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tree.tree import Tree
from instrument.thinking.tune.candidates import write_phrase
from instrument.thinking.tune.tune_writer import TuneWriter
from tests.fakes.band import tiny_mind
from tests.fakes.slow_tree import planted, tiny

WIDE = Search(4, 2)  #: a tree of 2 + 4 + 8 nodes that are stepped


def path(tree: Tree, node: int, tokens: tuple[int, ...]) -> BatchedSteps[np.ndarray]:
    """What may follow these tokens."""
    for token in tokens:
        node = yield from one(node, token)
    return tree.store.logs[node].copy()


def grown_or_given_up(tree: Tree, node: int) -> BatchedSteps[Leaves | None]:
    try:
        return (yield from tree.growing(node, WIDE))
    except StoreFull:
        yield from one(node, 1)
        return None


def test_a_tree_gives_way_where_all_are_too_many_and_single_steps_go_on() -> None:
    tree, root = planted(tiny(), 34)
    starts = [tree.store.step(root, token) for token in range(4)]
    growths: list[BatchedSteps[object]] = [grown_or_given_up(tree, node) for node in starts[:3]]
    *trees, logs = together(tree.store, [*growths, path(tree, starts[3], (2, 1, 0, 3))])
    other, there = planted(tiny(), 500)
    assert np.array_equal(logs, run(other.store, path(other, other.store.step(there, 3), (2, 1, 0, 3))))
    held = [found for found in trees if isinstance(found, Leaves)]
    assert 1 <= len(held) < 3, "as many as fit, not none"
    for number, found in enumerate(trees):
        if isinstance(found, Leaves):
            alone = other.expand(other.store.step(there, number), WIDE)
            assert np.array_equal(found.logs, alone.logs)


def test_who_asks_for_more_than_there_is_alone_is_told_and_nobody_else() -> None:
    tree, root = planted(tiny(), 16)
    ended = list[str]()

    def greedy() -> BatchedSteps[None]:
        try:
            yield from two_levels(tree, root)
        except StoreFull:
            ended.append("greedy")

    def modest() -> BatchedSteps[None]:
        node = yield from one(root, 4)
        yield from one(node, 0)
        ended.append("modest")

    together(tree.store, [greedy(), modest()])
    assert ended == ["greedy", "modest"]
    with pytest.raises(StoreFull):
        run(tree.store, two_levels(tree, root))


def two_levels(tree: Tree, root: int) -> BatchedSteps[None]:
    """Asks for 4 nodes and then for 16."""
    yield np.repeat(np.array([root], np.int32), 4), np.arange(4, dtype=np.int32)
    yield np.repeat(tree.store.children[root][:4], 4), np.tile(np.arange(4, dtype=np.int32), 4)


def test_where_one_stands_is_kept_while_the_next_finds_its_own_place() -> None:
    """Each growth goes its way by itself as it begins, in a store that can hold little more than all their ways."""
    tree, root = planted(tiny(3), 60)
    ways = [tuple(int(token) for token in row) for row in np.random.default_rng(1).integers(0, 4, (4, 8))]

    def begun(tree: Tree, root: int, way: tuple[int, ...]) -> BatchedSteps[np.ndarray]:
        node = root
        for token in way:
            for other in range(4):  # it looks about
                tree.store.step(node, other)
            node = tree.store.step(node, token)
            tree.store.root = node
        return (yield from path(tree, node, way[:2]))

    found = together(tree.store, [begun(tree, root, way) for way in ways])
    other, there = planted(tiny(3), 5000)
    for logs, way in zip(found, ways, strict=True):
        assert np.array_equal(logs, run(other.store, begun(other, there, way)))


@pytest.mark.parametrize("futures", [8, 16])
@pytest.mark.parametrize("seed", range(1, 6))
def test_many_wide_futures_are_written_in_a_small_store(futures: int, seed: int) -> None:
    """As at full beam, tuple and futures, on a machine that is fast enough for them: no fault, and a phrase; also where
    the ways alone do not fit (seed 5)."""
    memory = tiny_mind(nodes=120)
    search = Search(3, 8, joint=0.1)
    assert search.nodes(len(memory.vocabulary)) < 120 < 8 * search.nodes(len(memory.vocabulary))
    guard, settings = BarGuard(memory.vocabulary, Meter(4, 4)), TuneSettings(seed, 0, search, futures=futures)
    writer = TuneWriter(memory, guard, ["M:4/4", "K:Cmaj"], settings, phrase=write_phrase)
    write_phrase(writer)
    assert writer.measures() and writer.measures()[-1].length == guard.rules.bar
