"""Reverb: a small room of eight delay lines that feed each other, each a little duller with every round.

A feedback delay network after Jot and Chaigne (1991), with a Householder matrix, which loses no energy of its own.
Every line is longer than a block, so a block needs only what was written before it: one gather, a few sums, no loop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.playing.sound import BLOCK

_SECONDS = (0.0151, 0.0193, 0.0229, 0.0277, 0.0311, 0.0353, 0.0397, 0.0437)  #: lengths of the lines
_LEFT = (1, 0, -1, 0, 1, 0, -1, 0)
_RIGHT = (0, 1, 0, -1, 0, 1, 0, -1)
_QUIET = 1e-5  #: -100 dB: below this the room counts as silent


class Reverb:
    """Reverb. wet: gain of the room beside the dry sound; decay: seconds until it has lost 60 dB. thread: one."""

    def __init__(self, rate: int, wet: float = 0.12, decay: float = 1.1) -> None:
        lengths = np.array([max(BLOCK + 1, round(s * rate)) for s in _SECONDS])
        self._span = 1 << int(np.ceil(np.log2(lengths.max() + BLOCK + 1)))
        lines = len(lengths)
        self._lines = np.zeros((lines, self._span), dtype=np.float32)
        self._flat = self._lines.reshape(-1)
        self._behind = np.arange(-1, BLOCK) - lengths[:, None]  # [lines, BLOCK + 1]
        self._base = (np.arange(lines) * self._span)[:, None]
        gain = 10 ** (-3 * lengths / (decay * rate))[:, None]
        self._new, self._old = (0.72 * gain).astype(np.float32), (0.28 * gain).astype(np.float32)
        self._sides = (np.array([_LEFT, _RIGHT]) * wet).astype(np.float32)  # [2, lines]
        self._feed = np.resize(np.array([0.5, -0.5], dtype=np.float32), (lines, 1))
        self._at = np.zeros((lines, BLOCK + 1), dtype=np.int64)
        self._read = np.zeros((lines, BLOCK + 1), dtype=np.float32)
        self._out = np.zeros((lines, BLOCK), dtype=np.float32)
        self._dull = np.zeros_like(self._out)
        self._mono = np.zeros(BLOCK, dtype=np.float32)
        self._wet = np.zeros((2, BLOCK), dtype=np.float32)
        self._fade = np.linspace(1, 0, BLOCK, dtype=np.float32)
        self._hushed = False
        self._here = 0
        self._quiet_blocks = self._span

    @property
    def silent(self) -> bool:
        """Nothing sounds in it; it need not be asked until something is played."""
        return self._quiet_blocks * BLOCK >= self._span

    def hush(self) -> None:
        """Let the next block be the last that this room answers; what comes after it starts in an empty one."""
        self._hushed = not self.silent

    def add_to(self, sound: NDArray[np.float32]) -> None:
        """Add the room's answer to one block [2, BLOCK], in place."""
        np.add(self._behind, self._here, out=self._at)
        np.bitwise_and(self._at, self._span - 1, out=self._at)
        np.add(self._at, self._base, out=self._at)
        self._flat.take(self._at, out=self._read, mode="clip")
        np.multiply(self._read[:, 1:], self._new, out=self._out)
        np.multiply(self._read[:, :-1], self._old, out=self._dull)
        np.add(self._out, self._dull, out=self._out)  # what comes out of each line, [lines, BLOCK]

        np.add(sound[0], sound[1], out=self._mono)
        np.multiply(self._feed, self._mono, out=self._dull)
        np.add.reduce(self._out, axis=0, out=self._mono)
        self._mono *= -2.0 / len(self._out)
        self._dull += self._mono
        self._dull += self._out
        self._lines[:, self._here : self._here + BLOCK] = self._dull
        self._here = (self._here + BLOCK) & (self._span - 1)

        np.dot(self._sides, self._out, out=self._wet)
        if self._hushed:
            self._wet *= self._fade
            self._lines.fill(0)
            self._hushed = False
        sound += self._wet
        self._note_quiet()

    def _note_quiet(self) -> None:
        flat = self._dull.reshape(-1)
        if float(np.dot(flat, flat)) > _QUIET**2 * len(flat):
            self._quiet_blocks = 0
            return
        self._quiet_blocks += 1
        if self.silent:
            self._lines.fill(0)
