"""What runs as graphs on a GPU, judged on the CPU, where the same work of fixed shape is simply run.

The judge of the draws is the tree on the host: the same law, the same leaves in the same order, so that the same number
draws the same tuple.
"""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
import torch

from instrument.music.meter import Meter
from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.weights import shipped
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.constraint import MeasureConstraint
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.tree.constraint_table import LawTable
from instrument.thinking.tree.search import MODES, Search
from instrument.thinking.tree.store import Store, StoreFull
from instrument.thinking.tree.store_cuda import SIZES, DeviceStore
from instrument.thinking.tree.tree import Tree
from instrument.thinking.tree.tree_cuda import DeviceTree
from instrument.thinking.tune.tune_writer import TuneWriter
from tests.fakes.thorough import every

ENDS, STOP = [3, 4], 10


def small() -> FolkRNN:
    """Eleven tokens, 16 units, three layers."""
    torch.manual_seed(1)
    model = FolkRNN(11, 16, 3).eval()
    model.reset()
    return model


class Both:
    """The same node on the host's store and on the device's."""

    def __init__(self, model: FolkRNN, tokens: list[int], stop: int, ends: list[int], nodes: int = 4096) -> None:
        stepper = Stepper(model)
        self.host = Tree(Store(Siblings(stepper), nodes), stop, ends, never=[tokens[0]])
        store = DeviceStore(stepper, nodes)
        self.device = DeviceTree(store, Tree(store, stop, ends, never=[tokens[0]]))
        self.here, self.there = (self._walk(each, tokens) for each in (self.host.store, store))

    @staticmethod
    def _walk(store: Store, tokens: list[int]) -> int:
        node = store.begin(tokens[0])
        for token in tokens[1:]:
            node = store.step(node, token)
        return node


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("beta", every(2, [0, 1, 2, 5, 8, 10, 60, 11]))
@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_same_number_draws_the_same_tuple(n: int, beta: int, mode: str) -> None:
    both, chance = Both(small(), [0, 5], STOP, ENDS), random.Random(n)
    for temperature, joint in ((1.0, 1.0), (1.4, 0.6)):
        search = Search(n, beta, mode, temperature, joint)
        leaves = both.host.expand(both.here, search)
        for uniform in (0.0, *(chance.random() for _ in range(12)), 1 - 2**-53):
            path, drawn = leaves.draw(uniform), both.device.draw(both.there, search, uniform)
            assert drawn.path.tokens == path.tokens
            assert drawn.path.probability == pytest.approx(path.probability, rel=1e-4)
            assert drawn.mass == pytest.approx(leaves.mass, rel=1e-4)


def test_steps_on_the_device_are_the_hosts_to_float32() -> None:
    both = Both(small(), [0, 5], STOP, ENDS, 600)
    device, host = both.device.store, both.host.store
    parents = [(both.there, both.here)]
    for size in SIZES:  # more rows than a batch of each size, and fewer
        pairs = [(there, here, token) for there, here in parents for token in range(1, 11)][: size + 3]
        tokens = np.array([token for _, _, token in pairs], np.int32)
        new = device.grow(np.array([there for there, _, _ in pairs], np.int32), tokens)
        known = host.grow(np.array([here for _, here, _ in pairs], np.int32), tokens)
        assert np.allclose(device.logs[new], host.logs[known], atol=1e-5)
        assert torch.allclose(device.states[new.tolist()], host.states[known.tolist()], atol=1e-5)
        assert np.array_equal(device.device_logs[new.tolist()].numpy(), device.logs[new])
        parents = list(zip(new.tolist(), known.tolist(), strict=True))
    assert device.computed == host.computed


def test_what_a_passage_was_read_to_is_on_the_device_too() -> None:
    both = Both(small(), [0, 5], STOP, ENDS, 600)
    logits = torch.randn(11)
    node = both.device.store.plant(torch.randn(3, 2, 16), logits)
    assert torch.equal(both.device.store.device_logs[node], torch.log_softmax(logits, 0))
    assert both.device.draw(node, Search(), 0.3).path.tokens == both.device.draw(node, Search(), 0.3).path.tokens


