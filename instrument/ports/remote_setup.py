"""Setup of what is reached over a network: hosts, ports, who may come in, where kept tunes and saved patches go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.files.setlist_file import Setlist
from instrument.files.shipped import OWN
from instrument.files.tunebook import TUNEBOOK
from instrument.ports.network.addresses import is_open
from instrument.ports.osc.socket import DEFAULT_HOST, DEFAULT_PORT
from instrument.ports.patch_remote import KnownTunesHost
from instrument.ports.web.qr_code import When


@dataclass(frozen=True, slots=True)
class RemoteSetup:
    """How the remote control is reached. hosts: 127.0.0.1 is this machine only; allow: who may come in, if others may
    page_port: None for 9128, or any if that is taken; announce: by zeroconf; tunebook: where kept tunes go
    patches: one's own folder of them; setlist: whose first step it begins with
    pairing: whether hosts from elsewhere need a code, once; time_tags: whether bundles wait for theirs
    qr: when the terminal is given the page's address as a QR code."""

    osc_host: str = DEFAULT_HOST
    osc_port: int = DEFAULT_PORT
    page_host: str = DEFAULT_HOST
    page_port: int | None = None
    allow: tuple[str, ...] = ()
    announce: bool = False
    tunebook: Path = TUNEBOOK
    model: str = "folk"
    patches: Path = OWN
    setlist: Setlist | None = None
    pairing: bool = True
    time_tags: bool = True
    qr: When = "request"

    @property
    def open(self) -> bool:
        """Whether other machines can reach anything of it."""
        return is_open(self.osc_host) or is_open(self.page_host)


class RemoteHost(Protocol):
    """What remote control needs of the conductor. `change`, `act` and `get` may be called by any thread."""

    snapshot: Snapshot

    def change(self, changes: list[tuple[str, Value]]) -> None: ...
    def publish(self, readings: dict[str, Value]) -> None: ...
    def refused(self, changes: list[tuple[str, Value]]) -> dict[str, str]: ...
    def act(self, name: str, at: float | None = None) -> None: ...
    def play_note(self, record: tuple[Any, ...]) -> None: ...
    def tell_notes(self, on: bool) -> None: ...
    def get(self, name: str) -> Value: ...
    def listen(self, kind: type, receiver: Callable[[Any], object]) -> None: ...
    @property
    def repertoire(self) -> KnownTunesHost: ...
