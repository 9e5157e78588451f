"""Bar rhythms of dances, and which tunes are in even quavers.

A bar rhythm is where the notes of a bar begin and how long they last. Pure.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from instrument.music.measure import Tune
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.workshop.form.bars import Bar, strains

Rhythm = tuple[tuple[int, int], ...]  #: (start, duration) in ticks
COMMON = 0.95  #: the share of real bars that the common rhythms make up
DOTTED = 0.25  #: dotted pairs a bar, from which on a tune is no longer even
EVEN = 0.5  #: share of quavers among the notes of an even tune


def rhythm(bar: Bar) -> Rhythm:
    return tuple((start, duration) for start, duration, _ in bar)


def rhythms(tune: Tune) -> Counter[Rhythm]:
    """The rhythms of all bars as written, of each part once."""
    return Counter(rhythm(bar) for part in strains(tune) for bar in part.bars)


def common(counted: Counter[Rhythm]) -> frozenset[Rhythm]:
    """The commonest rhythms, as many as it takes to make up 95 % of the bars."""
    found: list[Rhythm] = []
    bars = 0
    for one, count in counted.most_common():
        if bars >= COMMON * counted.total():
            break
        found.append(one)
        bars += count
    return frozenset(found)


def dotted(tune: Tune) -> float:
    """Pairs of notes a measure, the one three times as long as the other, that fill a quarter: 0 and up."""
    pairs = 0
    for measure in tune.measures:
        lengths = [note.duration for note in measure.notes]
        pairs += sum(a + b == QUARTER and max(a, b) == 3 * min(a, b) for a, b in pairwise(lengths))
    return pairs / max(1, len(tune.measures))


def even(tune: Tune) -> bool:
    """Are most of its notes quavers, with less than one dotted pair in four bars?"""
    lengths = [note.duration for measure in tune.measures for note in measure.notes]
    quavers = sum(length == EIGHTH for length in lengths)
    return quavers > EVEN * len(lengths) and dotted(tune) < DOTTED
