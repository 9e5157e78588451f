"""Options of `play` for a microphone: `--mic`, `--mic-instrument`, `--mic-listen`, over what the rig file says."""

from __future__ import annotations

import argparse
from dataclasses import replace

from instrument.controls.devices.microphone import Microphone, asked_for


def add(play: argparse.ArgumentParser) -> None:
    """Declare them."""
    play.add_argument("--mic", nargs="?", const="", metavar="DEVICE", help="a microphone as an input: one melody "
                      "instrument or voice; by part of its name, or the system's own choice")  # fmt: skip
    play.add_argument("--mic-instrument", metavar="NAME", help='what is played before it: "fiddle", "D whistle", '
                      '"voice" ..., or its lowest and highest note, "D4 B5"')  # fmt: skip
    play.add_argument("--mic-listen", action="store_true", help="its notes only tell the backing what the chord is")


def microphone(args: argparse.Namespace, written: Microphone | None) -> Microphone | None:
    """The microphone asked for; None for none. written: the rig file's. Raises ValueError, one line."""
    if args.mic is None and written is None:
        if args.mic_instrument is not None or args.mic_listen:
            raise ValueError("--mic-instrument and --mic-listen say how a microphone is heard; add --mic")
        return None
    asked = written or Microphone()
    instrument = args.mic_instrument or asked.instrument
    found = asked_for(
        args.mic or asked.device, instrument, args.mic_listen or asked.listen, asked.thru, "--mic-instrument: "
    )
    return replace(found, thru=()) if found.listen else found
