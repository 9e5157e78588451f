"""Replies of the OSC server: where they go, and how much of them a host may be sent.

They go to the sending port, or to the port that the host asked for by `/lilt/reply_port`. Somebody may write another's
address on a packet. So a host that has not shown that it receives us is sent no more than it sent, three times over,
and every host only so many bytes a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from instrument.ports.osc.addresses import LEASE
from instrument.ports.osc.packet import Argument
from instrument.ports.system.ration import Ration

Client = tuple[Any, ...]

MOST_CLIENTS = 64  #: whose reply ports we remember
MOST_HOSTS = 256  #: whose rations we remember
HERE = (4_000_000.0, 1_000_000.0)  #: bytes a second to this machine, and at once
THERE = (256_000.0, 128_000.0)  #: to another
TIMES = 3  #: as much as it sent: to a host that has not shown that it receives us
FULL = 1200  #: bytes of a bundle; more go into another, so that each fits a packet of a wireless network
HEADERS = 28  #: bytes of IP and UDP on each packet


def encoded(address: str, arguments: tuple[Argument, ...]) -> bytes:
    """A message as bytes. Truth as 1 and 0, which every surface reads."""
    return bytes(build_msg(address, [int(v) if isinstance(v, bool) else v for v in arguments]).dgram)


def packets(rows: Iterable[tuple[str, tuple[Argument, ...]]], bundled: bool) -> Iterator[bytes]:
    """Addresses and their arguments as packets: each a message of its own, or bundles of moderate size."""
    builder, size = OscBundleBuilder(IMMEDIATELY), 0
    for address, arguments in rows:
        data = encoded(address, arguments)
        if not bundled:
            yield data
            continue
        if size and size + len(data) > FULL:
            yield builder.build().dgram
            builder, size = OscBundleBuilder(IMMEDIATELY), 0
        builder.add_content(OscMessage(data))
        size += len(data) + 4
    if size:
        yield builder.build().dgram


class Replies:
    """Replies of the OSC server. thread: one at a time."""

    def __init__(self, send: Callable[[bytes, Client], None], proven: Callable[[str], bool]) -> None:
        """proven: whether a host is known to receive what is sent to it."""
        self._send, self._proven = send, proven
        self._ports: dict[Client, tuple[int, float]] = {}  # by sender (host, port), and by host (host,); when heard of
        self._rations: dict[tuple[str, bool], Ration] = {}  # by host, and whether it was proven
        self._owed: dict[str, float] = {}  # by host that is not proven: bytes that it may still be sent
        self._now = 0.0

    def heard(self, client: Client, size: int, now: float) -> None:
        """So many bytes came from there."""
        self._now = now
        if not self._proven(client[0]):
            self._owed[client[0]] = min(self._owed.pop(client[0], 0.0) + TIMES * (size + HEADERS), TIMES * 65535.0)
            while len(self._owed) > MOST_HOSTS:
                del self._owed[next(iter(self._owed))]
        for sender in (client[:2], client[:1]):
            if sender in self._ports:
                self._ports[sender] = (self._ports[sender][0], now)

    def remember(self, client: Client, port: int) -> None:
        """From now on to that port of the client's host; 0: to where it sends from. ValueError, one line, if full."""
        for sender in (client[:2], client[:1]):
            self._ports.pop(sender, None)
        if not port:
            return
        if len(self._ports) + 2 > 2 * MOST_CLIENTS:
            for sender in [s for s, (_, heard) in self._ports.items() if heard + LEASE < self._now]:
                del self._ports[sender]
        if len(self._ports) + 2 > 2 * MOST_CLIENTS:
            raise ValueError(f"there are {MOST_CLIENTS} reply ports already; try again in a minute")
        for sender in (client[:2], client[:1]):
            self._ports[sender] = (port, self._now)

    def port(self, client: Client) -> int:
        """The port that this sender asked for, or its own."""
        return int(self._ports.get(client[:2], (client[1], 0.0))[0])

    def reply(self, client: Client, data: bytes) -> bool:
        """Send to where the sender's replies go. False where that host has had its share."""
        asked = self._ports.get(client[:2])
        ports = {asked[0]} if asked else {client[1], self._ports.get(client[:1], (client[1], 0.0))[0]}
        sent = [self.tell((client[0], port, *client[2:]), data) for port in sorted(ports)]
        return all(sent)

    def tell(self, to: Client, data: bytes) -> bool:
        """Send to exactly there. False where that host has had its share."""
        host = to[0]
        proven = self._proven(host)
        if not self._ration(host, proven).take(self._now, len(data)):
            return False
        if not proven:
            if self._owed.get(host, 0.0) < len(data) + HEADERS:
                return False
            self._owed[host] -= len(data) + HEADERS
        self._send(data, to)
        return True

    def _ration(self, host: str, proven: bool) -> Ration:
        if (host, proven) not in self._rations:
            while len(self._rations) >= MOST_HOSTS:
                del self._rations[next(iter(self._rations))]
            self._rations[host, proven] = Ration(*(HERE if host.startswith("127.") or host == "::1" else THERE))
        return self._rations[host, proven]
