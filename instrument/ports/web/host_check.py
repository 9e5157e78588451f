"""Host check of the page's server: not every browser on this machine may talk to it. Pure.

Two checks keep other sites out. The Host of every request must be a name of ours or the very address that the
connection arrived at, so that a name which somebody points at this machine (DNS rebinding) is refused. An Origin, which
browsers send with every WebSocket, must be our own page; programs that are no browsers send none. On top of it only
hosts on the allow-list come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

LOCAL = ("localhost", "127.0.0.1", "[::1]")


class Names:
    """The names by which we may be called. thread: any."""

    def __init__(self, port: int, others: Iterable[str] = ()) -> None:
        """port: ours; others: this machine's names, if the page is open to the network."""
        self._port = port
        self.ours = frozenset(at for name in (*LOCAL, *others) for at in self._spelled(name))

    def welcome(self, hosts: list[str], origins: list[str], arrived: str = "") -> bool:
        """Whether a request with these headers is for us and from our own page or no page at all.

        arrived: the address of ours that the connection arrived at
        """
        ours = self.ours | self._spelled(arrived) if arrived else self.ours
        if len(hosts) != 1 or hosts[0].lower() not in ours:
            return False
        return not origins or (len(origins) == 1 and self._own(origins[0], ours))

    def _spelled(self, name: str) -> frozenset[str]:
        """A name or address as a Host header has it."""
        plain = name.lower().strip("[]").split("%")[0].removeprefix("::ffff:")
        host = f"[{plain}]" if ":" in plain else plain
        return frozenset({f"{host}:{self._port}", host} if self._port == 80 else {f"{host}:{self._port}"})

    def _own(self, origin: str, ours: frozenset[str]) -> bool:
        try:
            parts = urlsplit(origin.lower())
        except ValueError:
            return False
        return parts.scheme == "http" and parts.netloc in ours and not parts.path and not parts.query
