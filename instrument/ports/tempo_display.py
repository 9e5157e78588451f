"""Tempo shown while somebody else leads: `clock.bpm` turned to the tempo in force, and left there when the leader is
lost.
"""

from __future__ import annotations

from typing import Protocol

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.playing.messages import Status

LEADS = ("locked", "holding", "linked", "rolling")  #: states of a clock whose tempo is known
LEAST = 0.1  #: beats a minute: less is no other tempo


class Following(Protocol):
    snapshot: Snapshot

    def change(self, changes: list[tuple[str, Value]]) -> None: ...


class TempoDisplay:
    """Tempo display while somebody else leads. thread: the conductor's."""

    def __init__(self, performance: Following) -> None:
        self._performance = performance
        self._shown = performance.snapshot.number("clock.bpm")

    def hear(self, status: Status) -> None:
        """Once a second, and with every beat. The first after somebody turned the control may be older than that."""
        before, self._shown = self._shown, self._performance.snapshot.number("clock.bpm")
        if status.clock.get("clock.state") not in LEADS or not status.playing or self._shown != before:
            return
        bpm = float(CONTROLS["clock.bpm"].clip(round(status.bpm, 1))[0])
        if abs(bpm - self._shown) >= LEAST:
            self._shown = bpm
            self._performance.change([("clock.bpm", bpm)])
