"""Sweep of training recipes over the nodes of a cluster, a task each: `run.py train folk --tries --cluster ADDRESS`.

Every recipe has the minutes for itself, on a GPU of its own where a node has one. Side by side on one machine they
share them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from instrument.networks.folk.folkrnn import HIDDEN, FolkRNN
from instrument.networks.folk.weights import load
from instrument.workshop.books.tokens import Tokens
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines, Ready, Task, run_tasks
from instrument.workshop.folk.cuda_learner import BUCKETS
from instrument.workshop.folk.recipes import FolkRecipe
from instrument.workshop.folk.sweep import Report, Sweep, SweepResult, ranked, write

FILES = (".safetensors", ".json")  #: of weights


@dataclass(frozen=True, slots=True)
class Tried:
    """How each recipe is tried. minutes: of its own; device: auto, cpu or cuda, as the node has it; dtype: name of
    torch's; hidden: units of the weights that are written."""

    minutes: float
    device: str = "auto"
    dtype: str = "float32"
    layers: int = 3
    buckets: tuple[int, ...] = BUCKETS
    hidden: int = HIDDEN


def sweep_over(
    tokens: Tokens, recipes: Sequence[FolkRecipe], how: Tried, out: Path, machines: Machines, report: Report,
    kept: KeptResults | None = None, command: str = "",
) -> list[SweepResult]:  # fmt: skip
    """Train them all; results, best first. Writes OUT/tries.json and the best weights of the shipped size, as a `Sweep`
    does. kept: tries that have been. blocks: some minutes for every recipe that a node has. Raises RuntimeError."""
    tasks = [Task(recipe.name, _try, (recipe, how)) for recipe in recipes]
    ready = Ready(_begin, (tokens,), gpu=how.device in ("auto", "cuda"))
    found = run_tasks(tasks, machines, "recipes", ready, kept, lambda name, tried: report(_line(name, tried)))
    results = [
        SweepResult(recipe, _model(found[recipe.name]["files"]), found[recipe.name]["course"])
        for recipe in recipes if found[recipe.name]
    ]  # fmt: skip
    write(results, out, tokens, how.hidden, command)
    return ranked(results)


_tokens: Tokens  # of a process that trains


def _begin(tokens: Tokens) -> None:
    global _tokens
    _tokens = tokens
    torch.set_num_threads(1)


def _try(recipe: FolkRecipe, how: Tried) -> dict[str, Any]:
    """The course of one recipe, and its weights in text where they may be written; nothing where it does not fit."""
    device = ("cuda" if torch.cuda.is_available() else "cpu") if how.device == "auto" else how.device
    with TemporaryDirectory() as folder:
        sweep = Sweep(
            _tokens, how.minutes, Path(folder), device, getattr(torch, how.dtype), device == "cuda", how.layers,
            buckets=how.buckets, hidden=how.hidden,
        )  # fmt: skip
        results = sweep.run([recipe])
        stem = Path(folder) / "folk"
        files = {
            suffix: b64encode(stem.with_suffix(suffix).read_bytes()).decode()
            for suffix in FILES if stem.with_suffix(suffix).exists()
        }  # fmt: skip
    return {"course": results[0].course, "files": files} if results else {}


def _model(files: dict[str, str]) -> FolkRNN | None:
    if not files:
        return None
    with TemporaryDirectory() as folder:
        for suffix, text in files.items():
            (Path(folder) / f"folk{suffix}").write_bytes(b64decode(text))
        model, _, _ = load(Path(folder) / "folk")
    return model


def _line(name: str, tried: dict[str, Any]) -> str:
    if not tried:
        return f"{name}: left out, it does not fit there"
    course = tried["course"]
    return f"{name}: valid {course['valid']:.4f}, test {course['test']:.4f}, {course['epochs']} epochs"
