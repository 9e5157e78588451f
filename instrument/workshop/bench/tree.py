"""Cost of the token tree: steps, trees and the cache, each beside the plain token in the same seconds.

All variants take turns on the shipped weights, one thread, from the states of a sampled tune that nothing is cached
under; figures are ratios of medians. A plain token is the one that is played: its distribution, the draw, and
one row stepped through the store. A tuple's time holds all its tree, the draw and the rows behind what is emitted.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from statistics import median

import numpy as np
import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import FolkRNN, Stepper, Trails, told_rows
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import shipped
from instrument.playing.time.clock import SystemClock
from instrument.thinking.tree.joint_rejection import propose
from instrument.thinking.tree.rejection import reject
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.store import Store
from instrument.thinking.tree.tree import Tree
from instrument.workshop.bench.rethought import bench_rethought

PREFIX = 150  #: tokens that folk-rnn's own sampler runs again for each new one
LEAST_TURNS = 15
PAIR, THREE, BEAM = Search(2), Search(3, 8), Search(4, 8, "beam")
COOLER = Search(3, 8, joint=0.9)
Say = Callable[[str], None]
#: what comes before, untimed, to a root; then the work under it, to the number of tokens emitted
Job = tuple[Callable[[], int], Callable[[int], int]]


def bench_tree(seconds: int, say: Say) -> dict[str, float]:
    """Figures `tree.*`. seconds: how long the variants take turns, fifteen turns at least; as long again with a rig.

    In a process of its own, because NumPy can only be held to one thread before it is loaded.
    """
    context = multiprocessing.get_context("spawn")
    line, theirs = context.Pipe()
    kept = {name: os.environ.get(name) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    os.environ.update(dict.fromkeys(kept, "1"))
    try:
        process = context.Process(target=_bench, args=(theirs, seconds), daemon=True)
        process.start()
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    theirs.close()
    figures: dict[str, float] = line.recv()
    process.join()
    say(
        f"a token {figures['tree.plain_ms']:.2f} ms; times that, one of exact pairs {figures['tree.pair_all']:.1f}, "
        f"of n 3 beta 8 {figures['tree.n3_b8']:.1f}, {figures['tree.reject_n3_b8']:.1f} without the tree"
    )
    return {**figures, **bench_rethought(seconds, say)}


def _bench(line: Connection, seconds: int) -> None:
    torch.set_num_threads(1)
    model, vocabulary, _ = shipped()
    stage = TreeBench(model.eval(), vocabulary)
    jobs = {**stage.steps(), **stage.tuples(), **stage.batches(), **stage.cache()}
    times: dict[str, list[float]] = {name: [] for name in jobs}
    clock = SystemClock()
    ends, turn = clock.now() + seconds, 0
    while turn < LEAST_TURNS or clock.now() < ends:
        stage.next_root()
        for name, (prepare, job) in stage.chance.sample(sorted(jobs.items()), len(jobs)):
            root = prepare()
            started = clock.now()
            tokens = job(root)
            times[name].append((clock.now() - started) / tokens)
        turn += 1
    figures = _figures({name: median(each[2:]) for name, each in times.items()})  # the first two warm up
    figures["tree.cached_rows"] = float(stage.cached_rows)
    figures["tree.attempts_n3_b8"] = stage.attempts / stage.rejections
    line.send(figures)


def _figures(t: dict[str, float]) -> dict[str, float]:
    """Ratios from seconds."""
    step, plain = t["step"], t["plain"]
    return {
        "tree.step_ms": step * 1000,
        "tree.plain_ms": plain * 1000,
        "tree.stepper_over_step": t["stepper"] / step,
        "tree.nn_lstm_over_step": t["nn_lstm"] / step,
        "tree.numpy_over_step": t["numpy"] / step,
        "tree.prefix_rerun_over_step_150": t["prefix"] / step,
        "tree.unshared_over_shared_137": t["unshared"] / t["shared"],
        "tree.forward_over_step": t["forward"] / step,
        "tree.pair_all": t["pair"] / plain,
        "tree.n3_b8": t["three"] / plain,
        "tree.beam8_n4": t["beam"] / plain,
        "tree.reject_n3_b8": t["reject"] / plain,
        "tree.joint_09_n3_b8": t["propose"] / plain,
        "tree.rebuild_over_cached": t["rebuild"] / t["cached"],
        "tree.rebuild_over_warmer": t["rebuild"] / t["warmer"],
        "tree.rebuild_over_narrower_pair": t["rebuild_pair"] / t["narrower"],
        "tree.cached_ms": t["cached"] * 1000,
        "tree.bookkeeping_percent_64": 100 * (t["grown_64"] / t["raw_64"] - 1),
        "tree.bookkeeping_percent_137": 100 * (t["grown_137"] / t["raw_137"] - 1),
    }


class TreeBench:
    """The model, the roots, and every variant as a job that starts at the root of the turn."""

    def __init__(self, model: FolkRNN, vocabulary: Vocabulary) -> None:
        self.model, self.stepper = model, Stepper(model)
        self.siblings = Siblings(self.stepper)
        self.tree = Tree(Store(self.siblings, 8192), vocabulary.stop, never=[vocabulary.start])
        self.chance = random.Random(1)
        self.cached_rows = self.rejections = 0
        self.attempts = 0.0
        self.tokens = [vocabulary.start, *vocabulary.encode(["M:6/8", "K:Cmaj"])]
        self._sample()
        self.turn = 0
        self.zero = torch.zeros(1, dtype=torch.long)

    @torch.inference_mode()
    def _sample(self) -> None:
        """A tune of `PREFIX` tokens, with the logits and the state behind each."""
        self.roots: list[tuple[Tensor, Tensor, Trails]] = []  # logits [vocab], state [layers, 2, hidden], trail [1]
        state, trails = self.stepper.start(), self.stepper.trails()
        for step in range(PREFIX):
            trails = self.stepper.follow(trails, torch.tensor([self.tokens[step]]))
            logits, state = self.stepper.step(torch.tensor([self.tokens[step]]), state, trails)
            self.roots.append((logits[0], state[0], trails))
            if step + 1 == len(self.tokens):
                logits[0, [self.tree.stop, self.tokens[0]]] = -torch.inf
                shares = torch.softmax(logits[0].double(), 0).tolist()
                self.tokens += self.chance.choices(range(len(shares)), shares)

    def next_root(self) -> None:
        self.turn += 1
        self.logits, self.state, self.trails = self.roots[3 + 7 * self.turn % (PREFIX - 3)]

    def planted(self) -> int:
        """The turn's root anew, with nothing under it."""
        self.tree.store.root = self.tree.store.plant(self.state, self.logits, self.trails[0])
        return self.tree.store.root

    def grown(self, search: Search) -> Callable[[], int]:
        """A root with a tree under it."""

        def prepare() -> int:
            root = self.planted()
            self.tree.expand(root, search)
            return root

        return prepare

    def _looks(self, tokens: Tensor) -> Tensor | None:
        """What a step of the turn is told besides its tokens, [beams, inputs], where the model looks back."""
        return told_rows(self.model.look, self.stepper.follow(self.trails, tokens), tokens.device)

    def steps(self) -> dict[str, Job]:
        token = torch.tensor([self.tokens[5]])
        weights = _numpy_weights(self.stepper)
        prefix = torch.tensor(self.tokens[:PREFIX])[:, None]
        done = self.siblings.recur(self.roots[9][1][None])

        @torch.inference_mode()
        def sequence(tokens: Tensor, state: Tensor | None) -> int:
            told = self._looks(tokens[0]) if state is not None else None
            self.model.sequence(tokens, state, told if told is None else told[None])
            return 1

        def forward(products: Tensor) -> int:
            states, told = self.state[None], self._looks(token)
            return len(self.siblings.forward(token, states, self.zero, products, self.zero, looks=told)[0])

        jobs: dict[str, Callable[[int], int]] = {
            "step": lambda _: forward(self.siblings.recur(self.state[None])),
            "forward": lambda _: forward(done),
            "stepper": lambda _: len(
                self.stepper.step(token, self.state[None], self.stepper.follow(self.trails, token))[0]
            ),
            "nn_lstm": lambda _: sequence(token[None], self.state[None]),
            "numpy": lambda _: _numpy_step(weights, int(token), self.state.numpy()),
            "prefix": lambda _: sequence(prefix, None),
        }
        return {name: (int, job) for name, job in jobs.items()}

    def tuples(self) -> dict[str, Job]:
        def tree(search: Search) -> Job:
            def job(root: int) -> int:
                path = self.tree.expand(root, search).draw(self.chance.random())
                self.tree.emit(root, path)
                return len(path.tokens)

            return self.planted, job

        def rejected(root: int) -> int:
            path = reject(self.tree, root, THREE, iter(self.chance.random, None))
            self.tree.emit(root, path)
            self.attempts, self.rejections = self.attempts + path.attempts, self.rejections + 1
            return len(path.tokens)

        def proposed(root: int) -> int:
            path = propose(self.tree, root, COOLER, iter(self.chance.random, None))
            self.tree.emit(root, path)
            return len(path.tokens)

        plain, pair, three, beam = (tree(search) for search in (Search(), PAIR, THREE, BEAM))
        return {
            "plain": plain, "pair": pair, "three": three, "beam": beam, "reject": (self.planted, rejected),
            "propose": (self.planted, proposed),
        }  # fmt: skip

    def batches(self) -> dict[str, Job]:
        """Whole trees beside the bare products they need."""
        every, some, eight = torch.arange(self.siblings.vocab), torch.arange(64) % 8, torch.arange(8)
        above = torch.arange(64) // 8

        def step(tokens: Tensor, states: Tensor, rows: Tensor) -> Tensor:
            look = self.model.look
            told = None if look is None else torch.from_numpy(look.nothing).expand(len(tokens), -1)
            return self.siblings.forward(tokens, states, rows, self.siblings.recur(states), rows, looks=told)[1]

        def unshared(_: int) -> int:
            states = self.state[None].expand(len(every), -1, -1, -1).contiguous()
            return min(1, len(step(every, states, torch.arange(len(every)))))

        def raw_64(_: int) -> int:
            below = step(eight, self.state[None], self.zero)
            return min(1, len(step(some, below, above)))

        def grow(search: Search) -> Job:
            return self.planted, lambda root: min(1, len(self.tree.expand(root, search)))

        return {
            "shared": (int, lambda _: min(1, len(step(every, self.state[None], self.zero)))),
            "unshared": (int, unshared),
            "raw_137": (int, lambda _: min(1, len(step(every[:135], self.state[None], self.zero)))),  # as many go on
            "raw_64": (int, raw_64),
            "grown_137": grow(PAIR),
            "grown_64": grow(THREE),
        }

    def cache(self) -> dict[str, Job]:
        """A tree built anew; then trees under a root where another was: beta lowered, temperatures and mask turned."""
        lower = replace(THREE, beta=6)
        narrow = Tree(self.tree.store, self.tree.stop, never=[0, 1, 2, 3])

        def again(tree: Tree, search: Search) -> Callable[[int], int]:
            def job(root: int) -> int:
                before = tree.store.computed
                tree.expand(root, search)
                self.cached_rows += tree.store.computed - before
                return 1

            return job

        return {
            "rebuild": (self.planted, lambda root: min(1, len(self.tree.expand(root, lower)))),
            "cached": (self.grown(THREE), again(self.tree, lower)),
            "warmer": (self.grown(THREE), again(self.tree, replace(THREE, temperature=1.2, joint=0.8))),
            "narrower": (self.grown(PAIR), again(narrow, PAIR)),
            "rebuild_pair": (self.planted, lambda root: min(1, len(narrow.expand(root, PAIR)))),
        }


def _numpy_weights(stepper: Stepper) -> dict[str, list[np.ndarray]]:
    return {
        "layers": [stepper.recurrent.numpy(), *(w.numpy() for w in stepper.fused)],
        "bias": [b.numpy() for b in stepper.bias],
        "ends": [stepper.rows.numpy(), stepper.w_out.numpy(), stepper.b_out.numpy()],
    }


def _numpy_step(weights: dict[str, list[np.ndarray]], token: int, state: np.ndarray) -> int:
    """The same step in NumPy, one token from a state [layers, 2, hidden]."""
    rows, w_out, b_out = weights["ends"]
    x, new = rows[token], np.empty_like(state)
    for layer, matrix in enumerate(weights["layers"]):
        h, c = state[layer]
        x = np.concatenate((x, h)) @ matrix + weights["bias"][layer - 1] if layer else h @ matrix + rows[token]
        i, f, g, o = x.reshape(4, -1)  # each [hidden]
        cell = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        x = np.tanh(cell) / (1 + np.exp(-o))
        new[layer] = x, cell
    logits = x @ w_out + b_out
    return int(np.isfinite(logits[0]))
