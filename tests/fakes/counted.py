"""A beginning in virtual time, with clicks counted on a receiver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from instrument.controls.control import Value
from instrument.music.events import Note
from instrument.music.ticks import QUARTER
from instrument.playing.beginning.metronome import CHANNEL, HIGH, LOW
from instrument.playing.messages import PlayerSetup
from instrument.playing.performance import Performance
from tests.fakes.band import BAR, ROUTES, bar_of
from tests.fakes.sequencer import LEAD, Stand

BEAT = 0.5  # seconds, at 120


class Counted(Stand):
    """A stand whose tune begins with a pick-up of so many quarter notes, its bars as a stand's."""

    def __init__(self, pickup: int = 1, bars: int = 24, **controls: Value) -> None:
        super().__init__(1, **controls)
        at = pickup * QUARTER
        first = replace(bar_of(60, 60, 60, 60), end=at, notes=(Note(0, at, 90),))
        spans = [replace(bar_of(*(31 + n,) * 4, start=at + n * BAR), bar=n + bool(pickup)) for n in range(bars)]
        opening = (first, *spans) if pickup else tuple(spans)
        voices = {name: (route.channel, route.program) for name, route in ROUTES.items()}
        self.performance = Performance(
            PlayerSetup(self.performance.player.snapshot, opening, voices, {}), ["out"], LEAD
        )
        self.player = self.performance.player

    @property
    def clicks(self) -> list[tuple[float, int]]:
        """(seconds, key) of each click."""
        return [(m.due, m.number) for m in self.messages if m.kind == "on" and m.channel == CHANNEL]

    @property
    def tune(self) -> list[tuple[float, int]]:
        """(seconds, bar) of each note of the tune; 60 is the pick-up's."""
        return [(m.due, m.number - 30) for m in self.messages if m.kind == "on" and m.channel == 1]


def bars(count: int) -> list[int]:
    """The keys of so many bars of clicks."""
    return [HIGH, LOW, LOW, LOW] * count


def at(began: float, beats: Sequence[float], within: float = 0.002) -> object:
    return pytest.approx([began + beat * BEAT for beat in beats], abs=within)


def planned(quarters: int, **controls: Value) -> Counted:
    """A tune whose first bar is written as a pick-up of so many quarters, and planned as a bar that ends with it."""
    stand = Counted(0, **controls)
    at = BAR - quarters * QUARTER
    notes = (Note(at, BAR - at, 90), Note(0, BAR, 40, voice="drone"))
    written = ("M:4/4", "K:Cmaj", "C", str(2 * quarters), "|", "C", "8", "|")
    first = replace(bar_of(60), notes=notes, written=written)
    spans = [replace(bar_of(*(30 + n,) * 4, start=n * BAR), bar=n) for n in range(1, 12)]
    voices = {name: (route.channel, route.program) for name, route in ROUTES.items()}
    setup = PlayerSetup(stand.player.snapshot, (first, *spans), voices, {})
    stand.performance = Performance(setup, ["out"], LEAD)
    stand.player = stand.performance.player
    return stand


def own(pickup: int = 1, **controls: Value) -> Counted:
    return Counted(pickup, clock__source="internal", clock__bpm=120.0, **controls)


def led(pickup: int = 1, **controls: Value) -> Counted:
    return Counted(pickup, **controls)
