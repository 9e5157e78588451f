"""A tiny model, a tree over it, and an obvious slow tree to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.networks.folk.split_step import Siblings
from instrument.thinking.tree.leaves import Leaves
from instrument.thinking.tree.search import MODES, Search
from instrument.thinking.tree.store import Store
from instrument.thinking.tree.tree import Tree

STOP = 4  #: of the tiny model's five tokens


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


def slow(
    model: FolkRNN, search: Search, constraint: Callable[[list[int]], list[bool]] | None = None
) -> tuple[Slow, float]:
    """Every kept tuple's share of one, and the mass kept, by plain recursion over whole sequences."""

    def following(path: list[int], temperature: float) -> dict[int, float]:
        with torch.inference_mode():
            logits = model.sequence(torch.tensor([[0, *path]]).T)[0][-1, 0].double() / temperature
        if constraint is not None:
            logits[~torch.tensor(constraint(path))] = -torch.inf
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


def chi2_z(counts: dict[tuple[int, ...], int], constraint: Slow) -> float:
    """How many standard deviations the statistic lies above its mean."""
    draws, free = sum(counts.values()), len(constraint) - 1
    assert counts.keys() <= constraint.keys()
    total = sum((counts.get(path, 0) - draws * p) ** 2 / (draws * p) for path, p in constraint.items())
    return float((total - free) / np.sqrt(2 * free))


def told(leaves: Leaves) -> Slow:
    return {leaves.path(i): p for i, p in enumerate(leaves.probabilities.tolist())}


SEARCHES = [
    Search(n, beta, mode, temperature, joint)
    for mode in MODES
    for n, beta in [(1, 0), (1, 2), (2, 0), (2, 3), (3, 0), (3, 1), (3, 2), (4, 3)]
    for temperature, joint in [(1.0, 1.0), (1.7, 1.0), (0.8, 0.6)]
]
