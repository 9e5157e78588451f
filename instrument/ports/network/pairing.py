"""Pairing: which hosts of the network may steer, and which of them are known to receive what is sent to them.

This machine, and who is named with `--osc-allow`, come in at once. Everybody else needs the code that is shown when
Lilt starts, once: on the page or by `/lilt/pair`. Without pairing (`--no-pairing`) all of a private network may
steer; then a host is answered briefly until it has shown that our packets reach it, by the page (TCP) or
`/lilt/confirm`, so that nobody can have us send a flood to a third.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import threading

from instrument.playing.time.clock import Clock, SystemClock
from instrument.ports.network.allowed import Allowed
from instrument.ports.system.ration import Ration

MOST = 256  #: hosts that are remembered
TRIES, OVERALL = 0.2, 1.0  #: codes a second that one host, and all together, may try
AT_ONCE, ALL_AT_ONCE = 5, 20


def new_code() -> str:
    """Six digits that nobody knows."""
    return f"{secrets.randbelow(10**6):06}"


def is_here(host: str) -> bool:
    """Whether that address is this machine's own loopback."""
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class Pairing:
    """Pairing of hosts by code. thread: any. blocks: for a moment at most."""

    def __init__(self, allowed: Allowed | None = None, code: str | None = None, clock: Clock | None = None) -> None:
        """allowed: who may come at all; code: the six digits, None for no pairing."""
        self.code = code
        self._allowed, self._clock, self._lock = allowed or Allowed(), clock or SystemClock(), threading.Lock()
        self._proven: dict[str, None] = {}  # hosts; the oldest first
        self._asked: dict[str, int] = {}  # by host: the number that it is to send back
        self._tries: dict[str, Ration] = {}
        self._all = Ration(OVERALL, ALL_AT_ONCE)

    def welcome(self, host: str) -> bool:
        """Whether that host may steer."""
        return self.code is None or self.proven(host)

    def proven(self, host: str) -> bool:
        """Whether that host is known to receive what is sent to it: it may be answered at any length."""
        return is_here(host) or self._allowed.named(host) or host in self._proven

    def pair(self, host: str, code: str) -> bool:
        """Whether that is the code; if so, the host is let in. So many tries a minute only."""
        with self._lock:
            now = self._clock.now()
            if self.code is None or not self._may_try(host, now):
                return False
            if not hmac.compare_digest(code.encode(), self.code.encode()):
                return False
            self._prove(host)
            return True

    def question(self, host: str) -> int:
        """A number that the host is to send back by `/lilt/confirm`, to show that it heard it."""
        with self._lock:
            while len(self._asked) >= MOST:
                del self._asked[next(iter(self._asked))]
            return self._asked.setdefault(host, secrets.randbelow(2**31 - 1) + 1)

    def confirm(self, host: str, number: int) -> bool:
        """Whether that is the number that this host was asked for."""
        with self._lock:
            if not number or self._asked.get(host) != number:
                self._asked.pop(host, None)  # one guess each
                return False
            del self._asked[host]
            self._prove(host)
            return True

    def reached(self, host: str) -> None:
        """That host speaks to us over TCP, so it receives what we send; it steers by what `welcome` says."""
        if self.code is None:
            with self._lock:
                self._prove(host)

    def _prove(self, host: str) -> None:
        self._proven.pop(host, None)
        while len(self._proven) >= MOST:
            del self._proven[next(iter(self._proven))]
        self._proven[host] = None

    def _may_try(self, host: str, now: float) -> bool:
        if host not in self._tries:
            while len(self._tries) >= MOST:
                del self._tries[next(iter(self._tries))]
            self._tries[host] = Ration(TRIES, AT_ONCE)
        return self._tries[host].take(now) and self._all.take(now)
