"""Percussion of the built-in synth: a wood block for the metronome, and which of its pitches General MIDI's keys are.

A struck block of wood rings at a few partials that are no harmonics of each other, the high ones for a shorter time,
and begins with the knock of the stick. Data only; nothing here runs while music plays.
"""

from __future__ import annotations

from instrument.music.sounds.numpy_later import Array, np
from instrument.music.sounds.timbres import Layer, Timbre, breath

CHANNEL = 10  #: of percussion in General MIDI


def _partial(n: Array, f: float) -> Array:
    """One partial alone."""
    return np.where(n == 1, 1.0, 0.0)


PERCUSSION: dict[str, Timbre] = {
    "woodblock": Timbre(
        (
            Layer(_partial, gain=0.38, attack=0.0008, decay=0.032, sustain=0.0, touch=1.0),
            Layer(_partial, gain=0.16, ratio=2.57, attack=0.0006, decay=0.012, sustain=0.0, touch=1.2),
            Layer(breath, gain=0.10, attack=0.0004, decay=0.005, sustain=0.0, touch=1.4, breath=True),
        ),
        release=0.08,
    ),
}

#: the pitch, as a MIDI note, of each General MIDI key that is struck here: side stick, claves, high and low wood block
PITCHES = {37: 79, 75: 93, 76: 88, 77: 83}


def sounding(timbre: str, channel: int, key: int) -> int:
    """The note at which a key sounds: on the percussion channel a block of wood has its own pitch."""
    return PITCHES.get(key, key) if timbre in PERCUSSION and channel == CHANNEL else key
