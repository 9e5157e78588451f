"""Rings: what is plucked or struck once and dies away, partial by partial, with the noise of pick, hammer or tipper.

Where a wave of one period repeats alike, a ring is as long as its sound: every partial fades in its own time, the high
ones first, strings are a little stiff, and a skin falls in pitch behind a hard stroke. It is made once, before the
music, and read through once a note. Data and pure functions; `ring_wave` makes the samples.

Source of the numbers: Neville H. Fletcher and Thomas D. Rossing, "The Physics of Musical Instruments": modes of a
guitar's body, stiffness of strings, modes of a round membrane.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from instrument.music.sounds.numpy_later import Array, np

#: (partial numbers 1.., fundamental in Hz) -> of each its strength, or the seconds in which it falls to 1/e
Partials = Callable[[Array, float], Array]


@dataclass(frozen=True, slots=True)
class Noise:
    """A burst of noise. gain: RMS at its beginning, beside the ring's 1; centre: Hz; octaves: its width
    decay: seconds to 1/e; attack: seconds, softer than at once for a finger."""

    gain: float
    centre: float
    octaves: float
    decay: float
    attack: float = 0.0


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring of a plucked or struck sound.

    strength, fade: of each partial; ratios: of the partials to the fundamental, () for 1, 2, 3 ...
    stiffness: B of a stiff string, whose partial n is sharp by n * n * B / 2; only with ratios ()
    fall, fall_time: share of the pitch that a hard stroke begins above it, and the seconds in which it is lost
    noises: bursts at its beginning; bits: log2 of its samples; slow: samples are that many times farther apart
    low, high: MIDI notes between which every fourth has a ring of its own; the others share the nearest
    A ring whose strength is `silent` is noise alone, and sounds alike under every note.
    """

    strength: Partials
    fade: Partials
    ratios: tuple[float, ...] = ()
    stiffness: float = 0.0
    fall: float = 0.0
    fall_time: float = 0.03
    noises: tuple[Noise, ...] = ()
    bits: int = 16
    slow: int = 1
    low: int = 36
    high: int = 80

    @property
    def tuned(self) -> bool:
        """Whether it has a pitch."""
        return self.strength is not silent


def silent(n: Array, f: float) -> Array:
    """No partial at all."""
    return np.zeros_like(n)


def bump(frequency: Array, centre: float, octaves: float) -> Array:
    """1 at `centre` Hz, falling away over about `octaves` on either side: a resonance of the body."""
    return np.exp(-((np.log2(np.maximum(frequency, 1.0) / centre) / octaves) ** 2))


def losing(first: float, at: float, slope: float, loss: float) -> Partials:
    """How partials of a string fade: its fundamental in `first` seconds at `at` Hz, higher notes sooner by the power
    `slope`, and every partial besides with its own frequency: `loss` a second at 1 kHz."""

    def fade(n: Array, f: float) -> Array:
        return np.asarray(1 / ((f / at) ** slope / first + loss * (n * f / 1000) ** 1.2), dtype=np.float64)

    return fade


def _guitar(n: Array, f: float) -> Array:
    """A steel string plucked at two elevenths, through the air and the top of a wooden box."""
    hz = n * f
    body = 0.5 + 0.9 * bump(hz, 105, 0.35) + 1.1 * bump(hz, 205, 0.35) + 0.6 * bump(hz, 410, 0.5)
    body = body + 0.5 * bump(hz, 1250, 0.8) + 0.55 * bump(hz, 2900, 0.6)
    return np.abs(np.sin(np.pi * n * 2 / 11)) / n**0.95 * body / (1 + (hz / 6500) ** 4)


def _guitar_bright(n: Array, f: float) -> Array:
    """What a harder stroke adds: the edge of the pick."""
    return np.abs(np.sin(np.pi * n * 0.09)) / n**0.25 * (0.25 + bump(n * f, 3300, 1.1)) / (1 + (n * f / 8000) ** 4)


def _bouzouki(n: Array, f: float) -> Array:
    """A long thin string plucked near the bridge of a flat, bright box."""
    hz = n * f
    body = 0.4 + 0.7 * bump(hz, 190, 0.4) + 0.7 * bump(hz, 480, 0.5) + 0.9 * bump(hz, 1900, 0.9)
    return np.abs(np.sin(np.pi * n * 0.13)) / n**0.75 * body / (1 + (hz / 7500) ** 4)


