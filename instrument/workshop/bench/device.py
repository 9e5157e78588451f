"""Cost of the token tree on a GPU, each figure beside eager torch in the same run. Refused where there is no GPU.

A figure ends when the tokens are on the host, the wait included. Eager is the same work of fixed shape without
its graph, and for a single step `torch.nn.LSTM`, as a model is usually run. Medians.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from operator import eq
from statistics import median

import torch

from instrument.controls.snapshot import Snapshot
from instrument.networks.folk.device import device_named, settle
from instrument.networks.folk.folkrnn import FolkRNN, Stepper, Trails, told_rows
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import shipped
from instrument.playing.time.clock import SystemClock
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.spans.planner import WriteRequest, header
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.store import Store
from instrument.thinking.tree.store_cuda import DeviceStore
from instrument.thinking.tree.tree import Tree
from instrument.thinking.tree.tree_cuda import DeviceTree
from instrument.thinking.tune.loader import WriterFactory, load_memory

SEARCHES = {"pair": Search(2), "n3_b8": Search(3, 8), "beam8_n4": Search(4, 8, "beam"), "n3_all": Search(3)}
Say = Callable[[str], None]


def bench_device(seconds: int, say: Say) -> dict[str, float]:
    """Figures `device.*` in microseconds. seconds: about how long in all. Raises ValueError without a CUDA GPU."""
    device = device_named("cuda")
    say(torch.cuda.get_device_name())
    figures: dict[str, float] = {}
    for precision in ("float32", "bfloat16"):
        figures.update(_of(device, precision, seconds / 20))
    return {**figures, **_composing()}


def _of(device: torch.device, precision: str, each: float) -> dict[str, float]:
    model, vocabulary, _ = shipped()
    model.to(device)
    stepper = Stepper(model)
    store = DeviceStore(stepper, 4096, precision)
    trees = DeviceTree(store, Tree(store, vocabulary.stop, never=[vocabulary.start]))
    root = _root(store, vocabulary)
    chance, mark = random.Random(1), "" if precision == "float32" else f"_{precision}"
    figures = {}

    def step() -> None:
        store.children[root] = -1  # the same child anew
        store.step(root, 20)

    figures[f"device.step_us{mark}"] = _time(step, each)
    figures[f"device.step_graph_us{mark}"] = _time(partial(_settled, store._batch(1)._replay, device), each)
    for name, search in SEARCHES.items():
        figures[f"device.{name}_us{mark}"] = _time(partial(_drawn, trees, root, search, chance), each)
        graph = trees._graphs[(search.n, trees._width(search), search.mode)]
        figures[f"device.{name}_graph_us{mark}"] = _time(partial(_settled, graph._replay, device), each)
        figures[f"device.{name}_eager_us{mark}"] = _time(partial(_settled, graph._work, device), each)
    figures[f"device.same_draws{mark}"] = _same(trees, root, chance)
    if not mark:
        trail = store.trails[root : root + 1] if model.look else stepper.trails()
        figures.update(_eager_steps(model, stepper, store.states[root][None], trail, each, device))
    return figures


def _composing() -> dict[str, float]:
    """Whole tunes as the thinker writes them: tokens a second on the GPU and on one CPU thread, and whether the tune of
    a seed is the same."""
    clock, figures = SystemClock(), dict[str, float]()
    for name, search in (("plain", Search()), ("tree", Search(3, 8, joint=0.9))):
        written: list[list[tuple[str, ...]]] = []
        for device in ("cuda", "cpu"):
            memory = load_memory(ModelChoice(device=device))
            writers, tokens, started = WriterFactory(memory), 0, 0.0
            written.append([])
            for seed in range(1, 7):
                snapshot = Snapshot().with_values([("tune.seed", seed), ("tune.square", 0)])
                tune_writer = writers(WriteRequest(snapshot, 0, header(snapshot)))
                tune_writer.settings = replace(tune_writer.settings, search=search)
                if seed == 2:  # the first captures the graphs and warms the guard
                    tokens, started = 0, clock.now()
                while not tune_writer.whole and len(tune_writer.tokens) < 120:
                    tune_writer.compose_measure()
                tokens += len(tune_writer.tokens)
                written[-1].append(tune_writer.texts)
            figures[f"device.{name}_tokens_per_s_{device}"] = tokens / (clock.now() - started)
        figures[f"device.{name}_same_tunes"] = sum(map(eq, *written)) / len(written[0])
    return figures


def _root(store: Store, vocabulary: Vocabulary) -> int:
    node = store.begin(vocabulary.start)
    for token in vocabulary.encode(["M:6/8", "K:Cmaj", "|:", "C", "2", "E"]):
        node = store.step(node, token)
    return node


def _same(trees: DeviceTree, root: int, chance: random.Random) -> float:
    """The share of numbers that draw the same tuple on the GPU and, in float32, on the CPU."""
    model, vocabulary, _ = shipped()
    store = Store(Siblings(Stepper(model)), 4096)
    tree, there = Tree(store, vocabulary.stop, never=[vocabulary.start]), _root(store, vocabulary)
    same = []
    for search in (Search(2, 8), Search(3, 8, joint=0.8), Search(4, 8, "beam", temperature=1.2), Search(2)):
        leaves = tree.expand(there, search)
        for _ in range(100):
            uniform = chance.random()
            same.append(trees.draw(root, search, uniform).path.tokens == leaves.draw(uniform).tokens)
    return sum(same) / len(same)


def _eager_steps(
    model: FolkRNN, stepper: Stepper, state: torch.Tensor, trails: Trails, each: float, device: torch.device
) -> dict[str, float]:
    token = torch.tensor([20], device=device)
    behind = stepper.follow(trails, token)
    rows = told_rows(model.look, behind, device)

    @torch.inference_mode()
    def lstm() -> None:
        model.sequence(token[None], state, rows if rows is None else rows[None])[0].cpu()

    @torch.inference_mode()
    def stepped() -> None:
        stepper.step(token, state, behind)[0].cpu()

    return {"device.nn_lstm_us": _time(lstm, each), "device.stepper_us": _time(stepped, each)}


@torch.inference_mode()
def _settled(work: Callable[[], None], device: torch.device) -> None:
    work()
    settle(device)


def _time(work: Callable[[], object], seconds: float) -> float:
    """Median microseconds of a call, after ten to warm up."""
    clock, times = SystemClock(), list[float]()
    for _ in range(10):
        work()
    ends = clock.now() + seconds
    while clock.now() < ends or len(times) < 20:
        started = clock.now()
        work()
        times.append(clock.now() - started)
    return median(times) * 1e6


def _drawn(trees: DeviceTree, root: int, search: Search, chance: random.Random) -> None:
    trees.draw(root, search, chance.random())
