"""Sweep of MIDI ports: every key of every channel ended, where nobody is left who knows which are down.

The last resort of the process that outlives the player and its watch. On hardware behind a DIN cable it takes two
seconds; what ends all sound goes first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress

from instrument.ports import midi_system
from instrument.ports.midi import MidiOutput
from instrument.ports.midi_system import OUT, NoMidi

LIMIT = 1.0  #: seconds that it may take, a driver that hangs included
RESTING = ((64, 0), (66, 0), (67, 0), (69, 0), (1, 0), (123, 0), (120, 0))  #: controllers and values, on each channel


def sweep(names: Iterable[str], there: Sequence[tuple[int, str]] = ()) -> None:
    """names: the system's; there: (API, name) of the ports known to be there, which saves looking. blocks: LIMIT."""
    threads = [threading.Thread(target=_sweep, args=(name, there), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)


def prepare() -> None:
    """Load the library while all is well."""
    with suppress(NoMidi):
        midi_system.rtmidi()


def _sweep(name: str, there: Sequence[tuple[int, str]]) -> None:
    with suppress(NoMidi):
        try:
            found = midi_system.again(OUT, name, there, None)
        except NoMidi:
            found = midi_system.open_named(OUT, name)
        end_all(MidiOutput(*found))


def end_all(port: MidiOutput) -> None:
    """Pedals up, bend to the middle, all notes and all sound off, and an off for every key."""
    for channel in range(16):
        for number, value in RESTING:
            port.raw([0xB0 | channel, number, value])
        port.raw([0xE0 | channel, 0, 64])
    for channel in range(16):
        for note in range(128):
            port.raw([0x80 | channel, note, 0])
