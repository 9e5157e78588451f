"""Zeroconf: others on the network, or programs on this machine, find Lilt without being told its address.

`_oscjson._tcp` is the OSCQuery server, `_osc._udp` plain OSC. What is open to this machine only is not told: whoever
says it by multicast is heard, and asked, by the whole network. If the system will not have it, nothing else suffers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from instrument import __version__
from instrument.ports.network.addresses import is_open

SERVICES = ("_oscjson._tcp.local.", "_osc._udp.local.")


class Advert:
    """Says in a thread of its own where we are. `close` takes it back, within two seconds."""

    def __init__(
        self, web: tuple[str, int], osc: tuple[str, int], addresses: list[str], say: Callable[[str], None]
    ) -> None:
        """web, osc: (host, port) listened on; addresses: ours, for what listens on all of them."""
        places = zip(SERVICES, (web, osc), strict=True)
        self.told = [(kind, host, port) for kind, (host, port) in places if is_open(host)]  #: what is open to others
        self._addresses, self._say = addresses, say
        self._zeroconf: Any = None
        self._closed = False
        self._thread = threading.Thread(target=self._tell, name="zeroconf", daemon=True)

    def start(self) -> None:
        """Begin to tell, where anything is open to others. Once only."""
        if self.told:
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

            all_of_them = any(_anywhere(host) for _, host, _ in self.told)
            hosts = [host for _, host, _ in self.told]
            self._zeroconf = Zeroconf(interfaces=InterfaceChoice.All if all_of_them else hosts)
            for kind, host, port in self.told:
                info = ServiceInfo(
                    kind, f"Lilt {port}.{kind}", port=port,
                    parsed_addresses=self._addresses if _anywhere(host) else [host], server=f"lilt-{port}.local.",
                    properties={"version": __version__},
                )  # fmt: skip
                self._zeroconf.register_service(info)
        except Exception as error:  # whatever a foreign network does, the music goes on
            if not self._closed:
                self._say(f"zeroconf does not work here ({type(error).__name__}); clients must be told the address")


def _anywhere(host: str) -> bool:
    """Whether that is every address there is."""
    return host in ("0.0.0.0", "::")
