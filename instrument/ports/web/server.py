"""The web server: the page, OSCQuery, and WebSockets for both, on one port, in a thread of its own.

A browser that asks for `/` gets the page; whoever asks for JSON gets the OSCQuery tree, at every address of it. On
`/live` the page hears what is new, 20 times a second at most, controls and music apart so that a fader never waits
behind a score, and sends what is turned; a WebSocket anywhere else is an OSCQuery client's (LISTEN, IGNORE; values
come as binary OSC). It is never in the way of the music: the player is another process, and a slow or hostile page is
one connection that waits, with a message of LARGEST bytes at most.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from instrument.ports.network.allowed import Allowed
from instrument.ports.network.pairing import Pairing
from instrument.ports.web import oscquery
from instrument.ports.web.connections import WebConnections, counted
from instrument.ports.web.host_check import Names
from instrument.ports.web.http_answer import answer, home
from instrument.ports.web.oscquery_listener import Listener, ListenerPace, Obey
from instrument.ports.web.page_session import done
from instrument.ports.web.static import BAND, page_file

LARGEST = 262_144  #: bytes of a message from a page: a text of tunes that is dropped there
PATIENCE = 5.0  #: seconds for a request to be said
MOST = 32  #: connections at once
LIVE, BAND_LIVE, PLAY = "/live", "/band/live", "/play"
BAND_MOST = 64  #: of the band's pages, beside the others
REFUSALS = 20  #: things that a band's page may try to turn before it is closed
UNPAIRED = b"pair first: open this address in a browser and give the code that Lilt shows when it starts\n"
WRONG = b"That is not the code, or it was tried too often. Wait a moment and look again."

_log = logging.getLogger("lilt.web")
_log.addHandler(logging.NullHandler())
_log.propagate = False


class Visitor(Protocol):
    """One open page, as whoever serves it sees it. thread: the server's. Never blocks."""

    def turned(self) -> dict[str, Any]:
        """The controls that it has not heard of yet, at first everything about them; empty if none."""

    def news(self) -> dict[str, Any]:
        """What of the music, of readings and lists it has not heard yet; empty if nothing."""

    def hear(self, message: object) -> dict[str, Any]:
        """What the page sent; returns what is to be answered, or nothing. Raises ValueError, one line."""

    def gone(self) -> None:
        """It is closed, or out of reach."""


Talk = Callable[[], Visitor]
Show = Callable[[str], Visitor]  #: makes a visitor of a band's page, by what its address asks for


