"""The option `--cluster` of studies, and what it and `--jobs` say about where tasks are done."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from instrument.workshop.cluster.tasks import Machines


def cluster_option(parser: argparse.ArgumentParser, of: str = "") -> None:
    """Declare it. of: whose it is, where a command has several questions."""
    parser.add_argument("--cluster", default="", metavar="ADDRESS", help=f"{of}over the nodes of a Ray cluster, "
                        "ray://HOST:10001, or local for one on this machine (docs/cluster.md)")  # fmt: skip


def machines(args: argparse.Namespace) -> Machines:
    """Where the tasks are done. Raises ValueError, ModuleNotFoundError: before anything has begun."""
    from instrument.workshop.cluster.tasks import Machines

    if args.cluster:
        from instrument.rig.cluster.address import check

        check(args.cluster, "--cluster")
    return Machines(getattr(args, "jobs", 1), args.cluster)
