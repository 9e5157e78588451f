"""Marks of an installation: hashes of its weights, its tables and its code, by which two machines know that they
compute alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import instrument
from instrument import __version__
from instrument.networks.weight_files import FOLDER, mark_of_file, numbers_file
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.spans.arrange import Arrangement

HOUSE = Path(instrument.__file__).parent
COMPOSING = ("controls", "files", "music", "networks", "thinking")  #: rooms whose code decides the notes of a seed
TABLES = (".json", ".npz", ".txt")  #: what the code reads besides weights

Marks = Mapping[str, str]


def marks(weights: Mapping[str, Path], rooms: Iterable[str] = COMPOSING) -> dict[str, str]:
    """By name, what decides the results, as it is on this machine: Lilt's version, each file of weights, tables, code.

    weights: files by what people call them, relative to Lilt's own folder or absolute. Raises OSError where one is
    missing. blocks: while some 20 MB are read.
    """
    inside = sorted(path for room in rooms for path in (HOUSE / room).rglob("*"))
    return {
        "Lilt": __version__,
        **{name: mark_of_file(HOUSE / file) for name, file in weights.items()},
        "tables": _together(path for path in inside if path.suffix in TABLES),
        "code": _together(path for path in inside if path.suffix == ".py"),
    }


def thinker_weights(how: Arrangement, choice: ModelChoice) -> dict[str, Path]:
    """The weights that a thinker composes with."""
    experts = {"the experts' weights": numbers_file(how.experts or FOLDER, "chorale")}
    return {**tune_weights(choice.weights), **experts} if how.source == "tune" else experts


def tune_weights(weights: Path | None) -> dict[str, Path]:
    """Those of the model of tunes; None: the shipped ones."""
    return {"the tune model's weights": numbers_file(weights or FOLDER, "folk")}


def portable(file: Path) -> Path:
    """A file as another machine finds it: what came with Lilt relative to Lilt's own folder, others where they are."""
    whole = file.resolve()
    return whole.relative_to(HOUSE.resolve()) if whole.is_relative_to(HOUSE.resolve()) else whole


def difference(here: Marks, there: Marks) -> str:
    """The first thing that is not the same, as one line says it; "" where all is. Pure."""
    for name, mark in here.items():
        if (other := there.get(name, "missing")) != mark:
            return f"{name} there {other}, here {mark}"
    return ""


def _together(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.relative_to(HOUSE).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]