def test_a_tree_with_too_many_rows_is_refused_with_the_arithmetic() -> None:
    both = Both(small(), [0], STOP, ENDS, 32)
    with pytest.raises(StoreFull, match="161051 rows"):
        both.device.draw(both.there, Search(6, 0), 0.5)


@pytest.fixture(scope="module")
def real() -> Both:
    model, vocabulary, _ = shipped()
    bars = [vocabulary.index[bar] for bar in ("|", "|:", ":|", "|1", "|2")]
    return Both(model, [vocabulary.start, *vocabulary.encode(["M:6/8", "K:Cmaj", "|:"])], vocabulary.stop, bars)


@pytest.mark.parametrize("search", [Search(2, 12, joint=0.8), Search(3, 5, joint=1.3), Search(3, 30, "beam")], ids=str)
def test_the_law_runs_along_every_path_of_the_shipped_model(real: Both, search: Search) -> None:
    _, vocabulary, _ = shipped()
    guard, chance = BarGuard(vocabulary, Meter(6, 8)), random.Random(2)
    constraint = MeasureConstraint(guard)
    begun = guard.run(guard.start, [vocabulary.index["|:"]])
    assert begun is not None
    state = constraint.enter(begun)
    leaves = real.host.expand(real.here, search, constraint, state)
    for _ in range(8):
        uniform = chance.random()
        drawn = real.device.draw(real.there, search, uniform, constraint, state)
        assert drawn.path.tokens == leaves.draw(uniform).tokens
        assert guard.run(begun, drawn.path.tokens) is not None


def test_rows_of_a_law_are_given_up_when_there_are_no_more() -> None:
    """With room for few states the table begins again, and says the same."""
    _, vocabulary, _ = shipped()
    guard = BarGuard(vocabulary, Meter(4, 4))
    constraint, tree = (
        MeasureConstraint(guard),
        Tree(Store(Siblings(Stepper(FolkRNN(len(vocabulary), 4, 1))), 16), vocabulary.stop, never=[vocabulary.start]),
    )
    wide = LawTable(tree, torch.device("cpu"))
    narrow = LawTable(tree, torch.device("cpu"), 250)
    state = constraint.enter(guard.start)
    for token in vocabulary.encode(["|:", "C", "2", "D", "/2", "E", "/2", "F", "|"]):
        for table in (wide, narrow):
            row = table.after[table.upload(constraint, state, 2)]
            assert np.array_equal((row >= 0).numpy(), guard.allowed(constraint.guard_state(state)) & tree.may)
        state = constraint.follow(state, token)
    with pytest.raises(StoreFull, match="20 states"):
        LawTable(tree, torch.device("cpu"), 20).upload(constraint, constraint.enter(guard.start), 2)


@pytest.mark.parametrize("joint", (0.9, 0.2))
def test_a_sketch_composes_the_same_measures_on_both(joint: float) -> None:
    model, vocabulary, _ = shipped()
    guard, written = BarGuard(vocabulary, Meter(6, 8)), []
    settings = TuneSettings(5, 1, Search(2, 6, joint=joint))
    for on_device in (False, True):
        memory = ModelMemory(model, vocabulary, nodes=600)
        if on_device:
            memory.store = DeviceStore(memory.stepper, 600)
            memory.tree = Tree(memory.store, vocabulary.stop, np.flatnonzero(memory.tree.ends), [vocabulary.start])
            memory.device_tree = DeviceTree(memory.store, memory.tree)
        tune_writer = TuneWriter(memory, guard, ["M:6/8", "K:Cmaj"], settings)
        for _ in range(3):
            tune_writer.compose_measure()
        written.append(tune_writer.texts)
        assert 0 < tune_writer.mass() <= 1
    assert written[0] == written[1]
    assert list(itertools.chain(written[0])).count("|") >= 1
