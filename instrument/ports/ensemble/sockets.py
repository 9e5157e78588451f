"""Sockets of an ensemble: members find each other by multicast, as Ableton Link's do, and then send to each one.

Multicast is slow and lossy on Wi-Fi, so only hellos go out by it; bars go to every member by itself. Where a network
carries no multicast, members are named by address.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress

from instrument.ports.network.allowed import Allowed

GROUP = "239.255.76.67"  #: of multicast, in the range that stays within a site
PORT = 9130
INTERFACES = ("0.0.0.0", "127.0.0.1")  #: the system's choice, and this machine where it has no other
REMEMBERED = 5.0  #: seconds that a member's address is sent to without a word from it
MOST = 64  #: addresses, and packets that are taken in at once
LARGEST = 65535  #: bytes of a packet

Address = tuple[str, int]


class EnsembleSockets:
    """Sockets of an ensemble. thread: one at a time."""

    def __init__(self, named: Sequence[Address], allowed: Allowed, port: int = PORT) -> None:
        """named: addresses of members. Raises OSError where the port cannot be listened on."""
        self._named, self._allowed, self._port = tuple(named), allowed, port
        self._found: dict[Address, float] = {}
        self._door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if hasattr(socket, "SO_REUSEPORT"):
                self._door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._door.bind(("", port))
            self._own.bind(("", 0))
        except OSError:
            self.close()
            raise
        for interface in INTERFACES:
            with suppress(OSError):  # a machine without a network
                member = socket.inet_aton(GROUP) + socket.inet_aton(interface)
                self._door.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        self._own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        self._own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        self._door.setblocking(False)
        self._own.setblocking(False)

    def wait(self, seconds: float) -> None:
        """Until something has come, or so long."""
        with suppress(OSError, ValueError):
            select.select([self._door, self._own], [], [], max(0.0, seconds))

    def read(self, now: float) -> Iterator[tuple[bytes, Address]]:
        """What has come from who is allowed. now: seconds. Never blocks."""
        for one in (self._door, self._own):
            for _ in range(MOST):
                try:
                    data, address = one.recvfrom(LARGEST)
                except BlockingIOError:
                    break
                except OSError:  # closed, or nobody is there any more where we have sent
                    continue
                if address[0] in self._allowed:
                    yield data, address

    def know(self, address: Address, now: float) -> None:
        """A member has spoken from there."""
        self._found = {one: at for one, at in self._found.items() if now - at < REMEMBERED}
        if address in self._found or len(self._found) < MOST:
            self._found[address] = now

    def send(self, data: bytes, to_all: bool) -> None:
        """To every member that is known; to_all: by multicast too. What cannot be sent is lost."""
        for address in {*self._found, *self._named}:
            with suppress(OSError):
                self._own.sendto(data, address)
        for interface in INTERFACES if to_all else ():
            with suppress(OSError):
                self._own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
                self._own.sendto(data, (GROUP, self._port))

    def close(self) -> None:
        """Safe to call twice."""
        self._door.close()
        self._own.close()
