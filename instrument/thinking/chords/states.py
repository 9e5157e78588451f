"""Chord states: every chord the backer weighs, as numbers relative to the tonic. Constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instrument.music.chord import INTERVALS, Chord, Quality

#: what is weighed on each of the twelve degrees; open fifths follow from these (see `choice`)
QUALITIES = (Quality.MAJOR, Quality.MINOR, Quality.SEVENTH)
#: positions: the root in the bass everywhere, the third under any, the fifth under a major chord
LEARNED = ("maj", "min")  #: modes whose ways are learned; the others are by rule
_POSITIONS = {0: QUALITIES, 1: QUALITIES, 2: (Quality.MAJOR,)}


@dataclass(frozen=True, slots=True)
class State:
    """Chord state relative to the tonic.

    degree: semitones of the root above the tonic; quality: index in QUALITIES; position: 0 root, 1 third or 2 fifth
    in the bass."""

    degree: int
    quality: int
    position: int

    @property
    def bass(self) -> int:
        """Semitones of the bass above the tonic."""
        return (self.degree + INTERVALS[QUALITIES[self.quality]][self.position]) % 12

    def chord(self, tonic: int) -> Chord:
        root = (self.degree + tonic) % 12
        return Chord(root, QUALITIES[self.quality], (self.bass + tonic) % 12 if self.position else None)


STATES = tuple(
    State(degree, QUALITIES.index(quality), position)
    for position, qualities in _POSITIONS.items()
    for quality in qualities
    for degree in range(12)
)
COUNT = len(STATES)
DEGREE: NDArray[np.intp] = np.array([state.degree for state in STATES])
QUALITY: NDArray[np.intp] = np.array([state.quality for state in STATES])
POSITION: NDArray[np.intp] = np.array([state.position for state in STATES])
BASS: NDArray[np.intp] = np.array([state.bass for state in STATES])
#: (states, states): whether two are the same chord, whatever is in the bass
SAME: NDArray[np.bool_] = (DEGREE[:, None] == DEGREE) & (QUALITY[:, None] == QUALITY)

#: (states, 12): which notes above the tonic each has
TONES: NDArray[np.float64] = np.array(
    [[float((note - s.degree) % 12 in INTERVALS[QUALITIES[s.quality]]) for note in range(12)] for s in STATES]
)


def nearest(chord: Chord, tonic: int) -> int:
    """The state that says a chord best, by its third and its seventh; an open fifth is taken for a major chord."""
    degree, classes = (chord.root - tonic) % 12, chord.classes
    above = {(each - chord.root) % 12 for each in classes}
    seventh = chord.quality is Quality.SEVENTH
    quality = 1 if 3 in above and 4 not in above else 2 if seventh else 0
    under = (chord.lowest - chord.root) % 12
    position = next((p for p in (1, 2) if INTERVALS[QUALITIES[quality]][p] == under and under), 0)
    found = State(degree, quality, position)
    return STATES.index(found) if found in STATES else STATES.index(State(degree, quality, 0))
