"""Marks of an installation: hashes of its weights, its tables and its code, by which two machines know that they
compose alike."""

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


def marks(how: Arrangement, choice: ModelChoice) -> dict[str, str]:
    """By name, what decides the notes of a seed, as it is on this machine. Raises OSError where a file is missing.
    blocks: while some 20 MB are read."""
    files = {"the tune model's weights": numbers_file(choice.weights or FOLDER, "folk")} if how.source == "tune" else {}
    files["the experts' weights"] = numbers_file(how.experts or FOLDER, "chorale")
    found = {name: mark_of_file(file) for name, file in files.items()}
    inside = sorted(path for room in COMPOSING for path in (HOUSE / room).rglob("*"))
    return {
        "Lilt": __version__, **found,
        "tables": _together(path for path in inside if path.suffix in TABLES),
        "code": _together(path for path in inside if path.suffix == ".py"),
    }  # fmt: skip


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
