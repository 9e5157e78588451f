"""Options of `play` for an ensemble: `--ensemble` and `--member`."""

from __future__ import annotations

import argparse

from instrument.rig.ensemble.ensemble_setup import EnsembleSetup, asked_for


def add(play: argparse.ArgumentParser) -> None:
    """Declare them."""
    play.add_argument("--ensemble", nargs="?", const="lilt", metavar="NAME", help="play with the other Lilts of that "
                      "name on this network: one leads the tune, the others back (docs/ensemble.md)")  # fmt: skip
    play.add_argument("--member", action="append", default=[], metavar="HOST", help="another member's machine, where "
                      "the network carries no multicast; again for another")  # fmt: skip


def ensemble(args: argparse.Namespace) -> EnsembleSetup | None:
    """The ensemble asked for; None for none. Raises ValueError, one line."""
    if args.ensemble is None:
        if args.member:
            raise ValueError("--member says where others of an ensemble are; add --ensemble")
        return None
    return asked_for(args.ensemble, args.member)
