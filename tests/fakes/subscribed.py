"""Subscribers in virtual time: values that anybody turns, and what each of them is told."""

from __future__ import annotations

from typing import Any

from instrument.controls.readings import READINGS
from instrument.controls.table import CONTROLS
from instrument.ports.osc.addresses import STATUS
from instrument.ports.osc.request import Set, Subscribe
from instrument.ports.osc.subscribers import Client, Subscribers

TABLET, DAW = ("10.0.0.5", 9000), ("127.0.0.1", 3819)


BPM, BPM_NORM, SEED = "/lilt/clock/bpm", "/lilt/clock/bpm/norm", "/lilt/tune/seed"


class World:
    """Values that anybody turns, and a clock that stands still until told."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {name: control.default for name, control in CONTROLS.items()}
        self.values |= {name: reading.start for name, reading in READINGS.items()}
        self.subscribers = Subscribers(self.values.__getitem__)
        self.now = 100.0

    def subscribe(self, client: Client, *addresses: str, rate: float = 30.0) -> None:
        self.subscribers.subscribe(client, client, Subscribe(addresses, 0, rate), self.now)

    def turn(self, client: Client, address: str, value: Any, name: str = "clock.bpm", said: str = "") -> None:
        self.values[name] = CONTROLS[name].from_fader(value) if address.endswith("/norm") else value
        self.subscribers.turned(client, Set(name, self.values[name], address, said), self.now)

    def heard(self, passing: float = 0.0) -> dict[Client, dict[str, Any]]:
        """What everybody is told after so many seconds, heartbeats left out."""
        self.now += passing
        told = {due.to: dict(due.rows) for due in self.subscribers.due(self.now)}
        changes = {to: {a: v[0] for a, v in rows.items() if a != STATUS} for to, rows in told.items()}
        return {to: rows for to, rows in changes.items() if rows}
