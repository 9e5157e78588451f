"""Closes of four voices in numbers: which chords lead to the melody's long notes, and which chord begins.

A long note is one of two beats or more. Its close is named by the chord that sounds as it begins and the one before:
V-I to the tonic or to any other note that a dominant leads to, a half close on the dominant, something else; it has no
name where either of the two chords has none. Pure functions of tokens, the same for Bach and for us.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from instrument.networks.chorale.chord_classes import DIMINISHED, MAJOR, OTHER, chord_class
from instrument.networks.chorale.tokens import BASS, SOPRANO, STEPS
from instrument.workshop.evaluate.part_writing import sounding

LONG = 2 * STEPS  #: steps from which a note is long
AUTHENTIC, ELSEWHERE, HALF, ANOTHER, NAMELESS = "V-I", "V-I elsewhere", "half", "another", "nameless"


def chord_at(row: NDArray[np.int16], tonic: int) -> int:
    """Class of four sounding MIDI pitches; OTHER where a voice is silent."""
    if (row <= 0).any():
        return OTHER
    return chord_class((int(p) % 12 for p in row), int(row[BASS]) % 12, tonic)


def closes(tokens: NDArray[np.int16], tonic: int) -> Counter[str]:
    """How often each kind of close comes under the long notes of a piece [steps, 4]."""
    pitches, onsets = sounding(tokens)
    found: Counter[str] = Counter()
    begins = [*np.flatnonzero(onsets[:, SOPRANO]).tolist(), len(pitches)]
    for start, end in pairwise(begins):
        if start and end - start >= LONG:
            found[close(chord_at(pitches[start - 1], tonic), chord_at(pitches[start], tonic))] += 1
    return found


def close(before: int, now: int) -> str:
    """The close that two classes of chords make, counted from the tonic."""
    if OTHER in (before, now):
        return NAMELESS
    fall, quality = (before // 3 - now // 3) % 12, before % 3
    if (fall, quality) in ((7, MAJOR), (11, DIMINISHED)):
        return AUTHENTIC if now // 3 == 0 else ELSEWHERE
    return HALF if now // 3 == 7 else ANOTHER
