"""Bass expert: how the lowest notes move from chord to chord, and when another note than the root is down there."""

from __future__ import annotations

import numpy as np

from instrument.thinking.chords.experts.expert import Expert, Floats, Numbers, normalised
from instrument.thinking.chords.half_bars import HalfBars
from instrument.thinking.chords.states import BASS, COUNT, POSITION, QUALITY

_UP = (BASS[None, :] - BASS[:, None]) % 12
_STEP = np.isin(_UP, (1, 2, 10, 11))
#: by rule: an inversion pays where the bass goes by step to or from it, G D/F# Em; else it only blurs the root
BY_STEP = 1.5


class Bass(Expert):
    """numbers["moves"]: (12,) nats by semitones that the bass goes up; numbers["position"]: (QUALITIES, 3) nats of
    root, third and fifth in the bass."""

    name = "bass"

    def __init__(self, numbers: Numbers) -> None:
        self._position = normalised(numbers["position"][QUALITY, POSITION])
        turned = (POSITION[:, None] > 0) ^ (POSITION[None, :] > 0)
        self._moves: Floats = numbers["moves"][_UP] + np.where(_STEP & turned, BY_STEP, 0.0)

    def states(self, half: HalfBars) -> Floats:
        return np.broadcast_to(self._position, (len(half), COUNT))

    def moves(self, half: HalfBars) -> Floats:
        return self._moves
