"""HTTP answers of the page's server: status, headers that keep browsers strict, and a body."""

from __future__ import annotations

from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Response

from instrument.ports.web.static import POLICY


def home() -> Response:
    """To the page, without the code in the address."""
    response = answer(HTTPStatus.SEE_OTHER, "text/plain", b"")
    response.headers["Location"] = "/"
    return response


def answer(status: HTTPStatus, kind: str, body: bytes) -> Response:
    headers = Headers(
        {
            "Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close", "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Security-Policy": POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
        }
    )  # fmt: skip
    return Response(status.value, status.phrase, headers, body)
