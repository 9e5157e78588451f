"""`patches`, `render`, `replay` and `tunes`: what there is to play, music into files, and music again."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from instrument.commands.command import Command, Result, Say, positive
from instrument.commands.tune_options import tunes_command, tunes_options
from instrument.controls.control import Value

if TYPE_CHECKING:
    from instrument.files.patch import Patch


def _render_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("patch", nargs="?", default="first", help="a patch, or known tunes: an ABC file, a folder")
    parser.add_argument("number", nargs="?", metavar="X", help="of an ABC file, the X: of the tune to begin with")
    parser.add_argument("--patch", dest="with_patch", metavar="NAME", help="which patch plays known tunes")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="turn a control before it "
                        "begins, as practice.speed=60; again for another")  # fmt: skip
    parser.add_argument("--bars", type=positive, default=32, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("recordings/render"), metavar="DIR")
    parser.add_argument("--weights", type=Path)


def _render(args: argparse.Namespace, say: Say) -> Result:
    from instrument.commands.tunebook.known import patch_for
    from instrument.rig.render import render

    patch = patch_for(args.patch, args.number, args.with_patch)
    patch = _as_set(patch, dict(map(_turned, args.set)))
    figures = render(patch, args.bars, args.seed, args.out, args.weights)
    for name in ("tune.abc", "tune.mid", "tune.wav"):
        say(str(args.out / name))
    return Result(figures)


def _as_set(patch: Patch, turned: Mapping[str, Value]) -> Patch:
    """The patch with controls turned before it begins; those of voices too. Raises ValueError, one line."""
    from instrument.controls.voice_controls import drone_of
    from instrument.files.patch_voices import as_turned

    patch = replace(patch, values={**patch.values, **turned})
    if any(name.startswith("voice.") for name in turned):
        patch = replace(patch, voices=as_turned(patch.voices, patch.values), drone=drone_of(patch.values))
    return patch


def _turned(text: str) -> tuple[str, Value]:
    """A control and its value, from NAME=VALUE. Raises ValueError, one line."""
    from instrument.controls.table import CONTROLS

    name, _, given = (part.strip() for part in text.partition("="))
    if name not in CONTROLS:
        raise ValueError(f'--set {text[:80]}: there is no control "{name[:80]}"; docs/controls.md lists them')
    value: object = {"true": True, "false": False}.get(given, given)
    if CONTROLS[name].numeric:
        with suppress(ValueError):
            value = int(given) if CONTROLS[name].kind == "int" else float(given)
    return name, CONTROLS[name].check(value)


def _replay_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", type=Path)


def _replay(args: argparse.Namespace, say: Say) -> Result:
    from instrument.commands.replay import replay_log

    return Result(status=0 if replay_log(args.log, say) else 1)


def _tunes(args: argparse.Namespace, say: Say) -> Result:
    return Result(status=tunes_command(args, say))


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def _patches(args: argparse.Namespace, say: Say) -> Result:
    from instrument.files.shipped import OWN, PATCHES, patch_names

    names = patch_names()
    for name in names:
        file = PATCHES / f"{name}.toml"
        text = (file if file.exists() else OWN / file.name).read_text(encoding="utf-8", errors="replace")
        header = (text.splitlines() or [""])[0].lstrip("# ")
        say(f"{name:<{max(map(len, names))}}  {header.removeprefix(f'{name}: ')}")
    say("play one: lilt NAME; one of your own: lilt FILE.toml")
    return Result()


PATCHES = Command("patches", "list the patches that can be played", _no_arguments, _patches, figures=False)
RENDER = Command("render", "compose into files: MIDI, WAV and ABC", _render_arguments, _render)
REPLAY = Command("replay", "play a session log again and compare the bytes", _replay_arguments, _replay, figures=False)
TUNES = Command(
    "tunes", "the tunes that were kept: listed, exported, played again", tunes_options, _tunes, figures=False
)
