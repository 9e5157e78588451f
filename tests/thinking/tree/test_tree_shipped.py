"""Token tree over the shipped weights, and under the bar guard."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from instrument.music.meter import Meter
from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import shipped
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.tree.rejection import reject
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.store import Store
from instrument.thinking.tree.tree import Tree

VOCABULARY = Vocabulary.shipped()


# the shipped weights, and the law inside the tree


@pytest.fixture(scope="module")
def folk() -> FolkRNN:
    return shipped()[0].eval()


@pytest.fixture
def tune(folk: FolkRNN) -> tuple[Tree, int]:
    """The tree over the shipped weights, and the node behind a header."""
    tree = Tree(Store(Siblings(Stepper(folk)), 700), VOCABULARY.stop, never=[VOCABULARY.start])
    node = tree.store.begin(VOCABULARY.start)
    for token in VOCABULARY.encode(["M:6/8", "K:Cmaj"]):
        node = tree.store.step(node, token)
    return tree, node


def test_pairs_of_the_shipped_model_are_what_whole_sequences_say(folk: FolkRNN, tune: tuple[Tree, int]) -> None:
    tree, root = tune
    free = Tree(tree.store, VOCABULARY.stop)
    leaves = free.expand(root, Search(2))
    assert len(leaves) == 136 * 137 + 1 and leaves.mass == pytest.approx(1, abs=1e-5)
    prefix = VOCABULARY.encode(["<s>", "M:6/8", "K:Cmaj"])
    pairs = leaves.tokens()
    some = np.flatnonzero(pairs[:, 1] >= 0)[::211]
    tokens = torch.tensor([[*prefix, *pair] for pair in pairs[some].tolist()]).T
    with torch.inference_mode():
        logs = torch.log_softmax(folk.sequence(tokens)[0], 2)
    wanted = logs[-3].gather(1, tokens[-2][:, None]) + logs[-2].gather(1, tokens[-1][:, None])
    assert np.allclose(leaves.logs[some], wanted[:, 0].numpy(), atol=2e-4)


def test_the_shipped_model_cached_is_the_shipped_model_computed(folk: FolkRNN, tune: tuple[Tree, int]) -> None:
    tree, root = tune
    for search in (Search(2, 3), Search(3, 2), Search(3, 5, "beam"), Search(2, 40), Search(3, 4)):
        tree.expand(root, search)
    one = tree.expand(root, Search(3, 5))
    fresh = Tree(Store(tree.store.siblings, 400), VOCABULARY.stop, never=[VOCABULARY.start])
    start = fresh.store.begin(VOCABULARY.start)
    for token in VOCABULARY.encode(["M:6/8", "K:Cmaj"]):
        start = fresh.store.step(start, token)
    two = fresh.expand(start, Search(3, 5))
    assert np.array_equal(one.logs, two.logs) and np.array_equal(one.tokens(), two.tokens())


@pytest.mark.parametrize("search", [Search(2, 0), Search(3, 6), Search(4, 8, "beam")], ids=str)
def test_every_leaf_obeys_the_guard(tune: tuple[Tree, int], search: Search) -> None:
    tree, node = tune
    guard, chance = BarGuard(VOCABULARY, Meter.parse("6/8")), random.Random(3)
    state = guard.start
    for _ in range(6):
        leaves = tree.expand(node, search, guard, state)
        assert leaves.probabilities.sum() == pytest.approx(1)
        for path in leaves.tokens().tolist():
            assert guard.run(state, [token for token in path if token >= 0]) is not None
        path = leaves.draw(chance.random())
        drawn = reject(tree, node, Search(search.n, search.beta), iter(chance.random, None), guard, state)
        assert guard.run(state, drawn.tokens) is not None
        if VOCABULARY.stop in path.tokens:
            break
        node, state = tree.emit(node, path)[-1], guard.run(state, path.tokens) or 0
    free = Tree(tree.store, VOCABULARY.stop).expand(node, Search(1))
    assert not all(guard.run(state, free.path(leaf)) is not None for leaf in range(len(free)))


def test_the_guard_at_once_is_the_guard_one_by_one() -> None:
    first, second = (BarGuard(VOCABULARY, Meter.parse("4/4")) for _ in range(2))
    chance = random.Random(1)
    states, alone = np.full(20, first.start, np.int32), [second.start] * 20
    for _ in range(30):
        masks = first.masks(states)
        assert all((row == second.allowed(state)).all() for row, state in zip(masks, alone, strict=True))
        tokens = np.array([chance.choice(np.flatnonzero(row)) for row in masks], np.int32)
        states = first.after(states, tokens)
        alone = [second.follow(state, int(token)) for state, token in zip(alone, tokens, strict=True)]
        assert all(first.state(int(a)) == second.state(b) for a, b in zip(states, alone, strict=True))
    with pytest.raises(ValueError, match="not legal"):
        first.after(np.array([first.start], np.int32), np.array([VOCABULARY.start], np.int32))
