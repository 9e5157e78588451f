"""Inside the model: the gates that are replayed are the model's, and the pictures' numbers are a few lines of NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.workshop.study import gramians as gr
from instrument.workshop.study.gates import KINDS, replay

TUNE = [0, 3, 5, 8, 5, 3, 2, 7, 7, 1]

values = st.floats(-5, 5).map(lambda value: round(value, 3))
rows = arrays(np.float64, st.tuples(st.integers(2, 8), st.integers(1, 5)), elements=values)


@pytest.fixture(scope="module")
def model() -> FolkRNN:
    torch.manual_seed(3)
    return FolkRNN(9, 16, 3).eval()


def test_the_replay_ends_where_the_model_does(model: FolkRNN) -> None:
    found = replay(model, TUNE)
    with torch.no_grad():
        logits, state = model.sequence(torch.tensor(TUNE[:-1])[:, None])
    assert np.allclose(found.probabilities, logits[:, 0].softmax(-1).numpy(), atol=1e-6)
    assert np.allclose(found.hidden[:, -1], state[0, :, 0].numpy(), atol=1e-6)
    assert np.allclose(found.cell[:, -1], state[0, :, 1].numpy(), atol=1e-6)
    assert found.numbers == tuple(TUNE[1:])


def test_gates_obey_the_equations_of_part_9(model: FolkRNN) -> None:
    found = replay(model, TUNE)
    for kind in KINDS:
        assert found.of(kind).shape == (3, len(TUNE) - 1, 16)
    assert np.allclose(found.hidden, found.out * np.tanh(found.cell))
    assert np.allclose(found.of("tanh_cell"), np.tanh(found.of("cell")))
    before = np.concatenate((np.zeros((3, 1, 16)), found.cell[:, :-1]), 1)
    candidate = (found.cell - found.forget * before) / found.in_
    assert (np.abs(candidate) <= 1 + 1e-4).all()
    for gate in (found.in_, found.forget, found.out):
        assert (gate > 0).all() and (gate < 1).all()


def test_a_tune_of_nothing_has_none(model: FolkRNN) -> None:
    with pytest.raises(ValueError, match="no tokens"):
        replay(model, [0])


@given(rows)
def test_a_magnitude_gramian_is_of_cosines(a: np.ndarray) -> None:
    found = gr.magnitudes(a)
    for i, x in enumerate(a):
        for j, y in enumerate(a):
            norm = np.linalg.norm(x) * np.linalg.norm(y)
            assert found[i, j] == pytest.approx(abs(x @ y) / norm if norm > 0 else 0.0, abs=1e-6)


@given(rows, st.data())
def test_a_product_of_two_has_rows_of_one_and_columns_of_the_other(a: np.ndarray, data: st.DataObject) -> None:
    b = data.draw(arrays(np.float64, a.shape, elements=values))
    assert np.allclose(gr.magnitudes(a, b), gr.magnitudes(b, a).T)
    assert np.allclose(gr.magnitudes(a, a), gr.magnitudes(a))


@given(st.lists(st.integers(0, 6), min_size=2, max_size=20))
def test_the_gramian_of_the_tokens_says_where_the_same_token_stands(numbers: list[int]) -> None:
    found = gr.gramian(gr.one_hot(numbers, 7))
    assert (found == (np.array(numbers)[:, None] == np.array(numbers)[None, :])).all()


@given(arrays(np.float64, (6, 4), elements=st.floats(0.01, 1)))
def test_distances_are_l1_and_the_counts_are_of_pairs(weights: np.ndarray) -> None:
    p = weights / weights.sum(1, keepdims=True)
    apart = gr.distances(p)
    for i in range(6):
        for j in range(6):
            assert apart[i, j] == pytest.approx(np.abs(p[i] - p[j]).sum())
    count, far = gr.pairs(apart, 0.3)
    assert count == 15 and far == sum(apart[i, j] > 0.3 for i in range(6) for j in range(i))


def test_distributions_without_overlap_are_two_apart_and_as_many_pairs_as_in_part_9() -> None:
    apart = gr.distances(np.eye(107, 137))
    assert gr.pairs(apart) == (5671, 5671) and set(np.unique(apart)) == {0.0, 2.0}
    assert gr.pairs(np.zeros((160, 160)))[0] == 12720


@given(arrays(np.float64, (5, 5), elements=st.floats(0, 1)), st.floats(0.1, 9), st.floats(-3, 3))
def test_likeness_is_a_correlation(gram: np.ndarray, scale: float, shift: float) -> None:
    gram = gram + gram.T
    above = gram[np.triu_indices(5, 1)]
    if above.std() > 1e-3:
        assert gr.likeness(gram, scale * gram + shift) == pytest.approx(1)
        assert gr.likeness(gram, -gram) == pytest.approx(-1)
        other = np.arange(25.0).reshape(5, 5)
        other = other + other.T
        expected = np.corrcoef(above, other[np.triu_indices(5, 1)])[0, 1]
        assert gr.likeness(gram, other) == pytest.approx(expected, abs=1e-6)
    assert gr.likeness(gram, np.ones((5, 5))) == 0


def test_gathering_tells_scattered_from_gathered() -> None:
    assert gr.gathering(gr.magnitudes(np.vstack((np.eye(4), np.ones((8, 4)))))) == (0.0, pytest.approx(1.0))


def test_among_compares_the_chosen_with_the_rest() -> None:
    apart = np.array([[0, 1, 5, 5], [1, 0, 5, 5], [5, 5, 0, 2], [5, 5, 2, 0]], float)
    assert gr.among(apart, [0, 1]) == (1.0, 5.0)
