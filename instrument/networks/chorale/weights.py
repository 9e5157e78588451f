"""The experts' weights on disk: NAME.safetensors in half precision, its card NAME.json, NAME.md for people.

One pair of files holds all three voices. Without torch: the accompanist reads them into NumPy while the music
plays elsewhere; `experts.ProductOfExperts.fill` takes the same arrays. What each is called: `plans.Plan.shapes`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.plans import FIRST, Plan, described
from instrument.networks.chorale.tokens import CHAIN, TOKENS
from instrument.networks.model_card import markdown
from instrument.networks.weight_files import (
    FOLDER,
    FORMAT,
    Card,
    WeightsError,
    line,
    mark_of,
    read_card,
    refuse,
    stem_of,
)

SHIPPED = FOLDER / "chorale"  #: stem of the files that come with the instrument
NETWORK = "product of experts"


@dataclass(frozen=True, slots=True)
class ExpertWeights:
    """Weights of the experts, with their card.

    plan: which networks; arrays: in float32, by the names and in the shapes of `Plan.shapes`; card.
    """

    plan: Plan
    arrays: Mapping[str, NDArray[np.float32]]
    card: Card


def wanted(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Name and shape of every array, all voices."""
    return {name: shape for voice in CHAIN for name, shape in plan.shapes(voice).items()}


def save(plan: Plan, arrays: Mapping[str, NDArray[np.float32]], stem: Path, card: Card) -> None:
    """Write STEM.safetensors, STEM.json and STEM.md; a folder stands for the name `chorale` inside it.

    card: "format" and "architecture" are filled in here. Raises WeightsError for what half precision cannot
    hold, and for arrays that are not the plan's. thread: any. blocks: on the disk.
    """
    stem = stem_of(stem, SHIPPED.name)
    _check(plan, arrays, stem)
    with np.errstate(over="ignore"):  # found below
        halves = {name: np.ascontiguousarray(array, dtype=np.float16) for name, array in arrays.items()}
    if bad := [name for name, array in halves.items() if not np.isfinite(array).all()]:
        raise WeightsError(f"{stem}.safetensors: {bad[0]} has values that are not finite in half precision")
    stem.parent.mkdir(parents=True, exist_ok=True)
    sizes = {
        "network": NETWORK, "plan": plan.name, "hidden": plan.hidden, "experts": list(plan.experts), "tokens": TOKENS,
    }  # fmt: skip
    told = {"format": FORMAT, "architecture": {**sizes, "parameters": sum(a.size for a in arrays.values())}}
    full = {**told, **card, **told}
    save_file(halves, stem.with_suffix(".safetensors"), {"layout": mark_of(described(plan))})
    stem.with_suffix(".safetensors").chmod(0o644)  # for everyone to read, as the card is
    stem.with_suffix(".json").write_text(json.dumps(full, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(markdown(full), encoding="utf-8")


def load(stem: Path = SHIPPED) -> ExpertWeights:
    """The weights of all voices and their card. Raises WeightsError, one line that names the files.

    stem: path without suffix, or any of the three files, or a folder that holds `chorale`
    thread: any. blocks: on the disk, some tens of milliseconds.
    """
    stem = stem_of(stem, SHIPPED.name)
    card = read_card(stem.with_suffix(".json"))
    plan = _plan(card, stem.with_suffix(".json"))
    path = stem.with_suffix(".safetensors")
    try:
        refuse(path)
        with safe_open(path, framework="numpy") as file:
            mark = (file.metadata() or {}).get("layout")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise WeightsError(f"{path}: no such file; weights are a pair, NAME.safetensors and NAME.json") from None
    except (OSError, SafetensorError, TypeError) as error:
        raise WeightsError(f"{path}: not a readable safetensors file ({line(error)}); fetch it again") from None
    _check(plan, arrays, stem)
    if mark != mark_of(described(plan)):
        raise WeightsError(f"{path}: made for other views of the music than {stem.name}.json; fetch both files again")
    return ExpertWeights(plan, {name: array.astype(np.float32) for name, array in arrays.items()}, card)


def _plan(card: Card, path: Path) -> Plan:
    """The plan that a card states; bounded, so that a card cannot ask for a mountain of memory."""
    stated = card.get("architecture")
    if not isinstance(stated, dict) or stated.get("network") != NETWORK or stated.get("tokens") != TOKENS:
        raise WeightsError(f'{path}: "architecture" does not describe a product of experts: {stated!r:.120}')
    name, hidden, noise = stated.get("plan"), stated.get("hidden"), stated.get("noise", 0)
    sized = type(hidden) is int and 1 <= hidden <= 1024 and type(noise) is int and noise == 0  # no random inputs
    if not isinstance(name, str) or not sized:
        raise WeightsError(f'{path}: "architecture" does not describe a product of experts: {stated!r:.120}')
    experts = stated.get("experts", list(FIRST))
    if not isinstance(experts, list) or not experts or any(str(one) not in EXPERTS for one in experts):
        raise WeightsError(
            f'{path}: "experts" is {experts!r:.80}, of which not all are known here; update the instrument'
        )
    plan = Plan(name, int(hidden or 0), tuple(one for one in EXPERTS if one in experts))
    try:
        plan.parts(CHAIN[0])
    except ValueError as error:
        raise WeightsError(f"{path}: {error}; update the instrument") from None
    return plan


def _check(plan: Plan, arrays: Mapping[str, NDArray[np.generic]], stem: Path) -> None:
    """Raises WeightsError where the arrays are not those of the plan; both files are named."""
    path, shapes = stem.with_suffix(".safetensors"), wanted(plan)
    if odd := sorted(shapes.keys() ^ arrays.keys()):
        word = "lacks" if odd[0] in shapes else "has an unknown"
        raise WeightsError(f"{path}: {word} {odd[0]}; it does not belong to {stem.name}.json")
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise WeightsError(f"{path}: {name} is {list(arrays[name].shape)}, {stem.name}.json needs {list(shape)}")
        if not np.issubdtype(arrays[name].dtype, np.floating) or not np.isfinite(arrays[name]).all():
            raise WeightsError(f"{path}: {name} holds values that are not finite numbers; fetch the file again")
