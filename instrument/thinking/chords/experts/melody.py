"""Melody expert: which chords suit the notes of a half bar, by how they fall on it, and those around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.thinking.chords.experts.expert import Expert, Floats, Numbers, normalised
from instrument.thinking.chords.half_bars import BEAT, HELD, OFF, SOUNDS, STRUCK, HalfBars
from instrument.thinking.chords.states import DEGREE, LEARNED, QUALITIES, QUALITY, TONES

#: what it listens to, a row of its numbers each; the last four are the half bars around
KINDS = ("struck with it", "held into it", "on its beats", "between them", "before", "behind", "long before",
         "far behind")  # fmt: skip
FOUND = 4  #: none, one, two, three or more
_FROM_ROOT = (np.arange(12)[:, None] - DEGREE) % 12  # (12 classes above the tonic, states)


class Melody(Expert):
    """numbers["sounds"]: (KINDS, QUALITIES, 12 semitones above the root) nats; numbers["tones"]: (2, QUALITIES, FOUND)
    nats by how many of a chord's notes the half bar has, and the bar; numbers["scale"]: (LEARNED, 2, 12, QUALITIES * 12)
    nats of a chord by what is struck with it, and what is on its beats, above the tonic. Of a half bar that has only
    just begun (live): numbers["onset"], as sounds."""

    name = "melody"

    def __init__(self, numbers: Numbers) -> None:
        self._sounds, self._onset = _spread(numbers["sounds"]), _spread(numbers["onset"])
        self._tones = numbers["tones"][:, QUALITY]
        root = QUALITY * 12 + DEGREE
        self._scales = dict(zip(LEARNED, numbers["scale"][..., root].reshape(len(LEARNED), 24, -1), strict=True))

    def states(self, half: HalfBars) -> Floats:
        heard = kinds(half)
        said = heard.reshape(len(half), -1) @ self._sounds
        for at, found in enumerate(tones(half)):
            said += np.take_along_axis(self._tones[at].T, found, 0)
        if (scale := self._scales.get(half.mode)) is not None:
            said += heard[:, (0, 2)].reshape(len(half), -1) @ scale
        return normalised(said)

    def onset(self, half: HalfBars) -> Floats:
        """(COUNT,) of the last half bar alone, of which only the beginning is known."""
        heard = kinds(half)[-1]
        said = heard.ravel() @ self._onset
        if (scale := self._scales.get(half.mode)) is not None:
            said = said + heard[0] @ scale[:12]
        return normalised(said)


def _spread(numbers: Floats) -> Floats:
    """(KINDS * 12, COUNT): what a sound of each kind and class says of each state."""
    return numbers[:, QUALITY[None, :], _FROM_ROOT].reshape(len(KINDS) * 12, -1)


def kinds(half: HalfBars) -> Floats:
    """(half bars, KINDS, 12) what it listens to."""
    sounds = half.sounds
    whole = np.pad(sounds[:, BEAT] + sounds[:, OFF], ((2, 2), (0, 0)))
    count = len(half)
    rows = [sounds[:, kind] for kind in (STRUCK, HELD, BEAT, OFF)]
    around = [whole[2 + by : 2 + by + count] for by in (-1, 1, -2, 2)]
    return np.stack([*rows, *around], axis=1)


def tones(half: HalfBars) -> NDArray[np.intp]:
    """(2, half bars, COUNT) how many notes of each chord sound in a half bar, and in its bar; FOUND - 1 at most."""
    there = (half.sounds[:, BEAT] + half.sounds[:, OFF] > 0).astype(np.float64)
    whole = np.zeros_like(there)
    for other in range(-2, 3):
        shifted = np.roll(there, other, axis=0)
        same = np.roll(half.bar, other) == half.bar
        whole = np.maximum(whole, shifted * same[:, None])
    found: NDArray[np.intp] = np.minimum(np.stack([there, whole]) @ TONES.T, FOUND - 1).astype(np.intp)
    return found


assert SOUNDS + 4 == len(KINDS)
assert len(QUALITIES) == int(QUALITY.max()) + 1
