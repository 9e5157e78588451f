"""The experts' weights on disk: what is written comes back, what does not match its card is refused, both named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from instrument.networks.chorale.experts import ProductOfExperts
from instrument.networks.chorale.history import UNKNOWN_MODE, Moment, VoiceHistory
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.plans import FIRST, Plan
from instrument.networks.chorale.tokens import ALTO, CHAIN, KNOWN, SOPRANO
from instrument.networks.chorale.weights import load, save, wanted
from instrument.networks.weight_files import WeightsError
from tests.fakes.chorales import STEPS, piece, told, views
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


FEWER = ("absolute", "spacing", "contour", "beat", "chord")


def test_weights_of_fewer_experts_go_on_playing_when_another_is_added(tmp_path: Path) -> None:
    """Their layout counts their own experts' fields alone, so that a new expert's neither shift nor refuse them."""
    models = {voice: ProductOfExperts(voice, Plan("shared", 6, FEWER)).eval() for voice in CHAIN}
    save(models[ALTO].plan, arrays(models), tmp_path / "five", {})
    back = load(tmp_path / "five")
    assert back.plan.experts == FEWER and {head.expert for head in back.plan.heads(ALTO)} == set(FEWER)
    model, tokens = models[ALTO], piece(4)
    model.fill(dict(back.arrays))
    step, history = ProductStep(ALTO, back.plan, back.arrays), VoiceHistory.start()
    with torch.no_grad():
        wanted = model(views(tokens, ALTO))[0].numpy()
    state, about = step.start(), told(tokens[:, SOPRANO])
    for n in range(STEPS):
        now = Moment(
            **{name: values[n : n + 1] for name, values in about.items()},
            tonic=np.zeros(1, np.int16), mode=np.full(1, UNKNOWN_MODE, np.int16),
        )  # fmt: skip
        look = step.look(step.open(state, history, now), [[int(tokens[n, v]) for v in KNOWN[ALTO]]])
        assert np.allclose(look.logs[0], wanted[n, 0], atol=1e-4)
        state, history = look.state(0), history.advance(tokens[n : n + 1])


def test_a_card_that_names_no_experts_has_the_first_six(tmp_path: Path) -> None:
    plan = Plan("shared", 6, FIRST)
    save(plan, arrays({voice: ProductOfExperts(voice, plan) for voice in CHAIN}), tmp_path / "six", {})
    path = tmp_path / "six.json"
    card = json.loads(path.read_text())
    del card["architecture"]["experts"]
    path.write_text(json.dumps(card))
    assert load(tmp_path / "six").plan == plan


FAULTS: Faults = {
    **ANY,
    "other network": (lambda s: architecture_with(s, network="folk-rnn"), "does not describe a product"),
    "other plan": (lambda s: architecture_with(s, plan="octopus"), '"octopus" is no plan'),
    "other experts": (lambda s: architecture_with(s, experts=["beat", "taste"]), "not all are known here"),
    "no experts": (lambda s: architecture_with(s, experts=[]), '"experts" is []'),
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
