"""This machine's addresses and name, and a socket for the page."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

PAGE_PORT = 9128


class PagePortError(OSError):
    """The page cannot be served there. Its text is one line with the likely fix."""


def is_open(host: str) -> bool:
    """Whether what listens on that host hears other machines."""
    return host not in ("localhost", "::1") and not host.startswith("127.")


def our_addresses() -> list[str]:
    """The addresses that other machines may reach us by, IPv4 first; none without a network. Sends nothing.

    Those of every interface, whether it leads anywhere or not: the network of a stage has often no way out.
    """
    from ifaddr import get_adapters

    found: list[str] = []
    with suppress(OSError):
        for adapter in get_adapters():
            found += [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for ip in adapter.ips]
    others = [address for address in dict.fromkeys(found) if is_open(address) and not address.startswith("fe80")]
    return sorted(others, key=lambda address: ":" in address)


def our_names() -> list[str]:
    """The names that people may write for us in a browser."""
    name = socket.gethostname().lower()
    return [name, f"{name}.local"]


def open_page_socket(host: str, port: int | None) -> socket.socket:
    """Bound and listening. port: None for the usual one, or any other if that is taken. Raises PagePortError."""
    tries = [PAGE_PORT, 0] if port is None else [port]
    for attempt in tries:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            return socket.create_server((host, attempt), family=family, backlog=16)
        except OverflowError:
            raise PagePortError(f"--page-port {attempt} is outside 0..65535; choose another") from None
        except (OSError, UnicodeError) as error:
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            if taken and attempt != tries[-1]:
                continue
            if taken:
                raise PagePortError(f"port {attempt} on {host} is taken; choose another with --page-port") from None
            raise PagePortError(f"the page cannot be served on {host}: {error}; choose another --page-host") from None
    raise AssertionError("every try returns, continues or raises")
