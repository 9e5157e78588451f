"""The frames in which experts speak, and how what they say becomes 58 log-probabilities.

An expert has one or more heads. A head gives log-probabilities over its own frame: tokens as they are
(absolute), intervals from another voice (spacing) or from this voice's last note (contour), whether something
begins at all (beat), pitch classes from the soprano's (chord) or from the tonic (key). Its frame is laid over
the 58 tokens from its reference. A head that does not tell octaves apart, or pitches, spreads what it gives
evenly. What lies outside a window has OUTSIDE nats.

Frame numbers: 0 rest, 1 hold, then the rest of the frame; past its end stands "outside". Without torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from instrument.networks.chorale.history import Real
from instrument.networks.chorale.tokens import BASS, KNOWN, LOWEST, NAMES, ONSET, PITCHES, SOPRANO, TOKENS

EXPERTS = ("absolute", "spacing", "contour", "beat", "chord", "key")
OUTSIDE = -14.0  #: nats
FLOOR = -6.0  #: nats; below this a head that is turned around (a fader below zero) counts all tokens alike
OWN, TONIC = 4, 5  #: columns of `Heard.references` besides the four voices

_SIZES = {"absolute": TOKENS, "spacing": 83, "contour": 51, "beat": 3, "chord": 14, "key": 14}
_SPREAD = {"beat": math.log(PITCHES), "chord": math.log(PITCHES / 12), "key": math.log(PITCHES / 12)}


@dataclass(frozen=True, slots=True)
class Head:
    """name: "spacing to bass"; expert: whose it is, one of EXPERTS; reference: column of `Heard.references`."""

    name: str
    expert: str
    reference: int

    @property
    def size(self) -> int:
        return _SIZES[self.expert]


def heads(voice: int) -> tuple[Head, ...]:
    """A voice's heads, in order: one an expert, but spacing has one to each voice that is known."""
    spacing = [Head(f"spacing to {NAMES[v]}", "spacing", v) for v in KNOWN[voice]]
    return (
        Head("absolute", "absolute", SOPRANO), *spacing, Head("contour", "contour", OWN),
        Head("beat", "beat", SOPRANO), Head("chord", "chord", SOPRANO), Head("key", "key", TONIC),
    )  # fmt: skip


@cache
def overlay(expert: str) -> NDArray[np.int64]:
    """[references, 58]: for each reference, which number of the frame says each token; `size` is outside.

    References are 0..55 (pitches counted from the lowest), for the key 0..11.
    """
    size = _SIZES[expert]
    pitches = np.arange(PITCHES)
    table = np.empty((PITCHES, TOKENS), np.int64)
    for reference in range(PITCHES):
        if expert == "absolute":
            frame = pitches
        elif expert == "beat":
            frame = np.zeros_like(pitches)
        elif expert == "chord":
            frame = (pitches - reference) % 12
        elif expert == "key":
            frame = (pitches + LOWEST - reference) % 12
        else:
            frame = pitches - reference + (size - ONSET) // 2
        inside = (frame >= 0) & (frame < size - ONSET)
        table[reference] = np.concatenate([[0, 1], np.where(inside, frame + ONSET, size)])
    return table


def spread(expert: str) -> Real:
    """[58]: what to add to a head's log-probability for each token: an onset shared out evenly among pitches."""
    found = np.zeros(TOKENS, np.float32)
    found[ONSET:] = -_SPREAD.get(expert, 0.0)
    return found


assert BASS == 3 and OWN == 4
