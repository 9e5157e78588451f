"""Sweep of MIDI ports: every key of every channel ended, where nobody is left who knows which are down.

The last resort of the process that outlives the player and its watch. On hardware behind a DIN cable it takes two
seconds; what ends all sound goes first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress

from instrument.ports.midi import output
from instrument.ports.midi.output import MidiOutput, NoMidi

LIMIT = 1.0  #: seconds that it may take, a driver that hangs included
RESTING = ((64, 0), (66, 0), (67, 0), (69, 0), (1, 0), (123, 0), (120, 0))  #: controllers and values, on each channel


def sweep(names: Iterable[str]) -> None:
    """names: the system's. blocks: LIMIT at most."""
    threads = [threading.Thread(target=_sweep, args=(name,), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)


def _sweep(name: str) -> None:
    with suppress(NoMidi):
        end_all(output.open_output(name))


def end_all(port: MidiOutput) -> None:
    """Pedals up, bend to the middle, all notes and all sound off, and an off for every key."""
    for channel in range(16):
        for number, value in RESTING:
            port.raw([0xB0 | channel, number, value])
        port.raw([0xE0 | channel, 0, 64])
    for channel in range(16):
        for note in range(128):
            port.raw([0x80 | channel, note, 0])
