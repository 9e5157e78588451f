"""The experts' weights on disk: what is written comes back, what does not match its card is refused, both named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from instrument.networks.chorale.experts import ProductOfExperts
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import ALTO, CHAIN
from instrument.networks.chorale.weights import load, save, wanted
from instrument.networks.weight_files import WeightsError
from tests.fakes.damaged_weights import ANY, Faults, architecture_with, numbers, tensors_with


@pytest.fixture(params=["shared", "separate"])
def models(request: pytest.FixtureRequest) -> dict[int, ProductOfExperts]:
    torch.manual_seed(1)
    return {voice: ProductOfExperts(voice, Plan(request.param, 6)) for voice in CHAIN}


def arrays(models: dict[int, ProductOfExperts]) -> dict[str, np.ndarray]:
    return {name: array for model in models.values() for name, array in model.arrays().items()}


@pytest.fixture
def stem(models: dict[int, ProductOfExperts], tmp_path: Path) -> Path:
    save(models[ALTO].plan, arrays(models), tmp_path / "four", {"name": "small", "losses": {"test": 0.5}})
    return tmp_path / "four"


def test_a_round_trip_through_half_precision(stem: Path, models: dict[int, ProductOfExperts]) -> None:
    back = load(stem)
    assert back.plan == models[ALTO].plan and back.card["losses"] == {"test": 0.5}
    written = arrays(models)
    assert back.arrays.keys() == written.keys()
    for name, array in back.arrays.items():
        assert array.dtype == np.float32 and np.array_equal(array, written[name].astype(np.float16)), name
    for voice, model in models.items():
        again = ProductOfExperts(voice, back.plan)
        again.fill(dict(back.arrays))
        for name, tensor in model.state_dict().items():
            assert torch.equal(again.state_dict()[name], tensor.half().to(tensor.dtype)), name
    assert back.card["architecture"]["parameters"] == sum(m.parameter_count() for m in models.values())


def test_the_arrays_are_those_the_plan_names(models: dict[int, ProductOfExperts]) -> None:
    assert {name: array.shape for name, array in arrays(models).items()} == wanted(models[ALTO].plan)


def test_saving_again_gives_the_same_bytes_and_a_folder_is_enough(stem: Path, tmp_path: Path) -> None:
    back = load(stem.with_suffix(".json"))
    save(back.plan, back.arrays, tmp_path, back.card)
    for suffix in (".safetensors", ".json", ".md"):
        assert (tmp_path / f"chorale{suffix}").read_bytes() == stem.with_suffix(suffix).read_bytes()
    assert load(tmp_path).plan == back.plan


FAULTS: Faults = {
    **ANY,
    "other network": (lambda s: architecture_with(s, network="folk-rnn"), "does not describe a product"),
    "other plan": (lambda s: architecture_with(s, plan="octopus"), '"octopus" is no plan'),
    "other size": (lambda s: architecture_with(s, hidden=7), "needs"),
    "missing": (lambda s: tensors_with(s, alto__exponents=None), "four.safetensors: lacks alto.exp"),
    "unknown": (lambda s: tensors_with(s, descant=np.zeros(3, np.float16)), "has an unknown descant"),
    "not a number": (
        lambda s: tensors_with(s, bass__exponents=load_file(numbers(s))["bass.exponents"] * np.float16(np.nan)),
        "bass.exponents holds values",
    ),
    "other views": (lambda s: tensors_with(s, {"layout": "x"}), "views of the music than four.json"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_one_clear_line(stem: Path, fault: str) -> None:
    break_it, said = FAULTS[fault]
    break_it(stem)
    with pytest.raises(WeightsError) as caught:
        load(stem)
    line = str(caught.value)
    assert said in line and "\n" not in line and "four." in line and str(stem.parent) in line


def test_what_half_precision_cannot_hold_is_not_saved(models: dict[int, ProductOfExperts], tmp_path: Path) -> None:
    found = arrays(models)
    found["alto.exponents"] = found["alto.exponents"] * 1e6
    with pytest.raises(WeightsError, match=r"alto\.exponents has values that are not finite"):
        save(models[ALTO].plan, found, tmp_path / "w", {})
    assert not list(tmp_path.iterdir())
