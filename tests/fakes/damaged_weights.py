"""Damage done to weights on disk: to their card, to their tensors, to the files, whichever network they are of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

#: a name, what is done to the weights at that stem, and what is said of it
Faults = Mapping[str, tuple[Callable[[Path], object], str]]


def numbers(stem: Path) -> Path:
    """The file of the tensors."""
    return stem.with_suffix(".safetensors")


def card(stem: Path) -> Path:
    """The file of the card."""
    return stem.with_suffix(".json")


def card_with(stem: Path, **changes: Any) -> None:
    """The card says something else."""
    card(stem).write_text(json.dumps({**json.loads(card(stem).read_text()), **changes}))


def architecture_with(stem: Path, **changes: Any) -> None:
    """The card says something else of the network's shape."""
    card_with(stem, architecture={**json.loads(card(stem).read_text())["architecture"], **changes})


def tensors_with(stem: Path, metadata: dict[str, str] | None = None, **changes: np.ndarray | None) -> None:
    """Other tensors, by name, `__` for a dot; None takes one away. metadata: in place of what stands there."""
    with safe_open(numbers(stem), "numpy") as file:
        before = dict(file.metadata())
    found = {**load_file(numbers(stem)), **{name.replace("__", "."): array for name, array in changes.items()}}
    kept = {name: array for name, array in found.items() if array is not None}
    save_file(kept, numbers(stem), before if metadata is None else metadata)


#: what may happen to the files of any network
ANY: Faults = {
    "no weights": (lambda s: numbers(s).unlink(), ".safetensors: no such file"),
    "no card": (lambda s: card(s).unlink(), ".json: no such file"),
    "card cut short": (lambda s: card(s).write_text('{"format": 1,'), "not a readable model card"),
    "card not utf-8": (lambda s: card(s).write_bytes(b"\xff\xfe{"), "not a readable model card"),
    "card a list": (lambda s: card(s).write_text("[1]"), "format version None"),
    "later format": (lambda s: card_with(s, format=2), "format version 2, this instrument reads 1; update it"),
    "no sizes": (lambda s: card_with(s, architecture=None), "does not describe a "),
    "huge": (lambda s: architecture_with(s, hidden=10**9), "does not describe a "),
    "cut short": (
        lambda s: numbers(s).write_bytes(numbers(s).read_bytes()[:900]), "not a readable safetensors file"
    ),
    "empty": (lambda s: numbers(s).write_bytes(b""), "not a readable safetensors file"),
}  # fmt: skip
