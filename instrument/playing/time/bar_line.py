"""Bar line of a phrase that is played without a clock: whether it begins on one, or with a pick-up, and how long.

Each way of laying the bars is judged by what stands where: lengths of notes and steps from note to note, as the books'
dance tunes have them on a bar line, in the middle of a bar, on the other beats and between beats; by how usual such a
pick-up is; and by the accents of the hand. A note that is struck again, for one, is seldom on the bar line.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH

NOTES = 96  #: the first, that are weighed: eight bars and more of a reel
EVEN = 4.0  #: deviation of the velocity below which a hand has no accents
LENGTHS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)  #: eighths, up to which a note's length is of a kind; and what is longer
STEPS = (0, 2, 5)  #: semitones, up to which a step is of a kind: the same note, a step, a third or fourth; a leap

#: log-probability of the length to the next note, and of the step from the note before: a leap down, a third, a step,
#: the same, a step up, a third, a leap; by place. Counted in the books' dance tunes (O'Neill, Ryan, Aird)
SIMPLE = (
    ((-2.6, -0.7, -2.0, -1.3, -3.5, -4.1, -5.7), (-3.6, -2.2, -1.2, -3.0, -1.1, -2.0, -3.3)),  # the bar line
    ((-2.8, -0.6, -2.0, -1.5, -3.9, -4.8, -6.0), (-3.6, -2.0, -1.3, -2.2, -1.3, -2.1, -2.9)),  # the half bar
    ((-2.8, -0.5, -1.8, -2.0, -6.0, -6.0, -6.0), (-3.6, -1.8, -1.5, -1.7, -1.6, -1.8, -2.9)),  # another beat
    ((-2.6, -0.1, -6.0, -5.2, -6.0, -6.0, -6.0), (-3.0, -1.3, -1.5, -3.2, -1.7, -1.6, -3.6)),  # the second of a beat
    ((-2.6, -0.1, -6.0, -5.2, -6.0, -6.0, -6.0), (-3.0, -1.3, -1.5, -3.2, -1.7, -1.6, -3.6)),  # (there is no third)
    ((-2.2, -0.1, -6.0, -6.0, -6.0, -6.0, -6.0), (-3.9, -1.5, -1.4, -3.6, -1.4, -1.7, -3.2)),  # the last of a bar
    ((-0.1, -6.0, -2.8, -6.0, -6.0, -6.0, -6.0), (-3.5, -1.7, -1.3, -2.7, -1.3, -1.9, -3.5)),  # between eighths
)
COMPOUND = (
    ((-3.8, -0.5, -2.6, -1.5, -3.1, -6.0, -5.8), (-3.6, -2.3, -1.4, -2.6, -1.2, -1.7, -2.9)),
    ((-4.3, -0.4, -3.4, -1.3, -3.9, -6.0, -6.0), (-4.1, -2.4, -1.7, -1.1, -1.7, -2.0, -3.0)),
    ((-5.0, -0.5, -4.6, -1.1, -3.5, -6.0, -6.0), (-3.4, -2.4, -1.5, -1.3, -1.6, -2.1, -2.8)),
    ((-4.7, -0.0, -5.8, -6.0, -6.0, -6.0, -6.0), (-3.6, -1.2, -1.4, -4.3, -1.4, -1.9, -4.0)),
    ((-4.4, -0.0, -6.0, -6.0, -6.0, -6.0, -6.0), (-3.9, -1.5, -1.4, -1.7, -1.8, -2.1, -3.9)),
    ((-2.4, -0.1, -6.0, -6.0, -6.0, -6.0, -6.0), (-4.4, -1.4, -1.4, -2.7, -1.4, -2.0, -3.5)),
    ((-0.0, -6.0, -3.2, -6.0, -6.0, -6.0, -6.0), (-4.9, -2.5, -1.1, -4.1, -0.7, -2.9, -4.5)),
)
#: of the note that was struck last: phrases come to rest on strong beats
LAST = (0.0, -0.1, -0.5, -1.2, -1.2, -1.5, -1.5)
#: by the length of a pick-up in eighths: log-probability. Most phrases have none, and who begins on the bar line must
#: not be taken for somebody who does not
PICKUPS = {1: log(0.05), 2: log(0.145), 3: log(0.01), 4: log(0.015)}
COMPOUND_PICKUPS = {1: log(0.16), 2: log(0.015), 3: log(0.04), 4: log(0.01)}
NO_PICKUP = log(0.78)
STEPS_COUNT = 0.7  #: what steps count beside lengths, since people play other melodies than those of the books

_TABLES = {kind: (np.array([row[0] for row in table]), np.array([row[1] for row in table]))
           for kind, table in ((False, SIMPLE), (True, COMPOUND))}  # fmt: skip
Ints = NDArray[np.int64]


def pickup(meter: Meter, places: Sequence[int], pitches: Sequence[int], loud: Sequence[int] = ()) -> int:
    """Ticks that a phrase has before its first bar line, 0 for none. Pure. Cost: some 0.1 ms.

    places: of its notes in ticks, rising, the first on an eighth; pitches: one each; loud: velocities, where known.
    """
    at = np.asarray(places[:NOTES], np.int64) - places[0]
    if len(at) < 2:
        return 0
    lengths = np.searchsorted(LENGTHS, np.diff(at) / EIGHTH - 0.25)
    moved = np.diff(np.asarray(pitches[: len(at)], np.int64))
    steps = 3 + np.sign(moved) * np.searchsorted(STEPS, np.abs(moved))
    accents = _accents(loud[: len(at)]) if len(loud) >= len(at) else np.zeros(len(at))
    usual = COMPOUND_PICKUPS if meter.compound else PICKUPS
    found = {0: _likely(meter, at, lengths, steps, accents, NO_PICKUP)}
    for eighths, chance in usual.items():
        if 0 < (before := eighths * EIGHTH) <= meter.bar // 2 + (EIGHTH if meter.compound else 0):
            found[before] = _likely(meter, at - before, lengths, steps, accents, chance)
    return max(found, key=lambda before: found[before])


def _likely(
    meter: Meter, at: Ints, lengths: Ints, steps: Ints, accents: NDArray[np.float64], usual: float
) -> float:  # fmt: skip
    """Log-probability, but for a constant, of the notes where they would then be."""
    kinds = _kinds(meter, at)
    by_length, by_step = _TABLES[meter.compound]
    found = by_length[kinds[:-1], lengths].sum() + STEPS_COUNT * by_step[kinds[1:], steps].sum() + LAST[kinds[-1]]
    lines = accents[kinds == 0]
    louder = max(0.0, float(lines.mean())) if len(lines) else 0.0
    return float(found + len(lines) * louder**2 / 2 + usual)  # a normal deviation's


def _kinds(meter: Meter, at: Ints) -> Ints:
    """What kind of place each is: a row of the tables."""
    place = at % meter.bar
    into = place % meter.beat // EIGHTH  # of its beat, in eighths
    kinds = np.where(into == 0, 2, np.where(place >= meter.bar - EIGHTH, 5, np.where(into == 1, 3, 4)))
    if meter.bar % (2 * meter.beat) == 0:
        kinds = np.where(place == meter.bar // 2, 1, kinds)
    kinds = np.where(place == 0, 0, kinds)
    return np.where(place % EIGHTH != 0, 6, kinds)


def _accents(loud: Sequence[int]) -> NDArray[np.float64]:
    """How much louder each is than the rest, in deviations, two at most; 0 where the hand has no accents."""
    values = np.asarray(loud, float)
    spread = float(values.std())
    return np.clip((values - values.mean()) / spread, -2, 2) if spread > EVEN else np.zeros(len(values))
