"""The player process's loop in virtual time, with ports that remember."""

from __future__ import annotations

from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, PlayerSetup
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports import player_process
from instrument.ports.midi.output import MidiOutput
from instrument.ports.outputs import Midi, Output
from tests.fakes.band import BAR, bar_of
from tests.fakes.wire import Wire


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    one = Wire()

    def opened(
        setup: PlayerSetup, clock: ManualClock, lateness: Lateness, *_: object
    ) -> tuple[list[Output], list[str]]:
        return [Midi("midi", MidiOutput(one, "wire"), clock, lateness)], ["MIDI: wire"]

    monkeypatch.setattr(player_process, "open_outputs", opened)
    return one


def loop(bars: int | None = None) -> tuple[player_process.Loop, Connection, ManualClock]:
    ours, theirs = Pipe()
    clock = ManualClock(100.0)
    opening = tuple(bar_of(60, 64, 67, 72, start=n * BAR) for n in range(4))
    setup = PlayerSetup(Snapshot(), opening, {"melody": (1, 0), "drone": (2, 0)}, {}, bars=bars)
    return player_process.Loop(theirs, setup, clock, "test"), ours, clock


def heard(line: Connection) -> list[object]:
    found = []
    while line.poll(0):
        found.append(line.recv())
    return found


def turns(one: player_process.Loop, clock: ManualClock, seconds: float) -> None:
    ends = clock.now() + seconds
    while clock.now() < ends:
        one.turn()
        clock.advance(0.005)


def begin(one: player_process.Loop, clock: ManualClock) -> None:
    one.turn([Act("transport.play")])
