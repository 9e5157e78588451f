"""The token tree against an obvious slow one, and the store's promises: the same bits, counted rows, bounded."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from instrument.music.meter import Meter
from instrument.networks.folk.folkrnn import FolkRNN, Stepper, rows_of
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.stable_matmul import MOST, StableMatmul
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import shipped
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.tree.leaves import Leaves, Path
from instrument.thinking.tree.rejection import PATIENCE, reject
from instrument.thinking.tree.search import MODES, Search
from instrument.thinking.tree.store import Store, StoreFull
from instrument.thinking.tree.tree import Tree

STOP = 4  #: of the tiny model's five tokens
VOCABULARY = Vocabulary.shipped()
Slow = dict[tuple[int, ...], float]


def tiny(seed: int = 1, half: bool = False) -> FolkRNN:
    """Five tokens, 6 units, 2 layers, with opinions."""
    torch.manual_seed(seed)
    model = FolkRNN(5, 6, 2).eval()
    model.reset()
    torch.nn.init.normal_(model.out.weight, std=2.0)
    return model.half().float() if half else model


def planted(model: FolkRNN, nodes: int = 2000, stop: int = STOP) -> tuple[Tree, int]:
    """A tree over the model, and the node behind its token 0."""
    tree = Tree(Store(Siblings(Stepper(model)), nodes), stop)
    return tree, tree.store.begin(0)


def slow(model: FolkRNN, search: Search, law: Callable[[list[int]], list[bool]] | None = None) -> tuple[Slow, float]:
    """Every kept tuple's share of one, and the mass kept, by plain recursion over whole sequences."""

    def following(path: list[int], temperature: float) -> dict[int, float]:
        with torch.inference_mode():
            logits = model.sequence(torch.tensor([[0, *path]]).T)[0][-1, 0].double() / temperature
        if law is not None:
            logits[~torch.tensor(law(path))] = -torch.inf
        return {token: p for token, p in enumerate(torch.softmax(logits, 0).tolist()) if p > 0}

    def tree(path: list[int], share: float) -> Iterator[tuple[tuple[int, ...], float]]:
        if len(path) == search.n or path[-1:] == [STOP]:
            yield tuple(path), share
            return
        cold, warm = following(path, 1.0), following(path, search.temperature)
        for token in sorted(cold, key=lambda t: -cold[t])[: search.beta or None]:
            yield from tree([*path, token], share * warm[token])

    def beam() -> Iterator[tuple[tuple[int, ...], float]]:
        paths = [(1.0, 1.0, list[int]())]
        for _ in range(search.n):
            longer = []
            for cold, warm, path in paths:
                if path[-1:] == [STOP]:
                    longer.append((cold, warm, path))
                    continue
                hot = following(path, search.temperature)
                longer += [(cold * p, warm * hot[t], [*path, t]) for t, p in following(path, 1.0).items()]
            paths = sorted(longer, key=lambda each: -each[0])[: search.beta or None]
        yield from ((tuple(path), warm) for _, warm, path in paths)

    kept = dict(tree([], 1.0) if search.mode == "tree" else beam())
    sharp = {path: p ** (1 / search.joint) for path, p in kept.items()}
    return {path: p / sum(sharp.values()) for path, p in sharp.items()}, sum(kept.values())


def told(leaves: Leaves) -> Slow:
    return {leaves.path(i): p for i, p in enumerate(leaves.probabilities.tolist())}


SEARCHES = [
    Search(n, beta, mode, temperature, joint)
    for mode in MODES
    for n, beta in [(1, 0), (1, 2), (2, 0), (2, 3), (3, 0), (3, 1), (3, 2), (4, 3)]
    for temperature, joint in [(1.0, 1.0), (1.7, 1.0), (0.8, 0.6)]
]


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


def chi2_z(counts: dict[tuple[int, ...], int], law: Slow) -> float:
    """How many standard deviations the statistic lies above its mean."""
    draws, free = sum(counts.values()), len(law) - 1
    assert counts.keys() <= law.keys()
    total = sum((counts.get(path, 0) - draws * p) ** 2 / (draws * p) for path, p in law.items())
    return float((total - free) / np.sqrt(2 * free))


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
    law = {
        (*first, *second): p * q for first, p in one.items() if first != (STOP,) for second, q in then[first].items()
    }
    assert chi2_z(counts, {**law, (STOP,): one[STOP,]}) < 4


def slow_after(model: FolkRNN, token: int) -> Slow:
    with torch.inference_mode():
        logits = model.sequence(torch.tensor([[0], [token]]))[0][-1, 0]
    return {(i,): p for i, p in enumerate(torch.softmax(logits.double(), 0).tolist())}


@pytest.mark.parametrize("search", [Search(2, 2), Search(2, 0), Search(3, 3), Search(3, 2, temperature=1.5)], ids=str)
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
        for token, told in zip(tokens, looks, strict=True):
            now = torch.tensor([token])
            logs[siblings], state = siblings.forward(now, state, zero, siblings.recur(state), zero, looks=told)
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
