"""Cadence expert: which chords stand at each place of a part, at its opening, its half way and its close.

Major and minor are learned. In the other modes by rule: the tonic opens and closes, and the chord that the mode comes
home from stands before the close, VII in mixolydian and dorian.
"""

from __future__ import annotations

import numpy as np

from instrument.thinking.chords.experts.expert import Expert, Floats, Numbers, normalised
from instrument.thinking.chords.half_bars import PLACES, HalfBars
from instrument.thinking.chords.states import DEGREE, LEARNED, QUALITY

#: by mode: degree and quality of the tonic chord, and of those that come home to it
_HOME = {
    "mix": (0, 0, ((10, 0), (7, 1))), "dor": (0, 1, ((10, 0), (7, 1))), "lyd": (0, 0, ((2, 0), (7, 0))),
    "phr": (0, 1, ((1, 0), (10, 1))), "loc": (0, 1, ((1, 0), (10, 1))),
}  # fmt: skip
FIRST, HALF_WAY, LAST_BUT_ONE, CLOSING, LAST = 0, 4, 7, 8, 9


class Cadence(Expert):
    """numbers["place"]: (LEARNED, PLACES, 12 degrees, QUALITIES) nats."""

    name = "cadence"

    def __init__(self, numbers: Numbers) -> None:
        self._places: dict[str, Floats] = {
            mode: normalised(numbers["place"][row][:, DEGREE, QUALITY]) for row, mode in enumerate(LEARNED)
        }
        for mode in _HOME:
            self._places[mode] = _by_rule(mode)

    def states(self, half: HalfBars) -> Floats:
        found: Floats = self._places[half.mode][half.place]
        return found


def _by_rule(mode: str) -> Floats:
    table = np.zeros((len(PLACES), len(DEGREE)))
    degree, quality, before = _HOME[mode]
    home = (degree == DEGREE) & (quality == QUALITY)
    table[FIRST, home] = 2.0
    table[1, home] = table[LAST, home] = 1.2
    table[LAST, home] += 1.3
    for at, (root, kind) in enumerate(before):
        back = (root == DEGREE) & (kind == QUALITY)
        for place, nats in ((HALF_WAY, 0.5), (HALF_WAY + 1, 1.0), (LAST_BUT_ONE, 0.6), (CLOSING, 1.2)):
            table[place, back] = nats / (1 + at)
    return normalised(table)
