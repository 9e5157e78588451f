"""The token tree against an obvious slow one, and the store's promises: the same bits, counted rows, bounded."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.thinking.tree.rejection import PATIENCE, reject
from instrument.thinking.tree.search import MODES, Search
from instrument.thinking.tree.tree import Tree
from tests.fakes.slow_tree import SEARCHES, STOP, Slow, chi2_z, planted, slow, tiny, told
from tests.fakes.thorough import every


@pytest.mark.parametrize("search", SEARCHES, ids=str)
def test_the_tree_is_the_slow_tree(search: Search) -> None:
    model = tiny()
    tree, root = planted(model)
    leaves = tree.expand(root, search)
    wanted, mass = slow(model, search)
    assert told(leaves).keys() == wanted.keys()
    assert all(abs(p - wanted[path]) < 1e-5 for path, p in told(leaves).items())
    assert leaves.probabilities.sum() == pytest.approx(1, abs=1e-12)
    assert leaves.mass == pytest.approx(mass, abs=1e-5)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_every_token_kept_is_the_full_product_and_mass_grows_with_beta(n: int) -> None:
    tree, root = planted(tiny())
    whole = tree.expand(root, Search(n))
    assert whole.mass == pytest.approx(1, abs=1e-6)
    assert told(tree.expand(root, Search(n, 5))) == told(tree.expand(root, Search(n, 99))) == told(whole)
    for mode in MODES:
        masses = [tree.expand(root, Search(n, beta, mode)).mass for beta in range(1, 6)]
        assert masses == sorted(masses)


def test_a_stop_ends_its_path_and_what_may_never_be_is_in_none() -> None:
    tree, root = planted(tiny())
    found = tree.expand(root, Search(3)).tokens()
    ended = found[(found == STOP).any(1)]
    assert (ended[:, 0] == STOP).sum() == 1 and (ended[ended[:, 0] == STOP][:, 1:] == -1).all()
    assert len(found) == 1 + 4 + 16 * 5
    barred = Tree(tree.store, STOP, ends=[2], never=[1, 3])
    assert {tuple(path) for path in barred.expand(root, Search(2)).tokens().tolist()} == {
        (STOP, -1), (2, -1), (0, 0), (0, 2), (0, STOP),
    }  # fmt: skip


def test_pairs_with_every_token_kept_are_ancestral_sampling() -> None:
    model = tiny(2)
    tree, root = planted(model)
    leaves, chance, counts = tree.expand(root, Search(2)), random.Random(1), dict[tuple[int, ...], int]()
    for _ in range(20_000):
        path = leaves.draw(chance.random()).tokens
        counts[path] = counts.get(path, 0) + 1
    # drawn one token at a time, from distributions that the tree had no part in
    one = slow(model, Search(1))[0]
    then = {first: slow_after(model, first[0]) for first in one}
    constraint = {
        (*first, *second): p * q for first, p in one.items() if first != (STOP,) for second, q in then[first].items()
    }
    assert chi2_z(counts, {**constraint, (STOP,): one[STOP,]}) < 4


def slow_after(model: FolkRNN, token: int) -> Slow:
    with torch.inference_mode():
        logits = model.sequence(torch.tensor([[0], [token]]))[0][-1, 0]
    return {(i,): p for i, p in enumerate(torch.softmax(logits.double(), 0).tolist())}


@pytest.mark.parametrize(
    "search", every(2, [Search(2, 2), Search(2, 0), Search(3, 2, temperature=1.5), Search(3, 3)]), ids=str
)
def test_starting_over_draws_by_the_law_of_the_tree(search: Search) -> None:
    tree, root = planted(tiny(3))
    source, counts, attempts = random.Random(2), dict[tuple[int, ...], int](), 0
    chance = iter(source.random, None)
    for _ in range(4000):
        path = reject(tree, root, search, chance)
        counts[path.tokens] = counts.get(path.tokens, 0) + 1
        attempts += path.attempts
    leaves = tree.expand(root, search)
    assert chi2_z(counts, told(leaves)) < 4
    assert 4000 / attempts == pytest.approx(leaves.mass, abs=0.03)


def test_starting_over_gives_up_in_the_end_and_says_where_it_cannot() -> None:
    tree, root = planted(tiny())
    least = int(tree.store.logs[root].argmin())
    below = float(np.exp(tree.store.logs[root][:least].astype(np.float64)).sum()) + 1e-7  # always the least likely
    chance = iter([below] * PATIENCE + [0.5])
    assert reject(tree, root, Search(1, 1), chance).attempts == PATIENCE + 1
    with pytest.raises(ValueError, match="without its tree"):
        reject(tree, root, Search(2, joint=0.5), chance)
    with pytest.raises(ValueError, match="mode"):
        Search(mode="bush")
