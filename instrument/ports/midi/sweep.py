"""Sweep of MIDI ports: every key of every channel ended, where nobody is left who knows which are down.

The last resort of the process that outlives the player and its watch. On hardware behind a DIN cable it takes two
seconds; what ends all sound goes first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress

from instrument.controls.midi_messages import BREATH, NOTES_OFF, SOUND_OFF, SUSTAIN, encode
from instrument.playing.midi.channel_controllers import RESTING, SLID
from instrument.ports.midi import output
from instrument.ports.midi.output import MidiOutput, NoMidi

LIMIT = 1.0  #: seconds that it may take, a driver that hangs included
#: what goes to rest on each channel; where nobody has moved them, a slide is a brightness, and many know no breath
PARTS = tuple(part for part in RESTING if part not in (SLID, ("control", BREATH)))


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
    """All notes and all sound off; pedals, bend, pressure and the like to rest; and an off for every key."""
    for channel in range(1, 17):
        for number in (SUSTAIN, NOTES_OFF, SOUND_OFF):
            port.raw(encode("control", channel, number))
    for channel in range(1, 17):
        port.rest((channel, part) for part in PARTS)
    for channel in range(1, 17):
        for note in range(128):
            port.raw(encode("off", channel, note))
