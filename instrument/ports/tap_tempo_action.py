"""The action `clock.tap`, from wherever it comes: it turns `clock.bpm`."""

from __future__ import annotations

from typing import Protocol

from instrument.controls.control import Value
from instrument.controls.practice import tempo_of
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.playing.messages import Act
from instrument.playing.time.clock import Clock
from instrument.playing.time.tap_tempo import TapTempo


class Tapped(Protocol):
    snapshot: Snapshot

    def change(self, changes: list[tuple[str, Value]]) -> None: ...


class TapTempoAction:
    """Tap tempo action, `clock.tap`. thread: any, one at a time. blocks: never."""

    def __init__(self, performance: Tapped, clock: Clock) -> None:
        self._performance, self._now, self._taps = performance, clock.now, TapTempo()

    def act(self, act: Act) -> None:
        """An action; others than `clock.tap` are nobody's business here."""
        if act.name == "clock.tap":
            snapshot = self._performance.snapshot
            at = self._now() if act.at is None else act.at
            bpm = self._taps.tap(at, tempo_of(snapshot.values), snapshot.meter.beat)
            if bpm is not None:
                bpm = bpm * 100 / snapshot.number("practice.speed")  # it is tapped as fast as it is practised
                self._performance.change([("clock.bpm", CONTROLS["clock.bpm"].clip(round(bpm, 1))[0])])