class WebServer:
    """Listens from construction on, answers from `start()` on, until `close()`."""

    def __init__(
        self, listening: socket.socket, names: Names, allowed: Allowed, get: oscquery.Get,
        host: Callable[[str], oscquery.Node],
        talk: Talk, obey: Obey, pairing: Pairing, qr: Callable[[], bytes | None] = lambda: None,
        show: Show | None = None, play: Callable[[ServerConnection], Coroutine[Any, Any, None]] | None = None,
    ) -> None:  # fmt: skip
        """listening: bound; names: ours; get: a value by name; host: HOST_INFO for who arrived at that address of ours
        talk: makes a visitor of each page that opens; obey: takes OSC that came over a WebSocket
        pairing: which hosts may steer; qr: the page's address as an SVG picture, for those who may
        show: makes a visitor of each band's page; play: serves a page's keys until it goes; None: there is none."""
        self._play = play
        self._show, self._band_pages = show, 0
        self._socket, self._names, self._allowed, self._pairing = listening, names, allowed, pairing
        self._qr = qr
        self._get, self._host, self._talk, self._obey = get, host, talk, obey
        self._lines = WebConnections()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[ServerConnection, list[asyncio.Event]] = {}
        self._over: asyncio.Event | None = None
        self._rung = False  # a wake is on its way to the loop
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer, in a daemon thread. Once only."""
        self._thread.start()

    def turned(self) -> None:
        """Something is new: the pages hear of it. thread: any. Never blocks."""
        loop = self._loop
        if loop is not None and not self._rung:
            self._rung = True
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """Close every connection. thread: any but the server's. blocks: a second at most."""
        self._closed = True
        if self._loop is not None and self._over is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(timeout=1.0)
        self._socket.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (OSError, ValueError):  # a closed socket's descriptor is no number that can be waited for
            if not self._closed:  # closed before it was open: nothing was served, nothing is missed
                raise

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        server: Server
        async with serve(
            self._visit, sock=self._socket, process_request=self._request, max_size=LARGEST, compression=None,
            logger=_log, close_timeout=0.5, server_header=None, open_timeout=PATIENCE,
            create_connection=counted(self._lines),
        ) as server:  # fmt: skip
            self._loop = asyncio.get_running_loop()
            await self._over.wait()
            server.close()

    def _wake(self) -> None:
        self._rung = False
        for events in self._waiting.values():
            for event in events:
                event.set()

    # requests

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        """An answer to a plain GET, or None where a WebSocket may be opened."""
        headers = request.headers
        host, arrived = (connection.remote_address or ("",))[0], (connection.local_address or ("",))[0]
        if host not in self._allowed:
            return answer(HTTPStatus.FORBIDDEN, "text/plain", b"not on the list\n")
        if not self._names.welcome(headers.get_all("Host"), headers.get_all("Origin"), arrived):
            return answer(HTTPStatus.FORBIDDEN, "text/plain", b"not from here\n")
        self._pairing.reached(host)
        path, _, query = request.path.partition("?")
        if self._show is not None and path in (*BAND, BAND_LIVE):
            return self._to_the_band(connection, path, headers.get("Upgrade", "").lower() == "websocket")
        if not self._pairing.welcome(host):
            return self._stranger(host, path, query)
        if headers.get("Upgrade", "").lower() == "websocket":
            if len(self._waiting) - self._band_pages >= MOST:
                return answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"too many pages\n")
            self._lines.live(connection)
            return None
        if query.startswith("code="):
            return home()
        if path == "/qr.svg":
            picture = self._qr()
            return answer(HTTPStatus.OK if picture else HTTPStatus.NOT_FOUND, "image/svg+xml", picture or b"")
        file = page_file(path) if path != "/" or ("text/html" in headers.get("Accept", "") and not query) else None
        if file:
            return answer(HTTPStatus.OK, *file)
        status, node = oscquery.answer(path, query, self._get, self._host(arrived))
        return answer(HTTPStatus(status), "application/json", json.dumps(node).encode() if node is not None else b"")

    def _to_the_band(self, connection: ServerConnection, path: str, upgrade: bool) -> Response | None:
        """The band's page, for whoever may reach us: it shows, and that is all that can be done on its line."""
        if path == BAND_LIVE and upgrade:
            if self._band_pages >= BAND_MOST:
                return answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"too many pages\n")
            self._lines.live(connection)
            return None
        file = page_file(path)
        return answer(HTTPStatus.OK, *file) if file else answer(HTTPStatus.NOT_FOUND, "text/plain", b"")

    def _stranger(self, host: str, path: str, query: str) -> Response:
        """To somebody who has not given the code yet: the door, its files, and nothing else."""
        if path != "/":
            file = page_file(path) if path.endswith((".css", ".svg")) else None
            return answer(HTTPStatus.OK, *file) if file else answer(HTTPStatus.FORBIDDEN, "text/plain", UNPAIRED)
        code = parse_qs(query).get("code", [""])[0]
        if code and self._pairing.pair(host, code.strip()):
            return home()
        kind, body = page_file("/pair.html") or ("text/plain", UNPAIRED)
        return answer(HTTPStatus.FORBIDDEN, kind, body.replace(b"{said}", WRONG if code else b""))

    # connections

    async def _visit(self, connection: ServerConnection) -> None:
        self._waiting[connection] = []
        try:
            path = connection.request.path if connection.request else ""
            at, _, query = path.partition("?")
            if at == BAND_LIVE and self._show is not None:
                await self._band_page(connection, self._show(query))
            elif at == PLAY and self._play is not None:
                await self._play(connection)
            else:
                await (self._page if at == LIVE else self._listener)(connection)
        except ConnectionClosed:
            pass
        finally:
            del self._waiting[connection]

    async def _page(self, connection: ServerConnection) -> None:
        visitor = self._talk()
        try:
            await connection.send(json.dumps(visitor.turned()))
            tell = (self._tell(connection, visitor.turned), self._tell(connection, visitor.news))
            await self._until_gone(*tell, self._hear(connection, visitor))
        finally:
            visitor.gone()

    async def _band_page(self, connection: ServerConnection, visitor: Visitor) -> None:
        self._band_pages += 1
        try:
            await connection.send(json.dumps(visitor.turned()))
            await self._until_gone(
                self._tell(connection, visitor.news, visitor), self._hear(connection, visitor, REFUSALS)
            )
        finally:
            self._band_pages -= 1

    async def _until_gone(self, *doing: Coroutine[Any, Any, None]) -> None:
        """All of it, until one of it ends: then the other side has gone."""
        tasks = [asyncio.create_task(one) for one in doing]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(
        self, connection: ServerConnection, news: Callable[[], dict[str, Any]], whole: object = None
    ) -> None:
        """whole: says by `more` whether it is to be asked again at once."""
        event, pace = self._event(connection), ListenerPace()
        while True:
            await event.wait()
            event.clear()
            if new := news():
                await connection.send(json.dumps(new))
                await pace.spend()
            if getattr(whole, "more", False):
                event.set()

    def _event(self, connection: ServerConnection) -> asyncio.Event:
        """One that is set whenever something is new, and at once."""
        event = asyncio.Event()
        event.set()
        self._waiting[connection].append(event)
        return event

    async def _hear(self, connection: ServerConnection, visitor: Visitor, most: int | None = None) -> None:
        """most: so many messages may make no sense; None: any number."""
        async for data in connection:
            message: object = None
            try:
                message = json.loads(data)
                answer = visitor.hear(message)
            except (ValueError, RecursionError) as error:
                answer = {"error": " ".join(str(error).split())[:300], **done(message)}
                most = None if most is None else most - 1
            if answer:
                await connection.send(json.dumps(answer))
            if "error" in answer or getattr(visitor, "more", False):  # a page that was refused is told how things stand
                for event in self._waiting[connection]:
                    event.set()
            if most is not None and most <= 0:
                return

    async def _listener(self, connection: ServerConnection) -> None:
        await self._until_gone(*Listener(connection, self._get, self._obey, self._event(connection)).doing())
