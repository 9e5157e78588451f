"""OSC client that asks a playing Lilt to save everything as it stands."""

from __future__ import annotations

import socket

PATIENCE = 5.0  #: seconds for the answer
LARGEST = 65536  #: bytes of a packet


def ask_to_save(name: str, port: int, host: str = "127.0.0.1") -> str:
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
