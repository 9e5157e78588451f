"""The memory of a tune's own tokens: the longest run that comes again, and what followed it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from instrument.networks.folkrnn import FolkRNN, Stepper
from instrument.networks.siblings import Siblings
from instrument.thinking.again import HEAD, TRUST, followers, mixed
from instrument.thinking.growth import run
from instrument.thinking.search import Search
from instrument.thinking.store import Store
from instrument.thinking.tree import Tree
from instrument.thinking.tree_reject import rejecting
from instrument.workshop.study_again import fit, loss, rows

tunes = st.lists(st.integers(0, 4), min_size=1, max_size=40).map(lambda body: [9, 8, *body])


def plainly(tokens: list[int]) -> tuple[int, list[int]]:
    """Every earlier place, its run counted token by token."""
    best: list[tuple[int, int]] = []
    for place in range(HEAD, len(tokens)):
        run = 0
        while run < len(TRUST) - 1 and place - run - 1 >= 0 and tokens[place - run - 1] == tokens[-run - 1]:
            run += 1
        best.append((run, tokens[place]))
    longest = max((run for run, _ in best), default=0)
    return longest, [token for run, token in best if run == longest] if longest else []


@given(tunes)
def test_the_longest_run_is_found(tokens: list[int]) -> None:
    if len(tokens) > HEAD + 1:
        assert followers(tokens) == plainly(tokens)


def test_a_passage_that_begins_again_goes_on_as_before() -> None:
    length, after = followers([9, 8, 1, 2, 3, 4, 0, 1, 2, 3])
    assert (length, after) == (3, [4])
    assert followers([9, 8, 1, 2]) == (0, []) and followers([9, 8]) == (0, [])


weights = st.lists(st.floats(0, 1), min_size=10, max_size=10).filter(lambda w: sum(w) > 0.1)


@given(tunes, weights, st.floats(0, 1))
def test_what_is_mixed_obeys_the_law_and_sums_to_one(tokens: list[int], raw: list[float], strength: float) -> None:
    network = np.array(raw) / sum(raw)
    found = mixed(network, tokens, strength)
    assert abs(found.sum() - 1) < 1e-9 and (found >= 0).all() and not found[network == 0].any()
    assert (mixed(network, tokens, 0.0) == network).all()
    _, after = followers(tokens)
    if legal := [t for t in after if network[t] > 0]:
        assert sum(found[t] for t in set(legal)) >= sum(network[t] for t in set(legal)) - 1e-9


def test_trust_grows_with_the_run() -> None:
    assert TRUST[0] == 0 and list(TRUST) == sorted(TRUST) and TRUST[-1] < 1


def test_the_fit_finds_the_weights_that_made_the_rows() -> None:
    """Rows in which the run is right so often that only one weight is likeliest."""
    made = [(0.1, 3, 1.0)] * 60 + [(0.4, 3, 0.0)] * 40 + [(0.3, 0, 0.0)] * 5
    trust = fit(made)
    assert loss(made, trust) < min(loss(made, [0.0] * len(TRUST)), loss(made, TRUST))
    for away in (-0.02, 0.02):
        other = [*trust[:3], trust[3] + away, *trust[4:]]
        assert loss(made, trust) <= loss(made, other)
    assert trust[0] == trust[1] == 0.0


def test_the_rows_are_of_the_network_and_of_the_tune() -> None:
    torch.manual_seed(1)
    model = FolkRNN(9, 8, 2).eval()
    tune = [0, 8, 7, 2, 3, 4, 2, 3, 4, 1]
    found = rows(model, [tune])
    assert [run for _, run, _ in found] == [0, 0, 0, 0, 0, 0, 1, 2, 3]
    assert found[6][2] == found[7][2] == 1.0 and found[8][2] == 0.0  # 2 -> 3 -> 4 as before, then the end
    nats = -sum(math.log(network) for network, _, _ in found) / len(found)
    assert nats == pytest.approx(loss(found, [0.0] * len(TRUST)))


def test_a_tuple_is_drawn_from_what_is_mixed_and_the_law_still_holds() -> None:
    torch.manual_seed(2)
    store = Store(Siblings(Stepper(FolkRNN(6, 8, 1).eval())), 64)
    tree, root = Tree(store, stop=5), store.begin(0)
    seen: list[list[int]] = []

    def only_three(path: list[int], expected: np.ndarray) -> np.ndarray:
        seen.append(list(path))
        return np.eye(6)[3] if expected[3] > 0 else expected

    path = run(store, rejecting(tree, root, Search(3), iter([0.5] * 9), again=only_three))
    assert path.tokens == (3, 3, 3) and path.probability == pytest.approx(1) and seen == [[], [3], [3, 3]]
    narrow = run(store, rejecting(tree, root, Search(2, beta=1), iter([0.5] * 999), again=only_three))
    assert narrow.tokens == (3, 3), "the one most expected is the one that is said again"
