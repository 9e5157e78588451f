"""Body of `run.py train folk`, by its options: one recipe, many side by side, or only the corpus as numbers."""

from __future__ import annotations

import argparse
import hashlib
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from instrument.networks.folk.weights import SHIPPED
from instrument.rig.cluster.marks import COMPOSING, marks
from instrument.workshop.books.tokens import Tokens
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines
from instrument.workshop.folk.recipes import RECIPES, TRIES, FolkRecipe
from instrument.workshop.folk.sweep import Sweep
from instrument.workshop.folk.sweep_nodes import Tried, sweep_over
from instrument.workshop.folk.train import prepare, train_folk

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
Say = Callable[[str], None]


def train(args: argparse.Namespace, say: Say) -> dict[str, Any]:
    """Do what is asked; returns figures. Raises ValueError, one line."""
    torch.set_num_threads(args.threads)
    device = ("cuda" if torch.cuda.is_available() else "cpu") if args.device == "auto" else args.device
    if args.prepare:
        return {"tunes": len(prepare(args.abc, args.prepare, say).tunes)}
    if args.tries is not None:
        tokens = Tokens.load(args.tokens) if args.tokens else prepare(args.abc, args.work / "tokens.safetensors", say)
        if args.cluster:
            return _over_nodes(tokens, args, say)
        precision = PRECISIONS[args.precision]
        tries = Sweep(tokens, args.minutes, args.out or args.work, device, precision, device == "cuda", report=say,
                      command="python run.py " + shlex.join(sys.argv[1:]))  # fmt: skip
        best = tries.run(named(args.tries, TRIES))
        return {f"train.valid.{result.recipe.name}": result.valid for result in best}
    recipe = named([args.recipe], (*RECIPES.values(), *TRIES))[0]
    if args.epochs:
        recipe = replace(recipe, epochs=args.epochs)
    card = train_folk(
        args.abc, args.out or SHIPPED, args.work, recipe, args.device, report=say,
        command="python run.py " + shlex.join(sys.argv[1:]), begin=args.begin or SHIPPED,
    )  # fmt: skip
    return {f"train.{side}": value for side, value in card["losses"].items()}


def _over_nodes(tokens: Tokens, args: argparse.Namespace, say: Say) -> dict[str, Any]:
    """The tries over a cluster's nodes; those that are done of the same tunes, minutes and code are kept."""
    mark = " ".join([*marks({}, (*COMPOSING, "workshop")).values(), str(hash_of(tokens)), str(args.minutes)])
    kept = KeptResults(args.work / "tries.jsonl", f"{mark} {args.precision}")
    how = Tried(args.minutes, args.device, args.precision)
    best = sweep_over(
        tokens, named(args.tries, TRIES), how, args.out or args.work, Machines(cluster=args.cluster), say, kept,
        "python run.py " + shlex.join(sys.argv[1:]),
    )  # fmt: skip
    return {f"train.valid.{result.recipe.name}": result.valid for result in best}


def hash_of(tokens: Tokens) -> str:
    """What tells one corpus from another. Pure."""
    return hashlib.sha256(repr((tokens.names, tokens.sides, tokens.tunes)).encode()).hexdigest()[:12]


def named(names: list[str], known: tuple[FolkRecipe, ...]) -> list[FolkRecipe]:
    """Recipes by name; all of them for none. Raises ValueError, naming what there is."""
    by_name = {recipe.name: recipe for recipe in known}
    for name in names:
        if name not in by_name:
            raise ValueError(f'no recipe "{name}"; there is {", ".join(by_name)}')
    return [by_name[name] for name in names] if names else list(known)
