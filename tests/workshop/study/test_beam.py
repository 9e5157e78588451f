"""The study of the beam: what it measures, against enumerating and against the live tree."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.networks.folk.split_step import Siblings
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.store import Store
from instrument.thinking.tree.tree import Tree
from instrument.workshop.evaluate.tuple_sampler import TupleSampler
from instrument.workshop.study import beam_mass
from instrument.workshop.study.beam_mass import KeptMass, MassPlaces, kept
from instrument.workshop.study.beam_plots import markdown

START, BAR, STOP = 0, 3, 4


def tiny() -> FolkRNN:
    """Five tokens, 6 units, 2 layers, with opinions."""
    torch.manual_seed(1)
    model = FolkRNN(5, 6, 2).eval()
    model.reset()
    torch.nn.init.normal_(model.out.weight, std=2.0)
    return model


def tree_of(model: FolkRNN) -> tuple[Tree, int]:
    tree = Tree(Store(Siblings(Stepper(model)), 2000), STOP, ends=[BAR], never=[START])
    return tree, tree.store.begin(START)


@torch.inference_mode()
def place(model: FolkRNN) -> MassPlaces:
    logits, state = model.sequence(torch.tensor([[START]]))
    ends, never = torch.zeros(5, dtype=torch.bool), torch.zeros(5, dtype=torch.bool)
    ends[[BAR, STOP]], never[START] = True, True
    return MassPlaces(state, logits[-1], ends, never, Stepper(model).trails())


@pytest.mark.parametrize("beta", [1, 2, 3, 0])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_what_is_kept_is_what_the_live_tree_keeps(n: int, beta: int) -> None:
    model = tiny()
    tree, root = tree_of(model)
    leaves = tree.expand(root, Search(n, beta))
    shares = leaves.probabilities[leaves.probabilities > 0]
    law = kept(Stepper(model), place(model), n, beta)
    assert law.exact
    assert law.mass == pytest.approx(leaves.mass, abs=1e-5)
    assert law.entropy == pytest.approx(-(shares * np.log(shares)).sum(), abs=1e-4)
    assert law.distance == pytest.approx(1 - law.mass)


def test_what_is_too_large_to_enumerate_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    model, torch_places = tiny(), place(tiny())
    exact = kept(Stepper(model), torch_places, 3, 2)
    monkeypatch.setattr(beam_mass, "ROWS", 1)
    monkeypatch.setattr(beam_mass, "DRAWS", 20_000)
    torch.manual_seed(3)
    estimate = kept(Stepper(model), torch_places, 3, 2)
    assert not estimate.exact
    assert estimate.mass == pytest.approx(exact.mass, abs=0.02)
    assert estimate.entropy == pytest.approx(exact.entropy, abs=0.03)


@pytest.mark.parametrize(("n", "beta"), [(2, 2), (3, 3), (2, 0), (3, 1)])
def test_many_tunes_at_a_time_are_drawn_by_the_trees_law(n: int, beta: int) -> None:
    """Chi-squared on the first tuple of 20,000 tunes, and the share of attempts that stand is the kept mass."""
    model = tiny()
    tree, root = tree_of(model)
    leaves = tree.expand(root, Search(n, beta))
    expected = {leaves.path(leaf): p for leaf, p in enumerate(leaves.probabilities.tolist()) if p > 0}
    sampler = TupleSampler(Stepper(model), STOP, [START], [BAR], np.random.default_rng(5))
    drawn: dict[tuple[int, ...], int] = {}
    tunes = 20_000
    for tokens in sampler.write([[START]] * tunes, n, beta, 1 + n):
        tokens = tuple([*tokens[1:], *([STOP] if len(tokens) <= n and BAR not in tokens else [])][:n])
        tokens = tokens[: tokens.index(BAR) + 1] if BAR in tokens else tokens
        drawn[tokens] = drawn.get(tokens, 0) + 1
    assert set(drawn) <= set(expected)
    chi = sum((drawn.get(path, 0) - tunes * p) ** 2 / (tunes * p) for path, p in expected.items())
    assert chi < len(expected) - 1 + 4 * math.sqrt(2 * max(1, len(expected) - 1))


def test_attempts_that_stand_are_the_kept_mass() -> None:
    model = tiny()
    tree, root = tree_of(model)
    sampler = TupleSampler(Stepper(model), STOP, [START], [BAR], np.random.default_rng(6))
    sampler.write([[START]] * 5000, 2, 2, 2)
    assert sampler.tuples / sampler.attempts == pytest.approx(tree.expand(root, Search(2, 2)).mass, abs=0.02)


def test_the_table_says_which_figures_are_estimates() -> None:
    law = {"n": 4, "beta": 0, "mass": 1.0, "distance": 0.0, "entropy": 3.0, "exact": 0.0}
    rest = dict.fromkeys(
        ("tokens_per_s_rejecting", "nats", "tunes_miscounted", "repetition", "parts_close_on_tonic", "parts_of_eight",
         "shared", "different", "endless"), 0.5,
    )  # fmt: skip
    table = markdown([{**law, **rest}])
    assert "| 4 | all | 1.000~ |" in table and KeptMass(1.0, 3.0, False).distance == 0
