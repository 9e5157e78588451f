"""Who may talk to the page's server: not every browser that happens to be on this machine. Pure.

Two checks keep other sites out. The Host of every request must be a name of ours, so that a name which somebody points
at this machine (DNS rebinding) is refused. An Origin, which browsers send with every WebSocket, must be our own page;
programs that are no browsers send none. On top of it only hosts on the allow-list come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

LOCAL = ("localhost", "127.0.0.1", "[::1]")


class Names:
    """The names by which we may be called. thread: any."""

    def __init__(self, port: int, others: Iterable[str] = ()) -> None:
        """port: ours; others: this machine's addresses and names, if the page is open to the network."""
        hosts = [*LOCAL, *(f"[{name}]" if ":" in name else name.lower() for name in others)]
        self.ours = frozenset(f"{host}:{port}" for host in hosts) | (frozenset(hosts) if port == 80 else frozenset())

    def welcome(self, hosts: list[str], origins: list[str]) -> bool:
        """Whether a request with these headers is for us and from our own page or no page at all."""
        if len(hosts) != 1 or hosts[0].lower() not in self.ours:
            return False
        return not origins or (len(origins) == 1 and self._own(origins[0]))

    def _own(self, origin: str) -> bool:
        try:
            parts = urlsplit(origin.lower())
        except ValueError:
            return False
        return parts.scheme == "http" and parts.netloc in self.ours and not parts.path and not parts.query
