"""`save`: a Lilt that plays on this machine is asked to save everything as it stands, as a patch."""

from __future__ import annotations

import argparse
import socket

from instrument.commands.command import Command, Result, Say

PATIENCE = 5.0  #: seconds for the answer
LARGEST = 65536  #: bytes of a packet


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="of the patch; what came with Lilt is never written over")
    parser.add_argument("--osc-port", type=int, default=9127, help="of the Lilt that plays (default: 9127)")


def _save(args: argparse.Namespace, say: Say) -> Result:
    say(f"saved as {asked(args.name, args.osc_port)}; play it with: lilt {args.name}")
    return Result()


def asked(name: str, port: int, host: str = "127.0.0.1") -> str:
    """Ask the Lilt at that port; returns the name that the patch got. Raises ValueError, one line, for a port there
    cannot be; RuntimeError where it is refused, or nobody answers. blocks: for five seconds at most."""
    from pythonosc.osc_message import OscMessage
    from pythonosc.osc_message_builder import build_msg

    if not 1 <= port <= 65535:
        raise ValueError(f"--osc-port {port} is outside 1..65535")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(PATIENCE)
        try:
            line.connect((host, port))
            line.send(build_msg("/lilt/patch/save", [name]).dgram)
            while True:
                message = OscMessage(line.recv(LARGEST))
                if message.address == "/lilt/patch/saved":
                    return str(message.params[0])
                if message.address == "/lilt/error":
                    raise RuntimeError(str(message.params[-1]))
        except OSError:
            raise RuntimeError(f"no Lilt answers at port {port}; start one, or give its --osc-port") from None


SAVE = Command("save", "save everything as it stands in the Lilt that plays, as a patch", _arguments, _save,
               figures=False)  # fmt: skip
