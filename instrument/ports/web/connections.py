"""The TCP connections of the web server: so many at once, counted before anything is said on them.

Where there are too many, the one that has said nothing for the longest gives way: somebody who opens a thousand and
leaves them idle uses up neither our files nor the place of a page.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

from websockets.asyncio.server import ServerConnection

MOST = 96  #: connections


class WebConnections:
    """TCP connections of the web server. thread: the server's."""

    def __init__(self) -> None:
        self._open: dict[ServerConnection, bool] = {}  # whether it is a WebSocket by now; the oldest first

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, line: ServerConnection) -> None:
        """One more: if that is too many, the oldest that is no WebSocket is cut."""
        self._open[line] = False
        if len(self._open) > MOST:
            oldest = next((one for one, live in self._open.items() if not live))
            self.closed(oldest)
            oldest.transport.abort()

    def live(self, line: ServerConnection) -> None:
        """It is a WebSocket from now on, and stays."""
        if line in self._open:
            self._open[line] = True

    def closed(self, line: ServerConnection) -> None:
        self._open.pop(line, None)


def _at_once(transport: asyncio.BaseTransport) -> None:
    """What is sent leaves at once. asyncio sees to that itself, but not for connections to a listening socket that was
    made elsewhere; a second small frame would wait some 40 ms for the receipt of the first (Nagle's algorithm)."""
    line = transport.get_extra_info("socket")
    if line is not None:
        with suppress(OSError):  # it has gone at this moment
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def counted(lines: WebConnections) -> type[ServerConnection]:
    """A kind of connection that `lines` knows of."""

    class Line(ServerConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            _at_once(transport)
            lines.opened(self)

        def connection_lost(self, exc: Exception | None) -> None:
            lines.closed(self)
            super().connection_lost(exc)

        def __hash__(self) -> int:
            return id(self)

        def __eq__(self, other: Any) -> bool:
            return self is other

    return Line
