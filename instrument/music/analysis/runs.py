"""Runs of notes: what makes two passages the same tune, whatever the key and the note values.

A step goes from one note to the next: the interval in semitones and the ratio of the durations in lowest terms. A run
of eight notes is seven steps. Families of tunes, and how much of a new tune is not new, are told by shared runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from instrument.music.note import Note

RUN = 8  #: notes

Step = tuple[int, int, int]  #: semitones; durations, this note's to the last one's, in lowest terms


def steps(notes: Sequence[Note]) -> list[Step]:
    """From each note to the next, one fewer than notes. Pure."""
    return [(b.pitch - a.pitch, *_ratio(b.duration, a.duration)) for a, b in pairwise(notes)]


def runs(notes: Sequence[Note]) -> list[tuple[Step, ...]]:
    """Every run of `RUN` notes; none where there are fewer. Pure."""
    taken = steps(notes)
    return [tuple(taken[i : i + RUN - 1]) for i in range(len(taken) - RUN + 2)]


def _ratio(upper: int, lower: int) -> tuple[int, int]:
    """In lowest terms; a tenth of the cost of a Fraction, which these would be hashed as millions of times."""
    common = math.gcd(upper, lower)
    return upper // common, lower // common
