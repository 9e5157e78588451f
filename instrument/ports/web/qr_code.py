"""A QR code of the page's address, for a phone: in the terminal, and as an SVG on the page.

The address is one of this machine that a phone in the same network reaches, with the pairing code in it, so that
scanning it is all that is needed. Where the page is served to this machine only there is no such address, and a line
says how to get one.
"""

from __future__ import annotations

import io
import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal, TextIO

from instrument.playing.messages import Act
from instrument.ports.network.addresses import is_open, our_addresses
from instrument.ports.network.pairing import Pairing

#: when a terminal is given the code: as soon as the page is served, only on request, or never: it lacks the signs
When = Literal["start", "request", "never"]
BORDER = 2  #: modules of quiet around the code in a terminal: with the standard's 4 long addresses need 28 rows
WHITE_ON_BLACK, PLAIN = "\x1b[97;40m", "\x1b[0m"
SIGNS = "█▀▄"
WIDEST = 45  #: columns of the longest address that we make
CLOSED = "the page is served to this machine only; for a phone start Lilt with --page-host 0.0.0.0"
ALONE = "this machine is in no network, so a phone cannot reach the page"


class PageLink:
    """The page's address as a phone opens it. thread: any. blocks: for a moment."""

    def __init__(self, address: Callable[[], tuple[str, int]], pairing: Pairing, when: When = "request") -> None:
        """address: the host and port that the page is served on; when: the terminal is given the code."""
        self._address, self._pairing, self._when = address, pairing, when
        self.show: Callable[[str], object] = lambda text: None  #: where people read, and nobody else: the terminal

    @property
    def plain(self) -> str:
        """The address as people type it, or "" if there is none that a phone could reach."""
        host, port = self._address()
        if not is_open(host):
            return ""
        found = nearest(our_addresses(), outgoing()) if host in ("0.0.0.0", "::") else host
        return f"http://{f'[{found}]' if ':' in found else found}:{port}/" if found else ""

    @property
    def scanned(self) -> str:
        """The address as a phone scans it: with the code that lets it in."""
        plain = self.plain
        return f"{plain}?code={self._pairing.code}" if plain and self._pairing.code else plain

    @property
    def missing(self) -> str:
        """Why there is no such address and how to get one, a line; "" where there is one."""
        return "" if self.plain else ALONE if is_open(self._address()[0]) else CLOSED

    def told(self) -> dict[str, str]:
        """For the page: the address, the code that goes with it, and why there is none."""
        return {"address": self.plain, "code": self._pairing.code or "", "missing": self.missing}

    def svg(self) -> bytes | None:
        """The QR code as a picture, None where there is no address."""
        return svg(text) if (text := self.scanned) else None

    def begin(self) -> None:
        """The page is served now: the terminal is given the code where it is to be at the start."""
        if self._when == "start" and self.plain:
            self.give()

    def act(self, act: Act) -> None:
        """The action `page.qr` asks for it."""
        if act.name == "page.qr":
            self.give()

    def give(self) -> None:
        """Show the code in the terminal, or a line that says why not."""
        if not self.plain:
            self.show(self.missing)
        elif self._when == "never":
            self.show(f"this terminal lacks the signs of a QR code; the page shows one under On a phone: {self.plain}")
        else:
            colours = self._when == "start"
            self.show(f"{terminal_text(self.scanned, colours)}\nfor a phone in the same network: {self.plain}")


def nearest(addresses: Sequence[str], route: str | None) -> str:
    """Of this machine's addresses the one that a phone most likely shares a network with; "" of none.

    route: the address that packets to elsewhere leave by, None without a way out
    """
    return min(addresses, key=lambda one: (one != route, ":" in one, not _private(one)), default="")


def _private(address: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(address.split("%")[0]).is_private
    return False


def outgoing() -> str | None:
    """The address of ours that packets to elsewhere leave by, None without a way out. Sends nothing."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # set apart for documentation, RFC 5737; UDP: nothing is sent
        return str(probe.getsockname()[0])
    return None


def terminal_text(text: str, colours: bool) -> str:
    """A QR code in half blocks, light on dark. Lines of equal length, without a last line end.

    colours: white on black by ECMA-48, so that it is the right way round on a light terminal too
    """
    import segno

    out = io.StringIO()
    segno.make(text, micro=False).terminal(out, border=BORDER, compact=True)
    lines = out.getvalue().splitlines()
    return "\n".join(f"{WHITE_ON_BLACK}{line}{PLAIN}" if colours else line for line in lines)


def svg(text: str) -> bytes:
    """A QR code as an SVG picture that grows with its box, black on white with the standard's border."""
    import segno

    out = io.BytesIO()
    segno.make(text, micro=False).save(
        out, kind="svg", xmldecl=False, omitsize=True, border=4, dark="#000", light="#fff", title="QR code of the page"
    )
    return out.getvalue()


def when(stream: TextIO) -> When:
    """When that terminal is given the code: at the start if people see it, on request if it is a file or a pipe."""
    try:
        SIGNS.encode(getattr(stream, "encoding", None) or "utf-8")
        seen = stream.isatty() and shutil.get_terminal_size().columns >= WIDEST
    except (UnicodeError, ValueError):
        return "never"
    return "start" if seen and os.name != "nt" and os.environ.get("TERM") != "dumb" else "request"
