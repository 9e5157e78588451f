"""The timbres: what each built-in voice is made of. Data and spectra only; nothing here runs while music plays.

A timbre is three layers. A layer repeats one period of a wave (or a long stretch of tuned breath noise), with its own
strength, tuning, attack and decay. A pluck is three layers that fade at different speeds, the brightest first; a reed
is two reeds a few cents apart and a faint one an octave up; a whistle is its tone, the chiff of its attack, and breath.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instrument.playing.sound import ring
from instrument.playing.sound.ring import Ring

Array = NDArray[np.float64]
#: (harmonic numbers 1.., fundamental in Hz) -> strength of each. Only the shape counts: waves are brought to RMS 1.
Spectrum = Callable[[Array, float], Array]


@dataclass(frozen=True, slots=True)
class Layer:
    """gain: RMS at velocity 127; cents: tuning; ratio: of its pitch to the note's
    attack, decay: seconds; decay is the time constant at A4, shorter above and longer below
    sustain: 0..1, what is left when the decay is over; touch: gain follows velocity to this power
    breath: noise tuned to the note, with `spectrum` given harmonic numbers between the whole ones too
    ring: what is read once, from its beginning, in place of a repeated wave; then `decay` only damps it further
    """

    spectrum: Spectrum
    gain: float
    cents: float = 0.0
    ratio: float = 1.0
    attack: float = 0.01
    decay: float = 1.0
    sustain: float = 1.0
    touch: float = 1.2
    breath: bool = False
    ring: Ring | None = None


@dataclass(frozen=True, slots=True)
class Timbre:
    """layers: three of them; release: seconds to silence after the note's end
    vibrato: depth in cents once it has grown, 0 for none; vibrato_rate: Hz
    vibrato_delay: seconds until it is half grown
    """

    layers: tuple[Layer, Layer, Layer]
    release: float
    vibrato: float = 0.0
    vibrato_rate: float = 5.0
    vibrato_delay: float = 0.4


def _bump(frequency: Array, centre: float, octaves: float) -> Array:
    """1 at `centre` Hz, falling away over about `octaves` on either side: a resonance of the body."""
    return np.exp(-((np.log2(frequency / centre) / octaves) ** 2))


def _whistle_tone(n: Array, f: float) -> Array:
    """Nearly a sine; what there is above it is stronger in the low octave."""
    tone = np.interp(n, (1, 2, 3, 4, 5, 6), (1.0, 0.2, 0.11, 0.035, 0.02, 0.0))
    return np.asarray(tone * np.where(n > 1, min(1.3, 620.0 / f), 1), dtype=np.float64)


def _whistle_chiff(n: Array, f: float) -> Array:
    return np.where((n >= 2) & (n <= 7), 1 / n, 0.1)


def _whistle_breath(n: Array, f: float) -> Array:
    resonant = sum(0.7 ** (k - 1) / (1 + ((n - k) / 0.06) ** 2) for k in (1, 2, 3))
    return np.asarray(resonant + 0.1 * np.exp(-((n - 3.5) ** 2) / 8), dtype=np.float64)


breath = _whistle_breath  #: noise that is tuned to the note, for others


def _string(n: Array, f: float) -> Array:
    """A string plucked at two ninths of its length, through a small wooden body."""
    body = 0.6 + _bump(n * f, 280, 0.7) + 0.8 * _bump(n * f, 620, 0.6) + 0.5 * _bump(n * f, 2600, 0.8)
    return np.abs(np.sin(np.pi * n * 2 / 9)) / n**1.15 * body / (1 + (n * f / 5500) ** 4)


def _string_slow(n: Array, f: float) -> Array:
    return _string(n, f) * np.exp(-(n - 1) / 1.6)


def _string_middle(n: Array, f: float) -> Array:
    return _string(n, f) * (np.exp(-(n - 1) / 6) - 0.75 * np.exp(-(n - 1) / 1.6))


def _string_bright(n: Array, f: float) -> Array:
    return _string(n, f) * (1 - 0.9 * np.exp(-(n - 1) / 6)) * n**0.35


def _reed(n: Array, f: float) -> Array:
    """A free reed: all harmonics, odd ones a little stronger, with the nasal formants of a small wooden box, and the
    edge of the tongue that cuts the air."""
    box = 0.45 + _bump(n * f, 900, 0.8) + 0.9 * _bump(n * f, 2300, 0.6) + 0.35 * _bump(n * f, 5200, 0.5)
    return np.where(n % 2 == 1, 1.0, 0.72) / n**0.95 * box / (1 + (n * f / 8000) ** 4)


def _pipe(n: Array, f: float) -> Array:
    """A drone's cylindrical pipe: odd harmonics lead, the rest fill in; darker than the reed."""
    bore = 0.5 + _bump(n * f, 520, 0.9) + 0.5 * _bump(n * f, 1500, 0.7)
    return np.where(n % 2 == 1, 1.0, 0.6) / n**1.0 * bore / (1 + (n * f / 2600) ** 4)


def at_rest(n: Array, f: float) -> Array:
    """No wave: the layer is a ring."""
    return np.zeros_like(n)


