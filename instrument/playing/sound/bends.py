"""Bends of the synth: the pitch of each channel's notes on its way through a block, in a straight line, and its waves.

A bend that comes in takes hold over the block that is rendered next, so that the pitch slides and the wave never jumps.
What is bent far reads the wave of the pitch at which it sounds, which has no harmonic too many; from one wave to the
next it goes over a block.

Axes: notes, layers (3), frames (BLOCK).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.playing.sound import BLOCK
from instrument.playing.sound.wavetables import Wavetables

WOBBLE = 5.5  #: hertz
_NEVER = 1 << 60

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Switched = tuple[Whole, Whole]  #: notes that read another wave; how far before it their old one lies, in samples


class Bends:
    """Pitch bends of the synth. thread: one. blocks: never. Costs next to nothing while nothing is bent."""

    def __init__(self, rate: int, tables: Wavetables) -> None:
        self._rate, self._tables = rate, tables
        self.far = False  #: whether any note may read another wave than that of its own pitch
        self._ratio, self._before = np.ones(17), np.ones(17)  # of each channel: now, and where the block begins
        self._wobble = np.zeros(17)  # vibrato beside the timbre's own, depth as a ratio
        self._any = self._moving = False
        self._ramp = np.arange(1, BLOCK + 1, dtype=np.float32) / BLOCK
        self._square = np.arange(BLOCK, dtype=np.float64) ** 2 / (2 * BLOCK)

    def express(self, channel: int, ratio: float | None = None, wobble: float | None = None) -> None:
        """Bend a channel (1..16), or let it wobble. ratio: of its pitch to what was struck; wobble: depth, likewise."""
        if ratio is not None:
            self._ratio[channel] = ratio
        if wobble is not None:
            self._wobble[channel] = wobble
        self._moving = bool((self._ratio != self._before).any())
        self._any = self._moving or bool(self._wobble.any() or (self._ratio != 1).any())
        self.far = self.far or self._any

    def settle(self) -> None:
        """A block has been rendered."""
        if self._moving:
            self._before[:] = self._ratio
            self._moving = False
            self.express(0)

    @property
    def any(self) -> bool:
        """Whether anything is bent or wobbles."""
        return self._any

    def pace(
        self, pace: Floats, vibrato: Floats, channel: Whole, frame: int, new: NDArray[np.bool_]
    ) -> tuple[NDArray[np.uint32], Floats | None]:
        """Turns a frame [notes, layers] at the block's beginning, and how many more they are at its end, if any is.

        pace: without any bend; vibrato: a ratio; frame: the block's first; new: which begin in it
        """
        if not self._any:
            return np.asarray(pace * vibrato[:, None]).astype(np.uint32), None
        vibrato = vibrato + self._wobble[channel] * np.sin(2 * np.pi * WOBBLE / self._rate * frame)
        after = self._ratio[channel]
        before = np.where(new, after, self._before[channel]) if self._moving else after
        begins = pace * (vibrato * before)[:, None]
        if not self._moving:
            return np.asarray(begins).astype(np.uint32), None
        return np.asarray(begins).astype(np.uint32), pace * (vibrato * (after - before))[:, None]

    def slide(self, change: Floats) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """What a change of pace adds to the turns [notes, layers, frames] of a block, and to those at its end."""
        turns = change[:, :, None] * self._square
        return turns.astype(np.int64).astype(np.uint32), (change * (BLOCK / 2)).astype(np.int64).astype(np.uint32)

    def follow(self, channel: Whole, heard: Whole, family: Whole, base: Whole, read: Whole) -> Switched | None:
        """Move notes to the waves of the pitches at which they sound. heard: as they were struck, MIDI notes

        family, base, read: [notes, layers], see `Voices`; base and read are changed in place: a ring is read through
        the sooner, the higher it is bent.
        """
        ratio = self._ratio[channel]
        if (ratio != 1).any():
            ringing = read < _NEVER
            read -= np.where(ringing, np.rint((ratio - 1) * BLOCK)[:, None], 0).astype(np.int64)
        pitch = np.clip(np.rint(heard + 12 * np.log2(ratio)), 0, 127).astype(np.int64)
        wanted = np.where(family < 0, base, self._tables.bases[family, pitch[:, None]])
        rows = np.flatnonzero((wanted != base).any(axis=1))
        old = base[rows] - wanted[rows]
        base[:] = wanted
        self.far = self._any
        return (rows, old) if len(rows) else None

    def blend(self, switched: Switched, at: Whole, between: NDArray[np.float32], wave: NDArray[np.float32]) -> None:
        """Notes that read another wave come to it from their old one within the block.

        at: [notes, layers, frames], the samples behind those that are read; between: how far on the way to them, 0..1
        wave: what is read, changed in place.
        """
        rows, old = switched
        there = at[rows] - 1 + old[:, :, None]
        before = self._tables.samples.take(there, mode="clip")
        before += (self._tables.samples.take(there + 1, mode="clip") - before) * between[rows]
        wave[rows] = before + (wave[rows] - before) * self._ramp
