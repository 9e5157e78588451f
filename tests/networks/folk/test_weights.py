"""Weights on disk: what is written comes back, and what does not fit is one line that says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.networks.folk.look_back import READING, LookBack
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import SHIPPED, WeightsError, as_read_back, load, save, shipped
from tests.fakes.damaged_weights import ANY, Faults, architecture_with, card_with, tensors_with

TOKENS = ["<s>", "</s>", "M:4/4", "K:Cmaj", "C", "D", "|", "2"]


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    model = FolkRNN(len(TOKENS), 12, 2)
    model.initial.normal_()
    save(model, tmp_path / "tune", {"vocabulary": TOKENS, "name": "small", "losses": {"test": 1.5}})
    return tmp_path / "tune"


def test_a_round_trip_through_half_precision(stem: Path) -> None:
    torch.manual_seed(1)
    model = FolkRNN(len(TOKENS), 12, 2)
    model.initial.normal_()
    back, vocabulary, card = load(stem)
    for name, tensor in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], tensor.half().float()), name
    assert list(vocabulary.texts) == TOKENS and card["losses"] == {"test": 1.5}
    assert card["architecture"] == {
        "network": "folk-rnn", "vocab": 8, "hidden": 12, "layers": 2, "parameters": model.parameter_count()
    }  # fmt: skip
    assert not back.training and back.parameter_count() == model.parameter_count()
    assert next(back.parameters()).dtype == torch.float32
    Stepper(back).step(torch.tensor([0]), back.start())


def test_saving_again_gives_the_same_bytes(stem: Path, tmp_path: Path) -> None:
    model, _, card = load(stem)
    save(model, tmp_path / "again", card)
    for suffix in (".safetensors", ".json", ".md"):
        assert (tmp_path / f"again{suffix}").read_bytes() == stem.with_suffix(suffix).read_bytes()


def test_any_of_the_files_or_their_folder_names_the_weights(stem: Path) -> None:
    model, vocabulary, _ = load(stem.with_suffix(".json"))
    save(model, stem.parent, {"vocabulary": list(vocabulary.texts)})
    assert (stem.parent / "folk.safetensors").exists()
    assert load(stem.parent)[0].hidden == load(stem.with_suffix(".safetensors"))[0].hidden == 12


def test_the_second_biases_are_not_stored(stem: Path) -> None:
    names = load_file(stem.with_suffix(".safetensors"))
    assert sorted(names) == sorted(
        ["initial", "out.weight", "out.bias"]
        + [f"lstm.{kind}_l{k}" for k in (0, 1) for kind in ("weight_ih", "weight_hh", "bias_ih")]
    )


FAULTS: Faults = {
    **ANY,
    "no vocabulary": (lambda s: card_with(s, vocabulary=None), "not a list of tokens"),
    "odd token": (lambda s: card_with(s, vocabulary=[*TOKENS[:-1], "la\nla"]), "not a token"),
    "token twice": (lambda s: card_with(s, vocabulary=[*TOKENS[:-1], "C"]), "names a token twice"),
    "short vocabulary": (lambda s: card_with(s, vocabulary=TOKENS[:-1]), "lists 7 tokens for a model of 8"),
    "shuffled": (lambda s: card_with(s, vocabulary=[*TOKENS[:-2], "2", "|"]), "another vocabulary"),
    "other size": (lambda s: architecture_with(s, hidden=16), "initial is [2, 2, 12], its card needs [2, 2, 16]"),
    "other layers": (lambda s: architecture_with(s, layers=3), "lacks lstm.bias_ih_l2"),
    "missing": (lambda s: tensors_with(s, out__bias=None), "lacks out.bias"),
    "unknown": (lambda s: tensors_with(s, peephole=np.zeros(3, np.float16)), "has an unknown peephole"),
    "not a number": (lambda s: tensors_with(s, out__bias=np.full(8, np.nan, np.float16)), "out.bias holds values"),
    "infinite": (lambda s: tensors_with(s, out__bias=np.full(8, np.inf, np.float16)), "out.bias holds values"),
    "whole numbers": (lambda s: tensors_with(s, out__bias=np.zeros(8, np.int8)), "out.bias holds values"),
    "unmarked": (lambda s: tensors_with(s, {"vocabulary": "x"}), "another vocabulary"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_one_clear_line(stem: Path, fault: str) -> None:
    break_it, said = FAULTS[fault]
    break_it(stem)
    with pytest.raises(WeightsError) as caught:
        load(stem)
    line = str(caught.value)
    assert said in line and "\n" not in line and str(stem.parent) in line


def test_what_half_precision_cannot_hold_is_not_saved(tmp_path: Path) -> None:
    model = FolkRNN(len(TOKENS), 4, 1)
    with torch.no_grad():
        model.out.bias.fill_(1e6)
    with pytest.raises(WeightsError, match=r"out\.bias has values that are not finite"):
        save(model, tmp_path / "w", {"vocabulary": TOKENS})
    with pytest.raises(WeightsError, match="lists 7 tokens, the model has 8"):
        save(model, tmp_path / "w", {"vocabulary": TOKENS[:-1]})
    assert not list(tmp_path.iterdir())


def test_the_card_for_people_says_what_the_card_says(stem: Path) -> None:
    text = stem.with_suffix(".md").read_text()
    assert text.startswith("# small\n") and "| test | 1.5 |" in text


def test_look_back_inputs_are_kept_in_8_bits_and_a_plain_model_beside_them_stays_plain(tmp_path: Path) -> None:
    vocabulary = Vocabulary.shipped()
    torch.manual_seed(1)
    model = FolkRNN(len(vocabulary), 16, 2, look=LookBack(vocabulary.tokens))
    model.reset()
    told = model.lstm.get_parameter("weight_ih_l0")[:, len(vocabulary) :]
    with torch.no_grad():
        told.normal_()
        told[:, 7] = 0.0
    save(model, tmp_path / "look", {"vocabulary": list(vocabulary.texts)})
    kept, _, card = load(tmp_path / "look")
    back = kept.lstm.get_parameter("weight_ih_l0")[:, len(vocabulary) :]
    assert (back - told).abs().max() <= told.abs().max() / 127 and bool((back[:, 7] == 0).all())
    twin = as_read_back(model)
    assert all(torch.equal(own, twin.state_dict()[name]) for name, own in kept.state_dict().items())
    assert kept.look is not None and card["architecture"]["look_back"]["reading"] == READING
    with safe_open(tmp_path / "look.safetensors", "pt") as file:
        assert file.get_tensor("look.rows").dtype is torch.int8
    plain = FolkRNN(len(vocabulary), 16, 2)
    save(plain, tmp_path / "plain", {"vocabulary": list(vocabulary.texts)})
    assert load(tmp_path / "plain")[0].look is None
    (tmp_path / "look.json").write_text((tmp_path / "plain.json").read_text())
    with pytest.raises(WeightsError, match=r"look\.rows|weight_ih_l0|out\.|told"):
        load(tmp_path / "look")


def test_the_shipped_weights() -> None:
    model, vocabulary, card = shipped()
    assert (model.hidden, model.layers) == (512, 3) and len(vocabulary) == 137
    assert sum(p.stat().st_size for p in SHIPPED.parent.glob(f"{SHIPPED.name}.*")) <= 16 << 20
    assert 0.5 < card["losses"]["test"] < 3 and card["split"]["test"]["tunes"] > 50
    assert all(corpus["terms"] and corpus["origin"] for corpus in card["corpora"])
    assert "published" in card and card["date"] and card["command"]
