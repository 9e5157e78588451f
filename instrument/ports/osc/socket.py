"""Socket of the OSC server: UDP packets of those who may come in, and what is said when it cannot be opened.

Who is not allowed is not answered either, so that nobody can have us send packets to a third.
"""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from instrument.ports.network.allowed import Allowed

Client = tuple[Any, ...]  #: (host, port), and two more in IPv6

DEFAULT_HOST = "127.0.0.1"  #: this machine only; 0.0.0.0 lets tablets in
DEFAULT_PORT = 9127
LARGEST = 65535  #: bytes of a packet


class OscPortError(OSError):
    """The address cannot be listened on. Its text is one line with the likely fix."""


class Door:
    """The listening socket. thread: any."""

    def __init__(self, host: str, port: int, allowed: Allowed) -> None:
        """Raises OSError, OverflowError or UnicodeError where that cannot be listened on."""
        self.allowed = allowed
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind((host, port))
            self.socket.setblocking(False)
        except BaseException:
            self.socket.close()
            raise
        self.address: Client = self.socket.getsockname()

    def wait(self, seconds: float) -> None:
        """Until something has come in, or so long."""
        with suppress(OSError, ValueError):  # it has been closed
            select.select([self.socket], [], [], max(0.0, seconds))

    def read(self, most: int) -> Iterator[tuple[bytes, Client]]:
        """What has come in from who is allowed: at most so many packets. Never blocks."""
        for _ in range(most):
            try:
                data, client = self.socket.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:  # closed, or the other end of something sent before is not there
                continue
            if client[0] in self.allowed:
                yield data, client

    def send(self, data: bytes, to: Client) -> None:
        """One that cannot be reached is no matter of ours, and one that is slow is not waited for."""
        with suppress(OSError):
            self.socket.sendto(data, to)

    def close(self) -> None:
        self.socket.close()


def open_door(host: str, port: int, allowed: Allowed) -> Door:
    """Listen. Raises OscPortError with the likely fix."""
    try:
        door = Door(host, port, allowed)
    except OverflowError:
        raise OscPortError(f"OSC port {port} is outside 0..65535; choose another with --osc-port") from None
    except UnicodeError:
        raise OscPortError(f"OSC cannot listen on {host}: not a host name; choose another with --osc-host") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fix = f"choose another with --osc-port {port + 1 if port < 65535 else DEFAULT_PORT}"
            raise OscPortError(f"OSC port {port} on {host} is taken, perhaps by another Lilt; {fix}") from None
        fix = "choose another with " + ("--osc-port" if error.errno == errno.EACCES else "--osc-host")
        raise OscPortError(f"OSC cannot listen on {host} port {port}: {error.strerror}; {fix}") from None
    with suppress(OSError):  # as much as the system grants: what arrives while others have the processor is not lost
        door.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    return door
