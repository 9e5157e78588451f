"""A controller at the MIDI input of a player's process: a knob that is always turned, and a Program Change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from instrument.playing.messages import PlayerSetup
from instrument.ports.midi.input import MidiInput
from instrument.ports.player_process import Loop, run

KNOB, PROGRAM = 74, 5
SECONDS = 0.02  #: between messages
CHANGES = 400  #: messages of the knob between Program Changes


class _Wire:
    def ignore_types(self, **_: bool) -> None: ...

    def set_callback(self, callback: Callable[..., None]) -> None:
        self.send = callback

    def cancel_callback(self) -> None: ...

    def close_port(self) -> None: ...


def turning(line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
    """The player's process, with that controller at it."""

    def fit(loop: Loop) -> None:
        wire = _Wire()
        MidiInput(wire, "knobs", "knobs", loop.inbox)
        threading.Thread(target=_turn, args=(loop, wire), daemon=True).start()

    run(line, setup, tapes, fit)


def _turn(loop: Loop, wire: _Wire) -> None:
    """Up and down for ever."""
    place = 0
    while True:
        loop.clock.sleep_until(loop.clock.now() + SECONDS)
        place += 1
        wire.send(([0xB0, KNOB, abs(place % 254 - 127)], 0.0))
        if place % CHANGES == 0:
            wire.send(([0xC0, PROGRAM], 0.0))
