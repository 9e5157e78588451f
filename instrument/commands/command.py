"""One command of the command line: its arguments, and a body that is given them and says lines.

Bodies import what they need when they run, so that none of them costs the others a moment. Nothing here prints: what is
said goes to `say`, figures go back to run.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from instrument.workshop.cluster.tasks import Machines

Say = Callable[[str], None]
PATCHES = ("reel", "jig", "hornpipe", "polka", "waltz", "air")  #: those that name a dance


@dataclass(frozen=True, slots=True)
class Result:
    """Result of a command. figures: for `--json`; table: show them to people too; status: of the process, 0 or 1."""

    figures: Mapping[str, Any] = field(default_factory=dict)
    table: bool = False
    status: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """Command of the command line.

    arguments: declares them; run: the body, which raises ValueError, OSError or RuntimeError with one line for
    what cannot be had; figures: it takes `--json`."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Say], Result]
    figures: bool = True


def positive(text: str) -> int:
    """A whole number of at least 1, as argparse wants its types."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is below 1")
    return number


def json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, - for the terminal")


def cluster_option(parser: argparse.ArgumentParser, of: str = "") -> None:
    """Declare `--cluster`. of: whose it is, where a command has several questions."""
    parser.add_argument("--cluster", default="", metavar="ADDRESS", help=f"{of}over the nodes of a Ray cluster, "
                        "ray://HOST:10001, or local for one on this machine (docs/cluster.md)")  # fmt: skip


def machines(args: argparse.Namespace) -> Machines:
    """Where tasks are done, by `--jobs` and `--cluster`. Raises ValueError, ModuleNotFoundError, before any."""
    from instrument.workshop.cluster.tasks import Machines

    if args.cluster:
        from instrument.rig.cluster.address import check

        check(args.cluster, "--cluster")
    return Machines(getattr(args, "jobs", 1), args.cluster)
