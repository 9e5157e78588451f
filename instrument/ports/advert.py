"""Zeroconf: others on the network, or programs on this machine, find Lilt without being told its address.

`_oscjson._tcp` is the OSCQuery server, `_osc._udp` plain OSC. What is open to this machine only is told to this machine
only. If the system will not have it, nothing else suffers.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from typing import Any

from instrument import __version__

SERVICES = ("_oscjson._tcp.local.", "_osc._udp.local.")


class Advert:
    """Says in a thread of its own where we are. `close` takes it back, within two seconds."""

    def __init__(
        self, web: tuple[str, int], osc: tuple[str, int], addresses: list[str], say: Callable[[str], None]
    ) -> None:
        """web, osc: (host, port) listened on; addresses: ours, for what is open to the network."""
        self._web, self._osc, self._addresses, self._say = web, osc, addresses, say
        self._zeroconf: Any = None
        self._closed = False
        self._thread = threading.Thread(target=self._tell, name="zeroconf", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed = True
        if self._thread.is_alive():
            self._thread.join(timeout=0.5)
        zeroconf, self._zeroconf = self._zeroconf, None
        if zeroconf is not None:
            closing = threading.Thread(target=zeroconf.close, daemon=True)
            closing.start()
            closing.join(timeout=1.5)

    def _tell(self) -> None:
        try:
            from zeroconf import InterfaceChoice, ServiceInfo, Zeroconf

            alone = all(_loopback(host) for host, _ in (self._web, self._osc))
            self._zeroconf = Zeroconf(interfaces=["127.0.0.1"] if alone else InterfaceChoice.All)
            for kind, (host, port) in zip(SERVICES, (self._web, self._osc), strict=True):
                parsed = ["127.0.0.1"] if _loopback(host) else self._addresses
                info = ServiceInfo(
                    kind, f"Lilt {port}.{kind}", port=port, parsed_addresses=parsed, server=f"lilt-{port}.local.",
                    properties={"version": __version__},
                )  # fmt: skip
                self._zeroconf.register_service(info)
        except Exception as error:  # whatever a foreign network does, the music goes on
            if not self._closed:
                self._say(f"zeroconf does not work here ({type(error).__name__}); clients must be told the address")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
