"""Grammar expert: which chords a mode has, and which follow which.

Major and minor are learned. The other modes are by rule, as session backers play them: D mixolydian is D, C and Am,
with G; A dorian is Am and G, with C, D and Em. Backers' ways as told by Chris Smith (Celtic Back-up, 2001) and John
Doyle's and Dennis Cahill's playing; the weights are ours.
"""

from __future__ import annotations

import numpy as np

from instrument.thinking.chords.experts.expert import Expert, Floats, Numbers, normalised
from instrument.thinking.chords.half_bars import HalfBars
from instrument.thinking.chords.states import COUNT, DEGREE, LEARNED, QUALITIES, QUALITY

RARE = -6.0  #: nats, of a chord that a mode does not have
#: by mode: degrees in semitones above the tonic, with the share of half bars that a backer gives each; "m" minor
_RULES: dict[str, dict[str, float]] = {
    "mix": {"0": 0.48, "10": 0.26, "7m": 0.11, "5": 0.11, "2m": 0.02, "9m": 0.02},
    "dor": {"0m": 0.47, "10": 0.30, "3": 0.08, "5": 0.07, "7m": 0.06, "2m": 0.02},
    "lyd": {"0": 0.50, "2": 0.22, "7": 0.12, "9m": 0.08, "4m": 0.05, "11m": 0.03},
    "phr": {"0m": 0.50, "1": 0.25, "10m": 0.12, "3": 0.08, "8": 0.05},
    "loc": {"0m": 0.45, "1": 0.25, "6": 0.15, "10m": 0.15},
}
#: moves that these modes live from, in nats: (from, to) degrees
_WAYS: dict[str, dict[tuple[int, int], float]] = {
    "mix": {(10, 0): 1.2, (0, 10): 0.9, (7, 10): 0.6, (10, 7): 0.3, (7, 0): 0.3, (5, 0): 0.8, (10, 5): 0.5,
            (5, 10): 0.5, (0, 7): 0.2},
    "dor": {(10, 0): 1.2, (0, 10): 0.9, (3, 10): 0.7, (7, 10): 0.4, (10, 3): 0.3, (7, 0): 0.7, (5, 0): 0.4,
            (5, 10): 0.4, (0, 3): 0.3},
    "lyd": {(2, 0): 1.0, (0, 2): 0.8, (7, 0): 0.8, (2, 7): 0.6},
    "phr": {(1, 0): 1.2, (0, 1): 0.8, (10, 0): 0.8},
    "loc": {(1, 0): 1.2, (0, 1): 0.8, (10, 0): 0.8},
}  # fmt: skip


class Grammar(Expert):
    """numbers["share"]: (LEARNED, 12 degrees, QUALITIES) nats; numbers["after"]: (LEARNED, 12, 12) nats from a degree
    to a degree."""

    name = "grammar"

    def __init__(self, numbers: Numbers) -> None:
        self._shares: dict[str, Floats] = {}
        self._moves: dict[str, Floats] = {}
        for row, mode in enumerate(LEARNED):
            self._shares[mode] = normalised(numbers["share"][row][DEGREE, QUALITY])
            self._moves[mode] = numbers["after"][row][DEGREE[:, None], DEGREE]
        for mode, rule in _RULES.items():
            self._shares[mode] = _shares(rule)
            self._moves[mode] = _ways(_WAYS[mode])

    def states(self, half: HalfBars) -> Floats:
        return np.broadcast_to(self._shares[half.mode], (len(half), COUNT))

    def moves(self, half: HalfBars) -> Floats:
        return self._moves[half.mode]


def _shares(rule: dict[str, float]) -> Floats:
    table = np.full((12, len(QUALITIES)), RARE)
    for name, share in rule.items():
        table[int(name.rstrip("m")), int(name.endswith("m"))] = np.log(share)
    return normalised(table[DEGREE, QUALITY])


def _ways(ways: dict[tuple[int, int], float]) -> Floats:
    table = np.zeros((12, 12))
    for (before, after), nats in ways.items():
        table[before, after] = nats
    found: Floats = table[DEGREE[:, None], DEGREE]
    return found
