"""folk-rnn: its size, and two ways through it that must agree."""

from __future__ import annotations

import pytest
import torch

from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.networks.folk.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def model() -> FolkRNN:
    torch.manual_seed(3)
    model = FolkRNN(137, 64, 3).eval()
    model.initial.normal_(std=0.3)  # as an imported checkpoint's may be
    return model


def test_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        assert FolkRNN().parameter_count() == 5_599_881
    assert len(Vocabulary.shipped()) == 137


def test_step_equals_sequence(model: FolkRNN) -> None:
    stepper, tokens = Stepper(model), torch.randint(0, 137, (40, 5))
    with torch.inference_mode():
        logits, last = model.sequence(tokens)
    state = stepper.start(5)
    for step in range(40):
        now, state = stepper.step(tokens[step], state)
        assert (now - logits[step]).abs().max() < 1e-5
    assert (state - last).abs().max() < 1e-5


def test_a_sequence_goes_on_from_a_state(model: FolkRNN) -> None:
    tokens = torch.randint(0, 137, (20, 2))
    with torch.inference_mode():
        whole, last = model.sequence(tokens)
        _, middle = model.sequence(tokens[:7])
        rest, end = model.sequence(tokens[7:], middle)
    assert torch.allclose(rest, whole[7:], atol=1e-5) and torch.allclose(end, last, atol=1e-5)


def test_a_step_leaves_the_old_state_alone_and_is_repeatable(model: FolkRNN) -> None:
    stepper, tokens = Stepper(model), torch.tensor([5, 9])
    state = torch.randn(2, 3, 2, 64)
    kept = state.clone()
    first, new = stepper.step(tokens, state)
    assert torch.equal(state, kept)
    again, same = stepper.step(tokens, state)
    assert torch.equal(first, again) and torch.equal(new, same)
    assert new.data_ptr() != state.data_ptr()


@pytest.mark.parametrize("beams", [2, 8, 137])
def test_a_row_does_not_depend_on_its_neighbours(model: FolkRNN, beams: int) -> None:
    stepper = Stepper(model)
    tokens, state = torch.randint(0, 137, (beams,)), torch.randn(beams, 3, 2, 64)
    logits, new = stepper.step(tokens, state)
    for row in (0, beams - 1):
        alone, own = stepper.step(tokens[row : row + 1], state[row : row + 1])
        assert (alone[0] - logits[row]).abs().max() < 1e-5 and (own[0] - new[row]).abs().max() < 1e-5


def test_every_beam_starts_from_the_initial_state(model: FolkRNN) -> None:
    stepper = Stepper(model)
    assert torch.equal(stepper.start(4), model.start(4))
    stepper.start(1).zero_()
    assert torch.equal(stepper.start(1)[0], model.initial)


def test_a_fresh_model_opens_its_forget_gates_and_learns_one_bias_only() -> None:
    model = FolkRNN(9, 8, 2)
    model.reset()
    bias = model.lstm.get_parameter("bias_ih_l1")
    assert bias[8:16].eq(1).all() and bias[:8].eq(0).all() and bias[16:].eq(0).all()
    second = model.lstm.get_parameter("bias_hh_l1")
    assert not second.requires_grad and second.eq(0).all()
