"""The door of the OSC server: the socket, who may come in, and what is said when it cannot be opened.

Who is not allowed is not answered either, so that nobody can have us send packets to a third.
"""

from __future__ import annotations

import errno
import ipaddress
import select
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

Client = tuple[Any, ...]  #: (host, port), and two more in IPv6
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_HOST = "127.0.0.1"  #: this machine only; 0.0.0.0 lets tablets in
DEFAULT_PORT = 9127
LARGEST = 65535  #: bytes of a packet
#: who may come in if nobody is named: this machine, and networks that are nobody's but ours
PRIVATE = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip


class OscPortError(OSError):
    """The address cannot be listened on. Its text is one line with the likely fix."""


class Allowed:
    """An allow-list of networks. Empty: this machine and private networks. thread: any."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """texts: "192.168.1.20" or "192.168.1.0/24". Raises ValueError, one line, for anything else."""
        self._named = [_network(text) for text in texts]
        self._networks = [*self._named, *map(_network, ("127.0.0.0/8", "::1/128"))] if self._named else _PRIVATE
        self._known: dict[str, bool] = {}

    def __contains__(self, host: str) -> bool:
        if host not in self._known:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[host] = self._look(host)
        return self._known[host]

    def named(self, host: str) -> bool:
        """Whether that host was named, alone or by its network."""
        return bool(self._named) and self._among(host, self._named)

    def _look(self, host: str) -> bool:
        return self._among(host, self._networks)

    def _among(self, host: str, networks: list[Network]) -> bool:
        try:
            address = ipaddress.ip_address(host.split("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in networks)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f'--osc-allow "{text[:80]}" is not an address; write it like 192.168.1.20 or 192.168.1.0/24'
        ) from None


_PRIVATE = [_network(text) for text in PRIVATE]


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
