"""Timbres of the built-in synth, each with its layers and its General MIDI programs.

To add one, add a row to `TIMBRES`: the patch key, the mixer and the page take its name from there.

A timbre is three layers. A layer repeats one period of a wave (or a long stretch of tuned breath noise), with its own
strength, tuning, attack and decay. A pluck is three layers that fade at different speeds, the brightest first; a reed
is two reeds a few cents apart and a faint one an octave up; a whistle is its tone, the chiff of its attack, and breath.
Data and spectra only; nothing here runs while music plays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from instrument.music.sounds import ring
from instrument.music.sounds.numpy_later import Array, np
from instrument.music.sounds.ring import Ring, silent

#: (harmonic numbers 1.., fundamental in Hz) -> strength of each. Only the shape counts: waves are brought to RMS 1.
Spectrum = Callable[[Array, float], Array]


@dataclass(frozen=True, slots=True)
class Layer:
    """Layer of a timbre. gain: RMS at velocity 127; cents: tuning; ratio: of its pitch to the note's
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
    """Timbre of the built-in synth. layers: three of them; release: seconds to silence after the note's end
    program: the General MIDI program, 0..127, that is the same instrument, for outputs that play programs
    programs: runs of General MIDI programs, each its first and last, that sound with it; the shortest run that holds a
    program wins, so that a new timbre takes what is nearest to it from those that cover much
    vibrato: depth in cents once it has grown, 0 for none; vibrato_rate: Hz
    vibrato_delay: seconds until it is half grown
    """

    layers: tuple[Layer, Layer, Layer]
    release: float
    program: int = 0
    programs: tuple[tuple[int, int], ...] = ()
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


def _rung(of: Ring, gain: float, touch: float, cents: float = 0.0, attack: float = 0.001, decay: float = 9.0) -> Layer:
    """A layer that is a ring."""
    return Layer(silent, gain, cents, attack=attack, decay=decay, sustain=0.0, touch=touch, ring=of)


TIMBRES: dict[str, Timbre] = {
    "whistle": Timbre(
        (
            Layer(_whistle_tone, gain=0.21, attack=0.035, touch=1.0),
            Layer(_whistle_chiff, gain=0.10, attack=0.004, decay=0.028, sustain=0.0, touch=1.8),
            Layer(_whistle_breath, gain=0.045, attack=0.012, decay=0.05, sustain=0.3, touch=0.8, breath=True),
        ),
        program=74, programs=((72, 79), (96, 103), (120, 127)),
        release=0.07, vibrato=9.0, vibrato_rate=5.2, vibrato_delay=0.5,
    ),
    "pluck": Timbre(
        (
            Layer(_string_slow, gain=0.22, attack=0.002, decay=1.1, sustain=0.0, touch=1.1),
            Layer(_string_middle, gain=0.18, attack=0.002, decay=0.38, sustain=0.0, touch=1.4),
            Layer(_string_bright, gain=0.12, attack=0.001, decay=0.09, sustain=0.0, touch=2.0),
        ),
        program=46, programs=((0, 15), (24, 39), (45, 46), (104, 108), (112, 119)),
        release=0.22,
    ),
    "reed": Timbre(
        (
            Layer(_reed, gain=0.18, cents=0.6, attack=0.022, decay=0.12, sustain=0.85),
            Layer(_reed, gain=0.062, cents=-4.7, attack=0.030),
            Layer(_reed, gain=0.025, cents=0.6, ratio=2.0, attack=0.016, touch=1.8),
        ),
        program=21, programs=((16, 23), (40, 44), (47, 71), (80, 95), (110, 111)),
        release=0.06,
    ),
    "drone": Timbre(
        (
            Layer(_pipe, gain=0.115, cents=0.3, attack=0.35, touch=0.6),
            Layer(_pipe, gain=0.06, cents=-1.1, attack=0.60, touch=0.6),
            Layer(_whistle_breath, gain=0.006, attack=0.40, touch=0.4, breath=True),
        ),
        program=109, programs=((109, 109),),
        release=0.40,
    ),
    "guitar": Timbre(
        (
            _rung(ring.GUITAR, gain=0.300, touch=1.1, attack=0.0015),
            _rung(ring.GUITAR_BRIGHT, gain=0.110, touch=2.2),
            _rung(ring.PICK, gain=0.050, touch=1.6, attack=0.0005),
        ),
        program=25, programs=((24, 31),),
        release=0.10,
    ),
    "bouzouki": Timbre(
        (
            _rung(ring.BOUZOUKI, gain=0.195, touch=1.1, cents=-1.2),
            _rung(ring.BOUZOUKI, gain=0.180, touch=1.1, cents=1.6),
            _rung(ring.PICK, gain=0.055, touch=1.8, attack=0.0005),
        ),
        program=105, programs=((104, 107),),
        release=0.08,
    ),
    "double bass": Timbre(
        (
            _rung(ring.DOUBLE_BASS, gain=0.300, touch=1.0, attack=0.004),
            _rung(ring.GUITAR_BRIGHT, gain=0.024, touch=2.0),
            _rung(ring.PICK, gain=0.010, touch=1.8, attack=0.0005),
        ),
        program=32, programs=((32, 39),),
        release=0.12,
    ),
    "piano": Timbre(
        (
            _rung(ring.PIANO, gain=0.200, touch=1.3, cents=-0.4, attack=0.002),
            _rung(ring.PIANO, gain=0.092, touch=1.3, cents=0.7, attack=0.002),
            _rung(ring.GUITAR_BRIGHT, gain=0.033, touch=2.4, decay=1.0),
        ),
        program=0, programs=((0, 7),),
        release=0.16,
    ),
    "frame drum": Timbre(
        (
            _rung(ring.SKIN_RING, gain=0.380, touch=1.2),
            _rung(ring.SLAP, gain=0.130, touch=2.0, attack=0.0005),
            _rung(ring.TIPPER, gain=0.075, touch=1.5, attack=0.0003),
        ),
        program=117, programs=((116, 118),),
        release=0.09,
    ),
}  # fmt: skip

NAMES = tuple(TIMBRES)  #: in the order in which messages number them


def timbre_of_program(program: int) -> str:
    """The nearest of our timbres to a General MIDI program, 0..127: flutes whistle, guitars pluck, organs are reeds."""
    runs = (
        (last - first, name)
        for name, timbre in TIMBRES.items() for first, last in timbre.programs if first <= program <= last
    )  # fmt: skip
    return min(runs)[1]
