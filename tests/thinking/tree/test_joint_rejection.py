"""Tuples drawn at a joint temperature without their tree: by the law of the tree, in fewer steps."""

from __future__ import annotations

import random

import numpy as np
import pytest

from instrument.thinking.tree import joint_rejection
from instrument.thinking.tree.joint_rejection import propose
from instrument.thinking.tree.leaves import Floats, Numbers
from instrument.thinking.tree.search import Search
from tests.fakes.slow_tree import STOP, chi2_z, planted, slow, tiny

SEARCHES = [
    Search(2, 2, joint=0.9), Search(3, 3, joint=0.5), Search(3, 0, joint=0.9), Search(3, 2, temperature=1.5, joint=0.6),
    Search(3, 3, joint=2.0), Search(3, 0, joint=1.6), Search(4, 3, temperature=0.8, joint=1.2), Search(1, 3, joint=0.7),
]  # fmt: skip


def _drawn(search: Search, seed: int, times: int) -> dict[tuple[int, ...], int]:
    tree, root = planted(tiny(seed))
    source, counts = random.Random(seed), dict[tuple[int, ...], int]()
    for _ in range(times):
        path = propose(tree, root, search, iter(source.random, None))
        counts[path.tokens] = counts.get(path.tokens, 0) + 1
    return counts


@pytest.mark.parametrize("search", SEARCHES, ids=str)
@pytest.mark.parametrize("seed", (3,))
def test_tuples_are_drawn_by_the_law_of_the_tree(search: Search, seed: int) -> None:
    assert chi2_z(_drawn(search, seed, 1500), slow(tiny(seed), search)[0]) < 4


@pytest.mark.parametrize("search", SEARCHES[3:5], ids=str)
@pytest.mark.parametrize("patience", (0, 3, 10**6))
def test_the_law_does_not_depend_on_when_the_tree_is_grown_after_all(
    search: Search, patience: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joint_rejection, "PATIENCE", patience)
    monkeypatch.setattr(joint_rejection, "LEAST", 10**6)
    assert chi2_z(_drawn(search, 5, 1500), slow(tiny(5), search)[0]) < 4


class _Taste:
    """A constraint with opinions: one state for each token that came last; some are forbidden, some are liked."""

    def masks(self, states: Numbers) -> np.ndarray:
        masks = np.ones((len(states), 5), np.bool_)
        masks[states == 2, 1] = False
        return masks

    def weights(self, states: Numbers) -> Floats:
        return np.where(states[:, None] % 2 == 0, np.arange(5) * 0.3, 0.0)

    def shares(self, states: Numbers) -> Floats:
        shares = np.zeros((len(states), 5))
        shares[states == 3, 2] = 0.4
        return shares

    def after(self, states: Numbers, tokens: Numbers) -> Numbers:
        return tokens.astype(np.int32)


@pytest.mark.parametrize("search", (Search(3, 3, joint=0.7), Search(3, 0, joint=1.5)), ids=str)
def test_a_constraint_s_wishes_are_in_the_law(search: Search) -> None:
    tree, root = planted(tiny(6))
    source, counts = random.Random(1), dict[tuple[int, ...], int]()
    for _ in range(2000):
        path = propose(tree, root, search, iter(source.random, None), _Taste(), 0)
        counts[path.tokens] = counts.get(path.tokens, 0) + 1
    leaves = tree.expand(root, search, _Taste(), 0)
    assert chi2_z(counts, {leaves.path(leaf): p for leaf, p in enumerate(leaves.probabilities.tolist())}) < 4


def test_only_what_is_drawn_is_stepped() -> None:
    tree, root = planted(tiny(2))
    source, search = random.Random(1), Search(3, 0, joint=0.95)
    begun = tree.store.computed
    path = propose(tree, root, search, iter(source.random, None))
    assert len(path.tokens) == 3 or path.tokens[-1] == STOP
    assert tree.store.computed - begun < search.nodes(5) / 3


def test_mass_is_one_where_every_token_is_kept_and_less_where_not() -> None:
    tree, root = planted(tiny(2))
    source = random.Random(1)
    assert propose(tree, root, Search(3, 0, joint=0.9), iter(source.random, None)).attempts == pytest.approx(1)
    assert propose(tree, root, Search(3, 2, joint=0.9), iter(source.random, None)).attempts > 1.05


@pytest.mark.parametrize("search", (Search(3, 4, "beam", joint=0.9), Search(3, 4, joint=0.1)), ids=str)
def test_what_must_be_grown_is_said(search: Search) -> None:
    tree, root = planted(tiny(2))
    with pytest.raises(ValueError, match="without its tree"):
        propose(tree, root, search, iter(random.Random(1).random, None))
