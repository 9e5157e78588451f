"""`save`: a Lilt that plays on this machine is asked to save everything as it stands, as a patch."""

from __future__ import annotations

import argparse

from instrument.commands.command import Command, Result, Say


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="of the patch; what came with Lilt is never written over")
    parser.add_argument("--osc-port", type=int, default=9127, help="of the Lilt that plays (default: 9127)")


def _save(args: argparse.Namespace, say: Say) -> Result:
    from instrument.ports.osc.ask import ask_to_save

    say(f"saved as {ask_to_save(args.name, args.osc_port)}; play it with: lilt {args.name}")
    return Result()


SAVE = Command("save", "save everything as it stands in the Lilt that plays, as a patch", _arguments, _save,
               figures=False)  # fmt: skip
