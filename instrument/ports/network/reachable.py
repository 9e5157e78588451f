"""Reachability of a TCP port: whether anything answers at a host and port."""

from __future__ import annotations

import socket

PATIENCE = 2.0  #: seconds


def reachable(host: str, port: int) -> bool:
    """Whether something accepts connections there. blocks: PATIENCE at most, and as long as the name takes."""
    try:
        with socket.create_connection((host, port), PATIENCE):
            return True
    except OSError:
        return False
