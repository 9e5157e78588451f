"""A controller at the MIDI input of a player's process: a knob that is always turned, and a Program Change."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection

from instrument.playing.messages import PlayerSetup
from instrument.ports.midi.input import MidiInput
from instrument.ports.player_process import Loop, run
from tests.fakes.wire import Wire

KNOB, PROGRAM = 74, 5
SECONDS = 0.02  #: between messages
CHANGES = 400  #: messages of the knob between Program Changes


def turning(line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
    """The player's process, with that controller at it."""

    def fit(loop: Loop) -> None:
        wire = Wire()
        MidiInput(wire, "knobs", "knobs", loop.inbox)
        threading.Thread(target=_turn, args=(loop, wire), daemon=True).start()

    run(line, setup, tapes, fit)


def _turn(loop: Loop, wire: Wire) -> None:
    """Up and down for ever."""
    place = 0
    while True:
        loop.clock.sleep_until(loop.clock.now() + SECONDS)
        place += 1
        wire.arrive(0xB0, KNOB, abs(place % 254 - 127))
        if place % CHANGES == 0:
            wire.arrive(0xC0, PROGRAM)
