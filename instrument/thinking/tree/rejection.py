"""Rejection sampling of the tree's distribution: token by token, over again when one falls outside its node's best.

Mode "tree" at joint temperature 1 keeps the beta best children of every node and scales the leaves to one. That is
the plain distribution of n tokens, given that each is among its node's beta best: so draw plainly until that is so.
It takes one over the kept mass attempts on average, and what an attempt stepped stays in the store.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from instrument.networks.folk.sampling import draw
from instrument.thinking.tree.leaves import Floats, Path
from instrument.thinking.tree.search import Search, may_reject
from instrument.thinking.tree.step_batching import BatchedSteps, one, run
from instrument.thinking.tree.tree import Constraint, Tree, conditionals, opinions

#: by node, its stamp and the constraint's state: log-probabilities and probabilities [vocab] of what may follow
Weighed = dict[tuple[int, int, int], tuple[Floats, Floats]]

PATIENCE = 64  #: attempts, before the tree is grown after all: the distribution is the same


def reject(
    tree: Tree, root: int, search: Search, chance: Iterator[float], constraint: Constraint | None = None, state: int = 0
) -> Path:
    """n tokens from the distribution of `tree.expand(root, search, constraint, state)`. probability: among all leaves,
    not scaled.

    chance: numbers in [0, 1), one for each token drawn. Raises ValueError where that distribution cannot be had so.
    """
    return run(tree.store, rejecting(tree, root, search, chance, constraint, state))


def rejecting(
    tree: Tree, root: int, search: Search, chance: Iterator[float], constraint: Constraint | None = None,
    state: int = 0, weighed: Weighed | None = None,
) -> BatchedSteps[Path]:  # fmt: skip
    """`reject` as a growth. weighed: what others that are drawn alike have weighed already, which grows."""
    if not may_reject(search):
        raise ValueError(f"only mode tree at joint temperature 1 can be drawn without its tree: {search}")
    tree.store.root = root
    for attempt in range(1, PATIENCE + 1):
        path = yield from _attempt(tree, root, search, chance, constraint, state, {} if weighed is None else weighed)
        if path is not None:
            return Path(path.tokens, path.probability, attempt)
    leaves = yield from tree.growing(root, search, constraint, state)
    drawn = leaves.draw(next(chance))
    return Path(drawn.tokens, drawn.probability, PATIENCE + 1)


def _attempt(
    tree: Tree, root: int, search: Search, chance: Iterator[float], constraint: Constraint | None, state: int,
    weighed: Weighed,
) -> BatchedSteps[Path | None]:  # fmt: skip
    node, tokens, total = root, list[int](), 0.0
    for depth in range(search.n):
        place = node, int(tree.store.stamp[node]), state
        if (odds := weighed.get(place)) is None:
            odds = weighed[place] = _odds(tree, node, search.temperature, constraint, state)
        logs, shares = odds
        token = draw(shares, next(chance))
        if search.beta and _rank(logs, token) >= search.beta:
            return None
        tokens.append(token)
        total += float(logs[token])
        if tree.ends[token] or depth == search.n - 1:
            break
        if constraint is not None:
            state = int(constraint.after(np.array([state], np.int32), np.array([token], np.int32))[0])
        node = yield from one(node, token)
    return Path(tuple(tokens), float(np.exp(total)))


def _odds(
    tree: Tree, node: int, temperature: float, constraint: Constraint | None, state: int
) -> tuple[Floats, Floats]:
    """What may follow a node: log-probabilities and probabilities [vocab]."""
    here = np.array([state], np.int32)
    raw, mask = tree.store.logs[node : node + 1], tree.mask(constraint, here)
    logs = conditionals(raw, temperature, mask, *opinions(constraint, here))[0]
    return logs, np.exp(logs)


def _rank(logs: Floats, token: int) -> int:
    """How many tokens stand before this one; of equals the first."""
    return int((logs > logs[token]).sum() + (logs[:token] == logs[token]).sum())
