"""Wavetables: every wave that the timbres need, made once, with no harmonic high enough to alias.

The waves of all layers lie end to end in one array, so that a block of all sounding notes is one gather. Each wave is
made for `STEP` neighbouring notes and holds the harmonics that its highest may have. Phases are 32-bit: a whole turn of
the counter is a whole wave, its top bits are the place in the wave, and wrapping round costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from instrument.music.sounds.ring import Ring
from instrument.music.sounds.timbres import TIMBRES, Layer, Spectrum
from instrument.playing.sound.percussion import PERCUSSION
from instrument.playing.sound.ring_wave import ring_wave

STEP = 4  #: semitones that share a tone's wave
TONE_BITS = 11  #: a tone's wave is one period of 2,048 samples
HARMONICS = 64  #: at most
BREATH_STEP = 12  #: semitones that share a stretch of breath
BREATH_BITS = 16
BREATH_PERIODS = 1024  #: periods of the note in a stretch of breath: 2.3 s at A4 before it repeats
CEILING = 0.42  #: of the sample rate: no harmonic above this


@dataclass(frozen=True, slots=True)
class Wave:
    """Wave of one cycle or more.

    base: index of its first sample in `Wavetables.samples`; bits: log2 of its length; periods: of the note in it.
    """

    base: int
    bits: int
    periods: float


def frequency(pitch: float) -> float:
    """Hz of a MIDI note number; 69 is 440."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


class Wavetables:
    """Wavetables of the synth.

    samples: float32 [all waves end to end], each at RMS 1 and followed by its first sample again.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._waves: dict[tuple[Spectrum | Ring, float], list[Wave]] = {}  # of each pitch
        self._parts: list[NDArray[np.float32]] = []
        self._size = 0
        for timbre in (*TIMBRES.values(), *PERCUSSION.values()):
            for layer in timbre.layers:
                if (layer.ring or layer.spectrum, layer.ratio) not in self._waves:
                    self._add_layer(layer)
        self.samples: NDArray[np.float32] = np.concatenate(self._parts)
        self.samples.flags.writeable = False
        self._parts.clear()
        #: of each family of tones and each note (0..127), the index of its wave's first sample
        self.bases = np.array([[wave.base for wave in waves] for waves in self._waves.values()])
        self._families = {key: number for number, key in enumerate(self._waves)}

    def wave(self, layer: Layer, pitch: int) -> Wave:
        """The wave of a timbre's layer for a note (0..127)."""
        return self._waves[layer.ring or layer.spectrum, layer.ratio][pitch]

    def family(self, layer: Layer) -> int:
        """Which row of `bases` has the waves of a timbre's layer at all pitches; -1 where a note keeps its own: a ring,
        and breath, whose waves are no single period."""
        return -1 if layer.ring or layer.breath else self._families[layer.spectrum, layer.ratio]

    def pace(self, layer: Layer, pitch: int) -> float:
        """How much of its wave a layer of a note (0..127) reads in a frame; of an untuned ring always as much."""
        wave = self.wave(layer, pitch)
        if layer.ring is not None and not layer.ring.tuned:
            return 1 / layer.ring.slow / (1 << wave.bits)
        return frequency(pitch + layer.cents / 100) * layer.ratio / self._rate / wave.periods

    def _add_layer(self, layer: Layer) -> None:
        waves = self._waves[layer.ring or layer.spectrum, layer.ratio] = []
        step = BREATH_STEP if layer.breath else STEP
        for low in range(0, 128, step):
            middle, top = (frequency(low + n) * layer.ratio for n in (step / 2, step - 1))
            limit = CEILING * self._rate / top
            if layer.ring is not None:
                if not waves or layer.ring.low <= low <= layer.ring.high:  # far notes share the nearest ring
                    samples, periods = ring_wave(layer.ring, middle, self._rate, limit)
                    wave = self._add(samples, layer.ring.bits, periods)
            elif not layer.breath:
                wave = self._add(_tone(layer.spectrum, middle, limit), TONE_BITS, 1)
            elif not waves or 36 <= low <= 96:  # far notes share the nearest stretch of breath
                wave = self._add(_breath(layer.spectrum, middle, limit), BREATH_BITS, BREATH_PERIODS)
            waves += [wave] * min(step, 128 - low)

    def _add(self, samples: NDArray[np.float64], bits: int, periods: float) -> Wave:
        wave = Wave(self._size, bits, periods)
        self._parts.append(np.append(samples, samples[0]).astype(np.float32))
        self._size += len(samples) + 1
        return wave


@lru_cache(maxsize=1)
def wavetables(rate: int) -> Wavetables:
    """The synth's wavetables at a rate (frames a second), kept for the next synth: a sound server that comes back has
    the rate that it had, and they take most of a second to make."""
    return Wavetables(rate)


def _tone(spectrum: Spectrum, f: float, limit: float) -> NDArray[np.float64]:
    """One period with the harmonics below `limit`; their phases are spread, to keep the peak low."""
    n = np.arange(1, max(1, min(HARMONICS, int(limit))) + 1, dtype=np.float64)
    bins = np.zeros((1 << TONE_BITS) // 2 + 1, dtype=np.complex128)
    bins[1 : len(n) + 1] = spectrum(n, f) * np.exp(-1j * (np.pi / 2 + np.pi * n * (n - 1) / len(n)))
    return _at_rms_1(np.fft.irfft(bins))


def _breath(spectrum: Spectrum, f: float, limit: float) -> NDArray[np.float64]:
    """`BREATH_PERIODS` periods of noise with the given spectrum between the harmonics too."""
    turns = np.random.default_rng(1).random((1 << BREATH_BITS) // 2)
    n = np.arange(1, len(turns) + 1) / BREATH_PERIODS
    bins = np.zeros(len(turns) + 1, dtype=np.complex128)
    bins[1:] = np.where(n < limit, spectrum(n, f), 0) * np.exp(2j * np.pi * turns)
    return _at_rms_1(np.fft.irfft(bins))


def _at_rms_1(wave: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(wave / (np.sqrt(np.mean(wave**2)) + 1e-30), dtype=np.float64)
