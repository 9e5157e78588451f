"""Setup of an ensemble as it is asked for: its name, the addresses of members, and the clock that all share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from instrument.controls.snapshot import Snapshot
from instrument.ports.ensemble.sockets import PORT

SHARED_CLOCKS = ("link", "midi", "jack")  #: sources of time that members of an ensemble can share


@dataclass(frozen=True, slots=True)
class EnsembleSetup:
    """Ensemble setup.

    name: of the ensemble, as its members say it; named: members by address, where no multicast finds them
    """

    name: str = "lilt"
    named: tuple[tuple[str, int], ...] = ()
    port: int = PORT


def asked_for(name: str, members: Sequence[str]) -> EnsembleSetup:
    """From what was typed. members: "192.168.1.20" or "HOST:PORT". Raises ValueError, one line."""
    if not name.isprintable() or not 0 < len(name) <= 40:
        raise ValueError(f'--ensemble "{name[:40]}": a name has 1 to 40 characters that can be printed')
    return EnsembleSetup(name, tuple(_address(member) for member in members))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    if not host or not (port or str(PORT)).isdecimal() or not 0 < int(port or PORT) < 65536:
        raise ValueError(f'--member "{text[:60]}" is no address; write it like 192.168.1.20 or 192.168.1.20:{PORT}')
    return host, int(port or PORT)


def with_shared_clock(snapshot: Snapshot) -> Snapshot:
    """The controls with a clock that all members share: the patch's, or Ableton Link. Raises ValueError, one line."""
    if snapshot.values["clock.source"] in SHARED_CLOCKS:
        return snapshot
    if find_spec("link") is None:
        raise ValueError(
            "an ensemble plays by one clock: pip install 'lilt[link]', or give every patch "
            '[controls] clock.source = "midi" or "jack"'
        )
    return snapshot.with_value("clock.source", "link")
