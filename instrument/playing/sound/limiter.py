"""Limiter: the last stage of the synth, which nothing leaves above 1.0.

A gain that falls within one block when the sound grows too loud and recovers over a fifth of a second, then a soft
knee for the peaks that come before it has fallen. Below the threshold the sound passes untouched, bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.playing.sound import BLOCK

THRESHOLD = 0.8  #: peaks are turned down to this
_ROOM = 1.0 - THRESHOLD


class Limiter:
    """Limiter. thread: one."""

    def __init__(self, rate: int) -> None:
        self._gain = 1.0
        self._recovery = 1.0 - float(np.exp(-BLOCK / (0.2 * rate)))
        self._ramp = np.arange(1, BLOCK + 1, dtype=np.float32) / BLOCK
        self._gains = np.zeros(BLOCK, dtype=np.float32)
        self._over = np.zeros((2, BLOCK), dtype=np.float32)

    def apply(self, sound: NDArray[np.float32]) -> None:
        """Limit one block [2, BLOCK], in place."""
        peak = max(float(sound.max()), -float(sound.min()))
        wanted = min(1.0, THRESHOLD / peak) if peak > 0 else 1.0
        before = self._gain
        self._gain = wanted if wanted < before else before + (wanted - before) * self._recovery
        if self._gain > 0.9999:
            self._gain = 1.0
        if before < 1.0 or self._gain < 1.0:
            np.multiply(self._ramp, self._gain - before, out=self._gains)
            self._gains += before
            sound *= self._gains
            self._knee(sound)

    def _knee(self, sound: NDArray[np.float32]) -> None:
        """What is above the threshold approaches 1.0 and never reaches it."""
        over = self._over
        np.abs(sound, out=over)
        over -= THRESHOLD
        np.maximum(over, 0, out=over)
        over /= over + _ROOM
        over *= _ROOM  # 0 at the threshold with slope 1, _ROOM at infinity
        np.clip(sound, -THRESHOLD, THRESHOLD, out=sound)
        over *= np.sign(sound)
        sound += over
