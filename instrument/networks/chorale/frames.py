"""The frames in which experts speak, and how what they say becomes 58 log-probabilities.

An expert has one or more heads. A head gives log-probabilities over its own frame, which its row in
`music/chorale/experts.py` declares: tokens as they are, intervals from another voice or from this voice's last note,
whether something begins at all, pitch classes from the soprano's or from the tonic. Its frame is laid over the 58
tokens from its reference. A head that does not tell octaves apart, or pitches, spreads what it gives evenly. What lies
outside a window has OUTSIDE nats.

Frame numbers: 0 rest, 1 hold, then the rest of the frame; past its end stands "outside". Without torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from instrument.music.chorale.experts import EXPERTS, Expert
from instrument.networks.chorale.history import Real
from instrument.networks.chorale.tokens import BASS, KNOWN, LOWEST, NAMES, ONSET, PITCHES, SOPRANO, TOKENS

OUTSIDE = -14.0  #: nats
FLOOR = -6.0  #: nats; below this a head that is turned around (a fader below zero) counts all tokens alike
OWN, TONIC = 4, 5  #: columns of `Heard.references` besides the four voices


@dataclass(frozen=True, slots=True)
class Head:
    """Head of an expert: one frame that it speaks in.

    name: "spacing to bass"; expert: whose it is, one of EXPERTS; reference: column of `Heard.references`.
    """

    name: str
    expert: str
    reference: int

    @property
    def size(self) -> int:
        return _size(EXPERTS[self.expert])


def heads(voice: int) -> tuple[Head, ...]:
    """A voice's heads, in the order of EXPERTS: one an expert, or one to each voice that is known."""
    return tuple(head for expert in EXPERTS.values() for head in _heads(expert, voice))


def _heads(expert: Expert, voice: int) -> list[Head]:
    match expert.counted_from:
        case "known voices":
            return [Head(f"{expert.name} to {NAMES[v]}", expert.name, v) for v in KNOWN[voice]]
        case "own last":
            return [Head(expert.name, expert.name, OWN)]
        case "tonic":
            return [Head(expert.name, expert.name, TONIC)]
        case "soprano" | "nothing":
            return [Head(expert.name, expert.name, SOPRANO)]
        case other:
            assert_never(other)


def _size(expert: Expert) -> int:
    match expert.frame:
        case "pitches":
            return TOKENS
        case "intervals":
            return ONSET + 2 * expert.window + 1
        case "classes":
            return ONSET + 12
        case "onset":
            return ONSET + 1
        case other:
            assert_never(other)


@cache
def overlay(expert: str) -> NDArray[np.int64]:
    """[references, 58]: for each reference, which number of the frame says each token; `size` is outside.

    References are 0..55 (pitches counted from the lowest), for the tonic 0..11.
    """
    row = EXPERTS[expert]
    size = _size(row)
    table = np.empty((PITCHES, TOKENS), np.int64)
    for reference in range(PITCHES):
        frame = _laid(row, reference)
        inside = (frame >= 0) & (frame < size - ONSET)
        table[reference] = np.concatenate([[0, 1], np.where(inside, frame + ONSET, size)])
    return table


def _laid(expert: Expert, reference: int) -> NDArray[np.int64]:
    """[56]: the number of the frame, rest and hold not counted, that says each pitch."""
    pitches = np.arange(PITCHES)
    match expert.frame:
        case "pitches":
            return pitches
        case "intervals":
            return pitches - reference + expert.window
        case "classes":
            lowest = LOWEST if expert.counted_from == "tonic" else 0
            return (pitches + lowest - reference) % 12
        case "onset":
            return np.zeros_like(pitches)
        case other:
            assert_never(other)


def spread(expert: str) -> Real:
    """[58]: what to add to a head's log-probability for each token: an onset shared out evenly among pitches."""
    alike = {"onset": PITCHES, "classes": PITCHES / 12}.get(EXPERTS[expert].frame, 1)
    found = np.zeros(TOKENS, np.float32)
    found[ONSET:] = -math.log(alike)
    return found


assert BASS == 3 and OWN == 4
