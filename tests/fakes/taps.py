"""Keys that tap a rhythm."""

from __future__ import annotations

from instrument.playing.midi.midi_input import ReceivedMidi


def key(at: float, note: int, velocity: int = 100) -> ReceivedMidi:
    return ReceivedMidi(at, "keys", bytes((0x90, note, velocity)))