TIMBRES: dict[str, Timbre] = {
    "whistle": Timbre(
        (
            Layer(_whistle_tone, gain=0.21, attack=0.035, touch=1.0),
            Layer(_whistle_chiff, gain=0.10, attack=0.004, decay=0.028, sustain=0.0, touch=1.8),
            Layer(_whistle_breath, gain=0.045, attack=0.012, decay=0.05, sustain=0.3, touch=0.8, breath=True),
        ),
        release=0.07, vibrato=9.0, vibrato_rate=5.2, vibrato_delay=0.5,
    ),
    "pluck": Timbre(
        (
            Layer(_string_slow, gain=0.22, attack=0.002, decay=1.1, sustain=0.0, touch=1.1),
            Layer(_string_middle, gain=0.18, attack=0.002, decay=0.38, sustain=0.0, touch=1.4),
            Layer(_string_bright, gain=0.12, attack=0.001, decay=0.09, sustain=0.0, touch=2.0),
        ),
        release=0.22,
    ),
    "reed": Timbre(
        (
            Layer(_reed, gain=0.18, cents=0.6, attack=0.022, decay=0.12, sustain=0.85),
            Layer(_reed, gain=0.062, cents=-4.7, attack=0.030),
            Layer(_reed, gain=0.025, cents=0.6, ratio=2.0, attack=0.016, touch=1.8),
        ),
        release=0.06,
    ),
    "drone": Timbre(
        (
            Layer(_pipe, gain=0.115, cents=0.3, attack=0.35, touch=0.6),
            Layer(_pipe, gain=0.06, cents=-1.1, attack=0.60, touch=0.6),
            Layer(_whistle_breath, gain=0.006, attack=0.40, touch=0.4, breath=True),
        ),
        release=0.40,
    ),
    "guitar": Timbre(
        (
            Layer(at_rest, gain=0.150, attack=0.0015, decay=9.0, sustain=0.0, touch=1.1, ring=ring.GUITAR),
            Layer(at_rest, gain=0.055, attack=0.001, decay=3.0, sustain=0.0, touch=2.2, ring=ring.GUITAR_BRIGHT),
            Layer(at_rest, gain=0.030, attack=0.0005, decay=3.0, sustain=0.0, touch=1.6, ring=ring.PICK),
        ),
        release=0.10,
    ),
    "bouzouki": Timbre(
        (
            Layer(at_rest, gain=0.105, cents=-1.2, attack=0.0012, decay=9.0, sustain=0.0, touch=1.1, ring=ring.BOUZOUKI),
            Layer(at_rest, gain=0.095, cents=1.6, attack=0.0012, decay=9.0, sustain=0.0, touch=1.1, ring=ring.BOUZOUKI),
            Layer(at_rest, gain=0.035, attack=0.0005, decay=3.0, sustain=0.0, touch=1.8, ring=ring.PICK),
        ),
        release=0.08,
    ),
    "double bass": Timbre(
        (
            Layer(at_rest, gain=0.260, attack=0.004, decay=9.0, sustain=0.0, touch=1.0, ring=ring.DOUBLE_BASS),
            Layer(at_rest, gain=0.020, attack=0.001, decay=3.0, sustain=0.0, touch=2.0, ring=ring.GUITAR_BRIGHT),
            Layer(at_rest, gain=0.010, attack=0.0005, decay=3.0, sustain=0.0, touch=1.8, ring=ring.PICK),
        ),
        release=0.12,
    ),
    "piano": Timbre(
        (
            Layer(at_rest, gain=0.130, cents=-0.4, attack=0.002, decay=9.0, sustain=0.0, touch=1.3, ring=ring.PIANO),
            Layer(at_rest, gain=0.060, cents=0.7, attack=0.002, decay=9.0, sustain=0.0, touch=1.3, ring=ring.PIANO),
            Layer(at_rest, gain=0.022, attack=0.001, decay=1.0, sustain=0.0, touch=2.4, ring=ring.GUITAR_BRIGHT),
        ),
        release=0.16,
    ),
    "frame drum": Timbre(
        (
            Layer(at_rest, gain=0.230, attack=0.001, decay=9.0, sustain=0.0, touch=1.2, ring=ring.SKIN_RING),
            Layer(at_rest, gain=0.075, attack=0.0005, decay=9.0, sustain=0.0, touch=2.0, ring=ring.SLAP),
            Layer(at_rest, gain=0.045, attack=0.0003, decay=9.0, sustain=0.0, touch=1.5, ring=ring.TIPPER),
        ),
        release=0.09,
    ),
}  # fmt: skip

_PROGRAMS = (  # first General MIDI program of a run (0..127), timbre
    (0, "pluck"), (16, "reed"), (24, "pluck"), (40, "reed"), (45, "pluck"), (47, "reed"), (72, "whistle"),
    (80, "reed"), (96, "whistle"), (104, "pluck"), (109, "drone"), (110, "reed"), (112, "pluck"), (120, "whistle"),
)  # fmt: skip


def timbre_of_program(program: int) -> str:
    """The nearest of our timbres to a General MIDI program, 0..127: flutes whistle, guitars pluck, organs are reeds."""
    return [timbre for first, timbre in _PROGRAMS if first <= program][-1]
