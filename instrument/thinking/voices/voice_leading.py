"""Rules of voice leading, as costs in nats of what a voice might sing next: parallels, wide gaps, clashes, other keys.

Every cost is an array, [56], one number a pitch from the lowest that is sung. Without torch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from instrument.networks.chorale.history import NONE, Real
from instrument.networks.chorale.tokens import ALTO, BASS, LOWEST, ONSET, PITCHES, REST, SOPRANO, TENOR

PARALLEL = 8.0  #: nats that a parallel fifth, octave or unison costs
HARSH = 0.7  #: nats that a second, a seventh or a tritone of the bass with the melody costs
STRANGE = 6.0  #: nats that a note of another key costs in a first chord
WIDE = 2.0  #: nats that more than an octave between soprano and alto, or alto and tenor, costs
_PITCHES = np.arange(PITCHES)
_CLASHES = np.isin(np.arange(12), (1, 2, 6, 10, 11))  # semitones, less octaves


def sounding(token: int, held: int) -> int:
    """The pitch that a voice has with a token, 0..55 or NONE. held: what it sang before."""
    return token - ONSET if token >= ONSET else NONE if token == REST else held


def between(voice: int, decided: Mapping[int, int]) -> tuple[int, int]:
    """The pitches, 0..55, between the decided voices below and above; voices are numbered from the top."""
    low = max((p for v, p in decided.items() if v > voice and p != NONE), default=0)
    high = min((p for v, p in decided.items() if v < voice and p != NONE), default=PITCHES - 1)
    return low, high


def parallels(voice: int, own: int, decided: Mapping[int, int], now: list[int]) -> Real:
    """[56] nats: moving with another voice from a fifth, octave or unison into the same."""
    cost = np.zeros(PITCHES, np.float32)
    if own == NONE:
        return cost
    moves = own != _PITCHES
    for other, pitch in decided.items():
        before = now[other]
        if NONE in (pitch, before) or pitch == before:
            continue
        interval = abs(own - before) % 12
        if interval in (0, 7):
            cost += PARALLEL * (moves & (np.abs(_PITCHES - pitch) % 12 == interval))
    return cost


def wide(voice: int, decided: Mapping[int, int]) -> Real:
    """[56] nats: more than an octave from the alto to a neighbour."""
    cost = np.zeros(PITCHES, np.float32)
    if voice == ALTO:
        for other in (SOPRANO, TENOR):
            if (pitch := decided.get(other, NONE)) != NONE:
                cost += WIDE * (np.abs(_PITCHES - pitch) > 12)
    return cost


def harsh(voice: int, decided: Mapping[int, int]) -> Real:
    """[56] nats: the bass against the melody."""
    melody = decided.get(SOPRANO, NONE)
    if voice != BASS or melody == NONE:
        return np.zeros(PITCHES, np.float32)
    return np.float32(HARSH) * _CLASHES[(melody - _PITCHES) % 12]


def strange(within: frozenset[int] | None) -> Real:
    """[56] nats: what is of another key."""
    if within is None:
        return np.zeros(PITCHES, np.float32)
    return np.array([0.0 if (p + LOWEST) % 12 in within else STRANGE for p in range(PITCHES)], np.float32)


def logsumexp(logs: Real) -> float:
    """The logarithm of the sum of what these are logarithms of."""
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).sum()))
