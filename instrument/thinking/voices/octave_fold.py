"""Octave fold: a melody moved into the soprano's range by whole octaves, with hysteresis, and the voices moved back.

The models know sopranos; a fiddle's low strings or a piccolo are moved for them and the answer is moved back. The
octave follows the median of the last notes and changes only when it is clearly elsewhere; a single note that still
falls outside is folded by itself.
"""

from __future__ import annotations

from collections import deque
from statistics import median_low

from instrument.music.sounds.compass import fold

CENTRE = 69  #: MIDI; the middle of a soprano
RANGE = (57, 84)  #: what the models hear as a soprano, a little more than singers have
REMEMBERED = 16  #: notes
CLEARLY = 8  #: semitones


class Fold:
    """Octave fold of a melody. shift: semitones added to the melody for the models, a multiple of 12. thread: one."""

    def __init__(self, shift: int = 0) -> None:
        self.shift = shift
        self._notes: deque[int] = deque(maxlen=REMEMBERED)

    def hear(self, pitch: int) -> int:
        """A note of the melody; returns it as the models hear it, within RANGE."""
        self._notes.append(pitch)
        middle = median_low(self._notes)
        first = len(self._notes) == 1
        if abs(middle + self.shift - CENTRE) > CLEARLY or (first and not _within(pitch + self.shift)):
            self.shift = 12 * round((CENTRE - middle) / 12)
        return self.fold(pitch)

    def fold(self, pitch: int) -> int:
        """A pitch as the models hear it now."""
        return folded(pitch + self.shift)

    def clear(self) -> None:
        """Another melody begins; the octave stays until it is heard to be wrong."""
        self._notes.clear()


def folded(pitch: int) -> int:
    """The pitch, octave by octave, in RANGE. Pure."""
    return fold(pitch, RANGE)


def _within(pitch: int) -> bool:
    return RANGE[0] <= pitch <= RANGE[1]
