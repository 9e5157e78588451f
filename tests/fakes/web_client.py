"""HTTP and WebSocket client of the page."""

from __future__ import annotations

import http.client
import json
from typing import Any

from websockets.sync.client import ClientConnection, connect

from instrument.ports.remote import Remote

LIMIT = 5.0  #: seconds


def get(remote: Remote, path: str, **headers: str) -> tuple[int, str, bytes]:
    """(status, content type, body) of a GET."""
    host, port = remote.page_address
    connection = http.client.HTTPConnection(host, port, timeout=LIMIT)
    connection.putrequest("GET", path, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    found = response.status, response.getheader("Content-Type", ""), response.read()
    connection.close()
    return found


def opened(remote: Remote, path: str = "/live", **more: Any) -> ClientConnection:
    host, port = remote.page_address
    return connect(f"ws://{host}:{port}{path}", open_timeout=LIMIT, proxy=None, **more)


def heard(page: ClientConnection, name: str) -> Any:
    """The next news of that name."""
    while True:
        news = json.loads(page.recv(timeout=LIMIT))
        if name in news:
            return news[name]


def asked(remote: Remote, path: str) -> Any:
    status, kind, body = get(remote, path)
    assert (status, kind) == (200, "application/json")
    return json.loads(body)
