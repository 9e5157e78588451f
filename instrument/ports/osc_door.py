"""The door of the OSC server: the socket, who may come in, and what is said when it cannot be opened.

Who is not allowed is not answered either, so that nobody can have us send packets to a third.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

Client = tuple[Any, ...]  #: (host, port), and two more in IPv6
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_HOST = "127.0.0.1"  #: this machine only; 0.0.0.0 lets tablets in
DEFAULT_PORT = 9127
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
        self._networks = [_network(text) for text in (*texts, "127.0.0.0/8", "::1/128")] if texts else _PRIVATE
        self._known: dict[str, bool] = {}

    def __contains__(self, host: str) -> bool:
        if host not in self._known:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[host] = self._look(host)
        return self._known[host]

    def _look(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host.split("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f'--osc-allow "{text[:80]}" is not an address; write it like 192.168.1.20 or 192.168.1.0/24'
        ) from None


_PRIVATE = [_network(text) for text in PRIVATE]


class _Door(Dispatcher):
    """Hands whole packets on, undispatched: python-osc's own way drops broken ones unsaid and sleeps on time tags."""

    def __init__(self, take: Callable[[bytes, Client], None]) -> None:
        super().__init__()
        self._take = take

    def call_handlers_for_packet(self, data: bytes, client_address: Client) -> list[Any]:
        self._take(data, client_address)
        return []


class Door(BlockingOSCUDPServer):
    """The listening socket. thread: its `serve_forever`'s."""

    max_packet_size = 65535
    allowed: Allowed

    def verify_request(self, request: object, client_address: Any) -> bool:
        return client_address[0] in self.allowed  # what is not OSC gets an answer too

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing is printed; `take` has answered."""


def open_door(host: str, port: int, take: Callable[[bytes, Client], None], allowed: Allowed) -> Door:
    """Listen. Raises OscPortError with the likely fix."""
    try:
        door = Door((host, port), _Door(take))
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
    door.allowed = allowed
    with suppress(OSError):  # as much as the system grants: what arrives while others have the processor is not lost
        door.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    return door
