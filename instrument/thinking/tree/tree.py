"""The token tree: the joint distribution of the next n tokens, over beta branches a node or beta paths in all.

Source: Sturm, "Making sense of the folk-rnn v2 model", part 11. In mode "tree" every node keeps its beta most
probable children, which makes up to beta^n leaves; in mode "beam" the beta most probable paths of all survive each
depth. What is kept is chosen by the model's own probabilities under the constraint, so a turn of either temperature
needs no other nodes. The constraint (the bar guard) runs along every path as a look-up in its table; what it forbids is
never stepped. A path ends early at a token of `ends`.

Growing a tree steps only what the store lacks: none after beta is lowered or a temperature turned, just the new
rows after it is raised. thread: the thinker's. Draws nothing by itself: numbers are passed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from instrument.thinking.tree.leaves import Floats, Leaves, Level, Numbers, Path
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.step_batching import BatchedSteps, run
from instrument.thinking.tree.store import Store, StoreFull

Masks = NDArray[np.bool_]


class Constraint(Protocol):
    """What may follow what, and how likely, over numbered states; the bar guard is one, without opinions.

    Behind a state the next token is drawn from shares + (1 - sum of shares) * softmax(log p / temperature + weights),
    over what the mask allows.
    """

    def masks(self, states: Numbers) -> Masks: ...
    def weights(self, states: Numbers) -> Floats | None: ...
    def shares(self, states: Numbers) -> Floats | None: ...
    def after(self, states: Numbers, tokens: Numbers) -> Numbers: ...


class Tree:
    def __init__(self, store: Store, stop: int, ends: Iterable[int] = (), never: Iterable[int] = ()) -> None:
        """stop: the token behind which there is nothing; ends: others at which a tuple ends; never: tokens that no
        path takes, whatever the constraint says."""
        self.store, self.stop = store, stop
        vocab = store.logs.shape[1]
        self.ends = np.zeros(vocab, np.bool_)
        self.ends[[stop, *ends]] = True
        self.may = np.ones(vocab, np.bool_)
        self.may[list(never)] = False

    def expand(self, root: int, search: Search, constraint: Constraint | None = None, state: int = 0) -> Leaves:
        """The tree under a node. constraint, state: what the paths must obey, and its state at the root.

        Raises StoreFull, before anything is stepped, for a tree larger than the store.
        """
        return run(self.store, self.growing(root, search, constraint, state))

    def growing(
        self, root: int, search: Search, constraint: Constraint | None = None, state: int = 0
    ) -> BatchedSteps[Leaves]:
        """`expand` as a growth."""
        self._check(search)
        self.store.root = root
        paths = _Paths.at(root, state)
        levels = []
        for depth in range(search.n):
            open_ = (~paths.ended).nonzero()[0]
            if not len(open_):
                break
            level, new = self._descend(paths, open_, search, constraint)
            if depth < search.n - 1:
                yield from self._follow(paths, new, constraint)
            paths = new
            levels.append(level)
        return Leaves(tuple(levels), paths.logs, search.joint)

    def mask(self, constraint: Constraint | None, states: Numbers) -> Masks:
        """[beams, vocab]: what may follow in these states [beams] of the constraint; [1, vocab] where there is none."""
        if constraint is None:
            return self.may[None]
        return constraint.masks(states) & self.may

    def emit(self, root: int, path: Path, stride: int = 0) -> list[int]:
        """Go down the first `stride` tokens of a path (0: all). Returns the node behind each, none behind a stop.

        The last becomes the store's root: what is not on the way to it or under it may be forgotten.
        """
        nodes = []
        for token in path.tokens[: stride or None]:
            if token == self.stop:
                break
            root = self.store.step(root, token)
            nodes.append(root)
        self.store.root = root
        return nodes

    def _check(self, search: Search) -> None:
        vocab = len(self.may)
        if (need := search.nodes(vocab)) >= self.store.capacity:
            beta = search.beta or vocab
            raise StoreFull(
                f"n = {search.n} with beta = {beta} needs {need} nodes, the store holds {self.store.capacity}; "
                "lower n or beta"
            )

    def _descend(
        self, paths: _Paths, open_: NDArray[np.int64], search: Search, constraint: Constraint | None
    ) -> tuple[Level, _Paths]:
        logs, masks = self.store.logs[paths.node[open_]], self.mask(constraint, paths.state[open_])
        weights, shares = opinions(constraint, paths.state[open_])
        if search.mode == "tree":
            done = paths.ended.nonzero()[0]
            if weights is None and shares is None:  # each node's best are its best at any temperature
                rows, tokens = np.nonzero(best(np.where(masks, logs, -np.inf), search.beta))
                warm = _chosen(logs, search.temperature, masks, rows, tokens)
            else:
                every = conditionals(logs, search.temperature, masks, weights, shares)
                rows, tokens = np.nonzero(best(every, search.beta))
                warm = every[rows, tokens]
            plain = warm  # ranks nothing
        else:
            every = conditionals(logs, 1.0, masks, weights, shares)  # [open, vocab]
            done, rows, tokens = _survivors(paths, open_, every, search.beta)
            plain = every[rows, tokens]
            warm = plain
            if search.temperature != 1.0:
                warm = conditionals(logs, search.temperature, masks, weights, shares)[rows, tokens]
        new = paths.child(done, open_[rows], tokens, plain, warm, self.ends)
        return Level(new.up, new.token, new.node), new

    def _follow(self, paths: _Paths, new: _Paths, constraint: Constraint | None) -> BatchedSteps[None]:
        """Step the constraint and the model along every path that goes on."""
        on = (~new.ended).nonzero()[0]
        up, tokens = new.up[on], new.token[on]
        if constraint is not None:
            new.state[on] = constraint.after(paths.state[up], tokens)
        if len(on):
            new.node[on] = yield paths.node[up], tokens


@dataclass(frozen=True, slots=True)
class _Paths:
    """All paths of one depth while it grows. Each field [paths]; plain: log-probability that ranks; logs: with
    the temperature."""

    up: Numbers
    token: Numbers
    node: Numbers
    state: Numbers
    ended: Masks
    plain: Floats
    logs: Floats

    @staticmethod
    def at(root: int, state: int) -> _Paths:
        one = np.full(1, -1, np.int32)
        zero = np.zeros(1)
        return _Paths(one, one, np.full(1, root, np.int32), np.full(1, state, np.int32), zero > 0, zero, zero)

    def child(
        self, done: NDArray[np.int64], up: NDArray[np.int64], tokens: NDArray[np.int64], plain: Floats, warm: Floats,
        ends: Masks,
    ) -> _Paths:  # fmt: skip
        """The paths `done`, as they are, and those `up` with a token more, in the order of the paths above."""
        if not len(done):
            blank = np.full(len(up), -1, np.int32)
            return _Paths(
                up.astype(np.int32), tokens.astype(np.int32), blank, blank.copy(), ends[tokens], self.plain[up] + plain,
                self.logs[up] + warm,
            )  # fmt: skip
        above = np.concatenate((done, up))
        token, state = (np.full(len(above), -1, np.int32) for _ in range(2))
        token[len(done) :] = tokens
        ended = np.ones(len(above), np.bool_)
        ended[len(done) :] = ends[tokens]
        ranks, logs = self.plain[above], self.logs[above]
        ranks[len(done) :] += plain
        logs[len(done) :] += warm
        nothing = np.full(len(above), -1, np.int32)
        paths = _Paths(above.astype(np.int32), token, nothing, state, ended, ranks, logs)
        return paths._at(np.argsort(above, kind="stable"))

    def _at(self, places: NDArray[np.int64]) -> _Paths:
        return _Paths(
            self.up[places], self.token[places], self.node[places], self.state[places], self.ended[places],
            self.plain[places], self.logs[places],
        )  # fmt: skip


def opinions(constraint: Constraint | None, states: Numbers) -> tuple[Floats | None, Floats | None]:
    """The weights and shares [beams, vocab] of a constraint in these states [beams]; None where it has none."""
    return (None, None) if constraint is None else (constraint.weights(states), constraint.shares(states))


def conditionals(
    logs: NDArray[np.float32], temperature: float, masks: Masks, weights: Floats | None = None,
    shares: Floats | None = None,
) -> Floats:  # fmt: skip
    """Log-probabilities [beams, vocab] at a temperature over what may be; -inf for the rest.

    weights, shares: [beams, vocab], of a `Constraint`; shares only where the mask allows."""
    scaled = logs.astype(np.float64) / temperature
    if weights is not None:
        scaled += weights
    scaled = np.where(masks, scaled, -np.inf)
    scaled -= scaled.max(axis=1, keepdims=True)
    exps = np.exp(scaled)
    sums = exps.sum(axis=1, keepdims=True)
    if shares is None:
        return np.asarray(scaled - np.log(sums))
    exps *= (1 - shares.sum(axis=1, keepdims=True)) / sums
    exps += shares
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(exps))


def _chosen(
    logs: NDArray[np.float32], temperature: float, masks: Masks, rows: NDArray[np.int64], tokens: NDArray[np.int64]
) -> Floats:
    """The same, [paths], of some tokens of some rows."""
    scaled = np.where(masks, logs.astype(np.float64) / temperature, -np.inf)
    scaled -= scaled.max(axis=1, keepdims=True)
    chosen = scaled[rows, tokens]
    return np.asarray(chosen - np.log(np.exp(scaled, out=scaled).sum(axis=1))[rows])


def best(logs: Floats, beta: int) -> Masks:
    """[beams, vocab]: the beta most probable of each row, of equals the first; all that may be for 0."""
    if not 0 < beta < logs.shape[1]:
        return np.asarray(np.isfinite(logs))
    edge = np.partition(logs, -beta, axis=1)[:, -beta, None]
    kept = logs >= edge
    if np.count_nonzero(kept) == beta * len(logs) and bool(np.isfinite(edge).all()):
        return np.asarray(kept)
    for row in np.flatnonzero(kept.sum(axis=1) > beta):  # equals at the edge, or fewer than beta that may: rare
        kept[row] = False
        kept[row, np.argsort(-logs[row], kind="stable")[:beta]] = True
    return np.asarray(kept & np.isfinite(logs))


def _survivors(
    paths: _Paths, open_: NDArray[np.int64], plain: Floats, beta: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The beta best paths in all, as (paths that had ended, rows of `plain` that go on, their tokens)."""
    done = np.flatnonzero(paths.ended)
    scores = np.concatenate((paths.plain[done], (paths.plain[open_, None] + plain).ravel()))
    kept = np.flatnonzero(best(scores[None], beta)[0])
    rows, tokens = np.divmod(kept[kept >= len(done)] - len(done), plain.shape[1])
    return done[kept[kept < len(done)]], rows, tokens