def _double_bass(n: Array, f: float) -> Array:
    """A thick string pulled by the side of a finger, far from the bridge."""
    hz = n * f
    body = (
        0.5 + 0.8 * bump(hz, 62, 0.4) + 1.3 * bump(hz, 115, 0.6) + 0.7 * bump(hz, 260, 0.7) + 0.25 * bump(hz, 800, 0.8)
    )
    return np.abs(np.sin(np.pi * n * 0.23)) / n**1.25 * body / (1 + (hz / 1900) ** 4)


def _piano(n: Array, f: float) -> Array:
    """Felt on a string at an eighth of its length: the higher the note, the fewer partials the hammer wakes."""
    hz, cut = n * f, 900 + 2.2 * f
    board = 0.6 + 0.5 * bump(hz, 180, 0.9) + 0.4 * bump(hz, 700, 1.0)
    return (0.12 + np.abs(np.sin(np.pi * n / 8))) / n**0.8 * board / (1 + (hz / cut) ** 2) / (1 + (hz / 5200) ** 4)


SKIN = (1.0, 1.59, 2.14, 2.30, 2.65, 2.92, 3.16, 3.50, 3.60, 4.06)  #: modes of a round membrane


def _skin(n: Array, f: float) -> Array:
    return np.interp(n, (1, 2, 3, 4, 5, 10), (1.0, 0.5, 0.26, 0.16, 0.1, 0.02))


def _skin_fade(n: Array, f: float) -> Array:
    return np.asarray(0.21 * (80 / f) ** 0.5 / n**0.85, dtype=np.float64)


def _slap(n: Array, f: float) -> Array:
    return np.interp(n, (1, 2, 3, 6, 10), (0.15, 0.6, 1.0, 0.8, 0.5))


def _slap_fade(n: Array, f: float) -> Array:
    return 0.06 / n**0.5


def _at_once(n: Array, f: float) -> Array:
    return np.full_like(n, 0.01)


GUITAR = Ring(_guitar, losing(1.15, 110, 0.45, 2.0), stiffness=4e-5, bits=16, slow=2, low=36, high=76,
              noises=(Noise(0.30, 180, 0.8, 0.012), Noise(0.10, 900, 0.8, 0.006)))  # fmt: skip
GUITAR_BRIGHT = Ring(_guitar_bright, losing(0.25, 110, 0.3, 5.0), bits=14, high=84)
PICK = Ring(
    silent,
    _at_once,
    noises=(Noise(1.0, 2600, 0.8, 0.0035, 0.0008), Noise(0.5, 1300, 0.7, 0.008, 0.001)),
    bits=12,
    low=60,
    high=60,
)
BOUZOUKI = Ring(_bouzouki, losing(0.95, 147, 0.5, 1.7), stiffness=2e-5, bits=16, slow=2, low=40, high=80,
                noises=(Noise(0.2, 420, 0.8, 0.008), Noise(0.16, 2600, 0.8, 0.004, 0.0008)))  # fmt: skip
DOUBLE_BASS = Ring(_double_bass, losing(0.75, 55, 0.3, 9.0), stiffness=3e-5, bits=15, slow=4, low=24, high=56,
                   noises=(Noise(0.35, 95, 0.7, 0.03, 0.004), Noise(0.10, 700, 0.9, 0.012)))  # fmt: skip
PIANO = Ring(_piano, losing(1.9, 220, 0.75, 0.75), stiffness=9e-5, bits=16, slow=2, low=28, high=88,
             noises=(Noise(0.35, 160, 0.9, 0.02, 0.002), Noise(0.12, 520, 0.7, 0.012)))  # fmt: skip
SKIN_RING = Ring(_skin, _skin_fade, SKIN, fall=0.05, fall_time=0.010, bits=15, slow=2, low=32, high=56,
                 noises=(Noise(0.22, 240, 1.0, 0.012, 0.001),))  # fmt: skip
SLAP = Ring(
    _slap,
    _slap_fade,
    SKIN,
    fall=0.05,
    fall_time=0.010,
    bits=13,
    low=32,
    high=56,
    noises=(Noise(0.8, 800, 0.9, 0.010, 0.001),),
)
TIPPER = Ring(
    silent,
    _at_once,
    noises=(Noise(1.0, 1900, 0.7, 0.004, 0.0006), Noise(0.4, 4200, 0.6, 0.002, 0.0004)),
    bits=12,
    low=60,
    high=60,
)
