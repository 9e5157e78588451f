"""The commands that ask about one tune or a few: `plot activations`, `explain`. Options and bodies; torch waits."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Say = Callable[[str], None]


def tune_options(parser: argparse.ArgumentParser) -> None:
    """How a tune is named."""
    parser.add_argument("tune", nargs="?", type=Path, help="an ABC file, a session log, or a file of tokens")
    parser.add_argument("--number", type=int, default=1, metavar="N", help="which of the file's tunes, from 1")
    parser.add_argument("--seed", type=int, help="a new tune instead, in the meter and mode of the patch")
    parser.add_argument("--patch", default="first", help="of the new tune")


def explain_command(args: argparse.Namespace, say: Say) -> dict[str, Any]:
    """`explain TUNE`. Raises ValueError or FileNotFoundError, one line."""
    from instrument.thinking.choice import ModelChoice
    from instrument.thinking.mind import load_memory
    from instrument.workshop.asked import asked_for
    from instrument.workshop.explain import explain

    memory = load_memory(ModelChoice(args.weights, "cpu"))
    return explain(asked_for(args.tune, args.seed, memory, args.number, args.patch), memory, say)


def plot_command(args: argparse.Namespace, say: Say) -> dict[str, Any]:
    """`plot activations TUNE`. Raises ValueError or OSError, one line."""
    from instrument.thinking.choice import ModelChoice
    from instrument.thinking.mind import load_memory
    from instrument.workshop.asked import asked_for
    from instrument.workshop.plot_activations import plot_activations

    memory = load_memory(ModelChoice(args.weights, "cpu"))
    asked = asked_for(args.tune, args.seed, memory, args.number, args.patch)
    say(f"{asked.name}: {' '.join(asked.texts)}")
    out = args.out or Path("build/pictures") / asked.name
    return plot_activations(memory.model, memory.vocabulary, asked.texts, out, say)
