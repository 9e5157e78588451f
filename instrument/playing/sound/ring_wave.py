"""Samples of a ring: its partials and noises added up, once, before the music.

Partials that are whole multiples are added a period at a time: the spectrum of each period is turned into its samples,
and between two periods one fades into the next. So a string of sixty partials costs a few milliseconds, and a string
that is a little stiff only turns each partial's phase from period to period. Others are added one by one.
"""

from __future__ import annotations

import numpy as np

from instrument.controls.ring import Array, Noise, Ring

PARTIALS = 60  #: at most
HIGHEST = 0.25  #: of the samples in a second: no partial above, as straight lines between samples would blur it
HEARD = 0.06  #: seconds from its beginning on in which a ring's loudness counts
LAST = 0.88  #: share of its samples that is heard; a note bent up by two semitones reads on into the silence behind
ENDING = 0.25  #: share of them over which it is brought to that silence


def ring_wave(ring: Ring, f: float, rate: int, limit: float) -> tuple[Array, float]:
    """The samples [2 ** bits] at RMS 1 over their first 60 ms, and how many periods of the fundamental they hold.

    f: the fundamental, Hz; rate: frames a second of the synth; limit: no partial above this multiple of f. Pure.
    """
    own, count = rate / ring.slow, 1 << ring.bits
    wave, period = np.zeros(count), own / f
    if ring.ratios:
        wave = _one_by_one(ring, f, own, limit, count)
    elif ring.tuned:
        wave, period = _by_the_period(ring, f, own, limit, count)
    heard = max(1, min(count, int(HEARD * own)))
    loudness = float(np.sqrt(np.mean(wave[:heard] ** 2)))
    wave = wave / loudness if loudness > 0 else wave
    for number, noise in enumerate(ring.noises):
        wave = wave + _burst(noise, own, count, number)
    if not loudness:
        wave = wave / (np.sqrt(np.mean(wave[: max(1, heard // 4)] ** 2)) + 1e-30)
    end, last = int(LAST * count), int(ENDING * count)
    wave[end - last : end] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, last + 1) / last)
    wave[end:] = 0
    return wave, count / period


def _by_the_period(ring: Ring, f: float, rate: float, limit: float, count: int) -> tuple[Array, int]:
    """Harmonic partials, and the samples in a period: the nearest whole number, so that the table is a little out of
    tune, which its reader makes up for."""
    period = max(4, round(rate / f))
    n = np.arange(1, max(1, min(PARTIALS, int(min(limit, HIGHEST * period)))) + 1, dtype=np.float64)
    strength = ring.strength(n, f)
    frames = -(-count // period) + 1
    k = np.arange(frames)[:, None]
    turned = np.pi * n**3 * ring.stiffness * k - np.pi / 2 - np.pi * n * (n - 1) / len(n)
    bins = np.zeros((frames, period // 2 + 1), dtype=np.complex128)
    bins[:, 1 : len(n) + 1] = strength * np.exp(-k * (period / rate) / ring.fade(n, f) + 1j * turned)
    periods = np.fft.irfft(bins, period, axis=1)
    into = np.arange(period) / period
    return (periods[:-1] * (1 - into) + periods[1:] * into).ravel()[:count], period


def _one_by_one(ring: Ring, f: float, rate: float, limit: float, count: int) -> Array:
    """Partials at any ratio, with the fall of the pitch behind the stroke."""
    n = np.arange(1, len(ring.ratios) + 1, dtype=np.float64)
    t = np.arange(count) / rate
    phase = 2 * np.pi * f * (t + ring.fall * ring.fall_time * (1 - np.exp(-t / ring.fall_time)))
    wave = np.zeros(count)
    for ratio, strength, fade in zip(ring.ratios, ring.strength(n, f), ring.fade(n, f), strict=True):
        if ratio < limit:
            wave += strength * np.exp(-t / fade) * np.sin(ratio * phase)
    return wave


def _burst(noise: Noise, rate: float, count: int, seed: int) -> Array:
    """Noise within its band, from its attack on fading; at its gain while it is loudest."""
    length = min(count, 1 << int(np.ceil(np.log2(max(64.0, 12 * noise.decay * rate)))))
    bins = np.fft.rfft(np.random.default_rng(11 + seed).standard_normal(length))
    hz = np.maximum(np.fft.rfftfreq(length, 1 / rate), 1.0)
    burst = np.fft.irfft(bins * np.exp(-((np.log2(hz / noise.centre) / noise.octaves) ** 2)), length)
    burst *= noise.gain / (np.sqrt(np.mean(burst**2)) + 1e-30)
    t = np.arange(length) / rate
    shape = np.exp(-t / noise.decay) * (np.minimum(1.0, t / noise.attack) if noise.attack else 1.0)
    found = np.zeros(count)
    found[:length] = burst * shape
    return found
