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
    from instrument.commands.tunebook.explain import explain
    from instrument.commands.tunebook.tune_source import asked_for
    from instrument.thinking.model.model_choice import ModelChoice
    from instrument.thinking.tune.loader import load_memory

    memory = load_memory(ModelChoice(args.weights, "cpu"))
    return explain(asked_for(args.tune, args.seed, memory, args.number, args.patch), memory, say)


def plot_command(args: argparse.Namespace, say: Say) -> dict[str, Any]:
    """`plot activations TUNE`. Raises ValueError or OSError, one line."""
    from instrument.commands.tunebook.tune_source import asked_for
    from instrument.thinking.model.model_choice import ModelChoice
    from instrument.thinking.tune.loader import load_memory
    from instrument.workshop.study.plot_activations import plot_activations

    memory = load_memory(ModelChoice(args.weights, "cpu"))
    asked = asked_for(args.tune, args.seed, memory, args.number, args.patch)
    say(f"{asked.name}: {' '.join(asked.texts)}")
    out = args.out or Path("build/pictures") / asked.name
    return plot_activations(memory.model, memory.vocabulary, asked.texts, out, say)


def tunes_options(parser: argparse.ArgumentParser) -> None:
    """The options of `tunes`."""
    from instrument.files.tunebook import TUNEBOOK

    parser.add_argument("number", nargs="?", type=int, metavar="N", help="one tune of the book; all are listed without")
    parser.add_argument("--book", type=Path, default=TUNEBOOK, metavar="FILE")
    parser.add_argument("--export", type=Path, metavar="DIR", help="write tune N (or all) there")
    parser.add_argument("--as", dest="kinds", metavar="KINDS", help="of abc, json, mid, musicxml, svg, pdf (default: "
                        "all but pdf that can be had here)")  # fmt: skip
    parser.add_argument("--replay", action="store_true", help="play tune N again, exactly")
    parser.add_argument("--midi", action="append", default=[], metavar="NAME", help="replay to this MIDI output")
    parser.add_argument("--no-sound", action="store_true", help="replay without the sound card")


def tunes_command(args: argparse.Namespace, say: Say) -> int:
    """`tunes`. Raises ValueError, OSError or RuntimeError, one line."""
    from instrument.commands.tunebook.tunes import KINDS, export, lacks, lines, one_of
    from instrument.files.tunebook import read

    if args.replay and args.number is None:
        raise ValueError("say which tune to play again: tunes N --replay")
    chosen = [one_of(args.book, args.number)] if args.number is not None else read(args.book)
    if args.replay:
        return _replay(chosen[0], args, say)
    if args.export is None:
        for line in [chosen[0].abc.rstrip()] if args.number is not None else lines(args.book, chosen):
            say(line)
        return 0
    kinds = tuple(kind.strip() for kind in (args.kinds or "abc,json,mid,musicxml,svg").split(","))
    if strange := [kind for kind in kinds if kind not in KINDS]:
        raise ValueError(f"--as {strange[0]}: there is {', '.join(KINDS)}")
    lacking = {kind: lack for kind in kinds if (lack := lacks(kind))}
    if args.kinds and lacking:
        raise RuntimeError("; ".join(lacking.values()))
    for kind, lack in lacking.items():
        say(f"without {kind}: {lack}")
    kinds = tuple(kind for kind in kinds if kind not in lacking)
    for number, kept in enumerate(chosen, args.number or 1):
        for path in export(kept, args.export / f"tune-{number}", kinds):
            say(str(path))
    return 0


def _replay(kept: Any, args: argparse.Namespace, say: Say) -> int:
    from instrument.commands.tunebook.tunes import patch_of, spans_of
    from instrument.files.rig_file import asked_for
    from instrument.rig.conductor import Conductor
    from instrument.rig.setup import Rig, check

    patch = patch_of(kept)
    spans = spans_of(kept, patch)
    rig = Rig(asked_for(args.midi, [], False, False), silent=args.no_sound, bars=len(spans), opening=spans, osc_port=0)
    check(rig, patch)
    say(f"playing {kept.title} again: {len(spans)} bars")
    return Conductor(patch, rig, say, seed=kept.seed or 1).run()
