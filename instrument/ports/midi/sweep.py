"""Sweep of MIDI ports: every key of every channel ended, where nobody is left who knows which are down.

The last resort of the process that outlives the player and its watch. On hardware behind a DIN cable it takes two
seconds; what ends all sound goes first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress

from instrument.controls.midi_messages import (
    MODULATION,
    NOTES_OFF,
    SECOND_SUSTAIN,
    SOFT,
    SOSTENUTO,
    SOUND_OFF,
    SUSTAIN,
    encode,
)
from instrument.playing.midi.channel_controllers import MIDDLE
from instrument.ports.midi import output
from instrument.ports.midi.output import MidiOutput, NoMidi

LIMIT = 1.0  #: seconds that it may take, a driver that hangs included
#: controllers that go to 0 on each channel, in this order
RESTING = (SUSTAIN, SOSTENUTO, SOFT, SECOND_SUSTAIN, MODULATION, NOTES_OFF, SOUND_OFF)


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
    for channel in range(1, 17):
        for number in RESTING:
            port.raw(encode("control", channel, number))
        port.raw(encode("bend", channel, *MIDDLE))
    for channel in range(1, 17):
        for note in range(128):
            port.raw(encode("off", channel, note))
