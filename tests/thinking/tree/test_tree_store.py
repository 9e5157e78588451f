"""Store of the token tree: what is computed and what is at hand, the same bits in any company, bounded memory."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from instrument.networks.folk.folkrnn import FolkRNN, Stepper, rows_of
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.stable_matmul import MOST, StableMatmul
from instrument.networks.folk.weights import shipped
from instrument.thinking.tree.leaves import Path
from instrument.thinking.tree.rejection import reject
from instrument.thinking.tree.search import MODES, Search
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tree.tree import Tree
from tests.fakes.slow_tree import STOP, planted, tiny, told

# what is computed and what is at hand


def rows(tree: Tree, root: int, search: Search) -> int:
    before = tree.store.computed
    tree.expand(root, search)
    return tree.store.computed - before


def test_a_turn_of_a_knob_steps_only_what_is_new() -> None:
    tree, root = planted(tiny(), stop=3)
    inner = Inner(tree.stop)
    assert rows(tree, root, Search(3, 3)) == len(inner(Search(3, 3))) > 0
    for search in (Search(3, 2), Search(2, 3), Search(3, 1), Search(3, 3, temperature=2.0), Search(3, 3, joint=0.5)):
        assert rows(tree, root, search) == 0, search
    assert rows(tree, root, Search(3, 3, "beam")) == rows(tree, root, Search(3, 3, "beam", 0.7)) == 0
    assert rows(tree, root, Search(3, 4)) == len(inner(Search(3, 4)) - inner(Search(3, 3))) > 0
    assert rows(tree, root, Search(4, 3)) == len(inner(Search(4, 3)) - inner(Search(3, 4)) - inner(Search(3, 3))) > 0
    path = next(p for p in told(tree.expand(root, Search(4, 3))) if tree.stop not in p)
    (child,) = tree.emit(root, Path(path, 1.0), stride=1)
    assert rows(tree, child, Search(3, 3)) == 0
    assert tree.store.reused > tree.store.computed


class Inner:
    """The beginnings of tuples that a tree must step, found on a store of their own."""

    def __init__(self, stop: int) -> None:
        self.tree, self.root = planted(tiny(), stop=stop)

    def __call__(self, search: Search) -> set[tuple[int, ...]]:
        found = self.tree.expand(self.root, search).tokens().tolist()
        starts = {tuple(path[:k]) for path in found for k in range(1, search.n)}
        return {path for path in starts if self.tree.stop not in path and -1 not in path}


def test_a_narrower_law_steps_nothing_where_every_token_was_kept() -> None:
    tree, root = planted(tiny())
    tree.expand(root, Search(3))
    strict = Tree(tree.store, STOP, never=[1])
    before = tree.store.computed
    assert strict.expand(root, Search(3, 2)).probabilities.sum() == pytest.approx(1)
    assert tree.store.computed == before


@pytest.mark.parametrize("half", [False, True])
def test_what_was_cached_is_what_would_be_computed_bit_for_bit(half: bool) -> None:
    """Whatever was asked before, in whatever batches: the store has no memory but its contents."""
    model, chance = tiny(5, half), random.Random(4)
    for _ in range(12):
        tree, root = planted(model)
        for _ in range(chance.randrange(6)):
            asked = Search(chance.randint(1, 4), chance.randint(0, 4), chance.choice(MODES), chance.choice([1.0, 1.4]))
            if chance.random() < 0.5:
                tree.expand(root, asked)
            else:
                tree.emit(root, reject(tree, root, Search(asked.n, 2), iter(chance.random, None)))
        fresh, start = planted(model)
        search = Search(4, chance.randint(0, 3), chance.choice(MODES))
        one, two = tree.expand(root, search), fresh.expand(start, search)
        assert np.array_equal(one.logs, two.logs) and np.array_equal(one.tokens(), two.tokens())
        assert one.draw(0.3) == two.draw(0.3)


@pytest.mark.parametrize("model", [tiny(), tiny(half=True), FolkRNN(9, 40, 3)], ids=["single", "half", "larger"])
def test_a_row_has_the_same_bits_in_every_company(model: FolkRNN) -> None:
    siblings, beams = Siblings(Stepper(model)), 150
    states, tokens = torch.randn(beams, model.layers, 2, model.hidden), torch.randint(0, model.vocab, (beams,))
    each = torch.arange(beams)
    products = siblings.recur(states)
    logs, new = siblings.forward(tokens, states, each, products, each)
    for size in [*range(1, MOST + 2), 100, 150]:
        rows = each[beams - size :]
        part = siblings.recur(states[rows])
        assert torch.equal(part, products[rows])
        some, after = siblings.forward(tokens[rows], states, rows, part, torch.arange(size))
        assert torch.equal(some, logs[rows]) and torch.equal(after, new[rows])


def test_one_parent_for_all_is_the_parent_of_each_and_a_split_step_is_a_step() -> None:
    model = FolkRNN(9, 40, 3).eval()
    siblings, stepper, state = Siblings(Stepper(model)), Stepper(model), torch.randn(1, 3, 2, 40)
    tokens, zero = torch.arange(9), torch.zeros(1, dtype=torch.long)
    products = siblings.recur(state)
    logs, new = siblings.forward(tokens, state, zero, products, zero)
    same = siblings.forward(tokens, state, zero.expand(9), products, zero.expand(9))
    assert torch.equal(logs, same[0]) and torch.equal(new, same[1])
    plain, after = stepper.step(tokens, state.expand(9, -1, -1, -1))
    assert torch.allclose(torch.log_softmax(plain, 1), logs, atol=1e-5) and torch.allclose(after, new, atol=1e-5)


def test_weights_held_in_half_precision_are_multiplied_in_full() -> None:
    torch.manual_seed(1)
    weight, x = torch.randn(300, 70).half().float(), torch.randn(MOST, 300)
    wanted = (x.double() @ weight.double() + 3).float()
    assert torch.allclose(StableMatmul(weight, torch.full((70,), 3.0))(x), wanted, atol=1e-4)
    fine = weight + 1e-6  # not to be had in half precision
    assert torch.allclose(StableMatmul(fine)(x[:5]), (x[:5].double() @ fine.double()).float(), atol=1e-5)


def test_weights_in_8_bits_are_near_and_the_same_in_any_company() -> None:
    torch.manual_seed(1)
    weight, bias, x = torch.randn(512, 96) / 8, torch.randn(96), torch.rand(MOST, 512) * 2 - 1
    product = StableMatmul(weight, bias, int8=True)
    exact = x @ weight + bias
    assert (product(x) - exact).abs().max() < 0.05 * exact.std()
    for rows in (1, 2, 7, MOST):
        assert torch.equal(product(x[:rows]), product(x)[:rows])


def test_a_model_in_8_bits_still_says_nearly_the_same() -> None:
    model, vocabulary, _ = shipped()
    full, small = (Siblings(Stepper(model), precision) for precision in ("float32", "int8"))
    zero, logs = torch.zeros(1, dtype=torch.long), {}
    tokens = [vocabulary.start, *vocabulary.encode(["M:6/8", "K:Cdor", "|:", "G", "2", "C"])]
    looks = rows_of(model.look, torch.tensor(tokens)[:, None]) if model.look else [None] * len(tokens)
    for siblings in (full, small):
        state = siblings.initial[None]
        for token, look in zip(tokens, looks, strict=True):
            now = torch.tensor([token])
            logs[siblings], state = siblings.forward(now, state, zero, siblings.recur(state), zero, looks=look)
    divergence = (logs[full].exp() * (logs[full] - logs[small])).sum()
    assert 0 < divergence < 0.01


# memory


def test_a_small_store_forgets_and_plays_on_with_the_same_bits() -> None:
    model = tiny(6)
    (small, here), (large, there) = planted(model, 40), planted(model, 20_000)
    chance = random.Random(1)
    for turn in range(150):
        search = Search(chance.randint(1, 3), chance.randint(1, 3), chance.choice(MODES))
        one, two = small.expand(here, search), large.expand(there, search)
        assert np.array_equal(one.logs, two.logs)
        path = one.draw(chance.random())
        stride = chance.randrange(3)
        if STOP in path.tokens:
            continue
        here, there = small.emit(here, path, stride)[-1], large.emit(there, path, stride)[-1]
        if turn % 10 == 9:  # back a few tokens, as far as is remembered
            back = small.store.path(here)[-4:]
            here, there = back[0], large.store.path(there)[-len(back)]
    assert small.store.computed > large.store.computed
    assert small.store.free + (small.store.stamp > 0).sum() == small.store.capacity == 40
    assert large.store.path(there)[0] == 0 and small.store.path(here)[0] != 0


def test_what_was_forgotten_is_known_by_its_stamp() -> None:
    tree, root = planted(tiny(), 20)
    ending = tree.store.step(root, 1)
    stamp = int(tree.store.stamp[ending])
    assert tree.store.alive(ending, stamp)
    other = root
    for _ in range(9):
        other = tree.store.step(other, 2)
        tree.expand(other, Search(2))
    assert tree.store.path(other)[0] == root and tree.store.alive(root, int(tree.store.stamp[root]))
    assert not tree.store.alive(ending, stamp)


def test_a_tree_larger_than_the_store_is_refused_with_its_size() -> None:
    tree, root = planted(tiny(), 30)
    with pytest.raises(StoreFull, match=r"n = 4 with beta = 5 needs 155 nodes, the store holds 30"):
        tree.expand(root, Search(4))
    assert Search(4).nodes(137) == 137 + 137**2 + 137**3 and Search(4, 8, "beam").nodes(137) == 24
    assert Search(3, 0, "beam").nodes(137) == 137 + 137**2, "all paths, as many as a tree's"
