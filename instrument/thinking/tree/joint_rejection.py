"""Rejection sampling at a joint temperature: tuples by the law of the tree, of which only what is drawn is stepped.

The tree's leaves are drawn in proportion to their product of conditionals p to the power a = 1 / joint. Here each token
is drawn from its node's beta best in proportion to p^a; by that a leaf is drawn as often as it should be, divided by
the sums of p^a at its nodes. So it is taken with a probability in proportion to the product of those sums, the root's
left out, which is the same for all. No sum exceeds beta^(1 - a) where a < 1, or 1 where a >= 1; scaled by that bound,
every probability is one at most. (Acceptance and rejection: von Neumann, "Various techniques used in connection with
random digits", 1951.)

Near joint temperature 1 nearly every tuple is taken, for the steps of its own path. Far from it few are: then the tree
is grown after all. It has the same law, and attempts that were not taken say nothing of those that would follow, so it
does not matter when that happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instrument.networks.folk.sampling import draw
from instrument.thinking.tree.leaves import Floats, Path
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.step_batching import BatchedSteps, one, run
from instrument.thinking.tree.tree import Constraint, Tree, best, conditionals, opinions

PATIENCE = 32  #: attempts, before the tree is grown after all
SHARE = 12  #: nodes of a tree that are grown as a batch in the time in which one is stepped alone, about
COLDEST = 0.3  #: joint temperature below which a tree is grown at once: few tuples would be taken
LEAST = 6  #: nodes that are stepped alone, before a tree is grown however small


@dataclass(frozen=True, slots=True)
class Branches:
    """What may follow a node. tokens: its best, [branches]; logs: their log-probabilities; shares: what they are drawn
    with, summing to one; total: the sum of p^a over them; mass: the sum of p."""

    tokens: NDArray[np.int64]
    logs: Floats
    shares: Floats
    total: float
    mass: float


#: by node, its stamp and the constraint's state
Known = dict[tuple[int, int, int], Branches]


def may_propose(search: Search) -> bool:
    """Whether tuples of this search can be drawn so, in less time than by its tree: mode "tree", and not too cold."""
    return search.mode == "tree" and search.joint >= COLDEST


def propose(
    tree: Tree, root: int, search: Search, chance: Iterator[float], constraint: Constraint | None = None, state: int = 0
) -> Path:
    """n tokens from the distribution of `tree.expand(root, search, constraint, state)`. probability: among all leaves,
    neither scaled nor at the joint temperature.

    chance: numbers in [0, 1), one for each attempt and one for each token drawn. Raises ValueError where not.
    """
    return run(tree.store, proposing(tree, root, search, chance, constraint, state))


def proposing(
    tree: Tree, root: int, search: Search, chance: Iterator[float], constraint: Constraint | None = None, state: int = 0
) -> BatchedSteps[Path]:
    """`propose` as a growth. attempts of its path: one over the mass that the beam has kept at its nodes."""
    if not may_propose(search):
        raise ValueError(f"only mode tree at joint temperature {COLDEST} and above is drawn without its tree: {search}")
    tree.store.root = root
    known: Known = {}
    most = max(LEAST, search.nodes(len(tree.may)) // SHARE)
    for _ in range(PATIENCE):
        if len(known) > most:
            break
        path = yield from _attempt(tree, root, search, chance, constraint, state, known)
        if path is not None:
            return path
    leaves = yield from tree.growing(root, search, constraint, state)
    drawn = leaves.draw(next(chance))
    return Path(drawn.tokens, drawn.probability, 1 / leaves.mass)


def _attempt(
    tree: Tree, root: int, search: Search, chance: Iterator[float], constraint: Constraint | None, state: int,
    known: Known,
) -> BatchedSteps[Path | None]:  # fmt: skip
    """A path, or None as soon as it is not taken."""
    bound = max(1.0, (search.beta or len(tree.may)) ** (1 - 1 / search.joint))  # of the sum at a node
    left = next(chance)  # not taken once its probability falls to this
    node, tokens, logs, mass, taken = root, list[int](), 0.0, 1.0, 1.0
    for depth in range(search.n):
        place = node, int(tree.store.stamp[node]), state
        if (branches := known.get(place)) is None:
            branches = known[place] = _branches(tree, node, search, constraint, state)
        if depth:
            taken *= branches.total / bound
            if taken <= left:
                return None
        chosen = draw(branches.shares, next(chance))
        token = int(branches.tokens[chosen])
        tokens.append(token)
        logs, mass = logs + float(branches.logs[chosen]), mass * branches.mass
        if tree.ends[token] or depth == search.n - 1:
            if taken / bound ** (search.n - 1 - depth) <= left:  # the nodes that an early end leaves out
                return None
            break
        if constraint is not None:
            state = int(constraint.after(np.array([state], np.int32), np.array([token], np.int32))[0])
        node = yield from one(node, token)
    return Path(tuple(tokens), float(np.exp(logs)), 1 / mass)


def _branches(tree: Tree, node: int, search: Search, constraint: Constraint | None, state: int) -> Branches:
    here = np.array([state], np.int32)
    raw, mask = tree.store.logs[node : node + 1], tree.mask(constraint, here)
    every = conditionals(raw, search.temperature, mask, *opinions(constraint, here))
    tokens = np.flatnonzero(best(every, search.beta)[0])
    logs = every[0, tokens]
    powers = np.exp(logs / search.joint)
    total = float(powers.sum())
    return Branches(tokens, logs, powers / total, total, float(np.exp(logs).sum()))
