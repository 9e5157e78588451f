"""Melody expert: which chords suit the notes of a half bar, by how they fall on it, and those around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.thinking.chords.experts.expert import Expert, Floats, Numbers, normalised
from instrument.thinking.chords.half_bars import BEAT, HELD, OFF, PLACES, SOUNDS, STRUCK, HalfBars
from instrument.thinking.chords.states import DEGREE, QUALITIES, QUALITY, TONES

#: what it listens to, a row of its numbers each; the last four are the half bars around
KINDS = ("struck with it", "held into it", "on its beats", "between them", "before", "behind", "long before",
         "far behind")  # fmt: skip
UNITS = 24
BEGUN = (0, 1, 4, 6)  #: kinds that are known when a half bar begins
_KNOWN = np.isin(np.arange(len(KINDS)), BEGUN)[:, None]
FOUND = 4  #: none, one, two, three or more
_FROM_ROOT = (np.arange(12)[:, None] - DEGREE) % 12  # (12 classes above the tonic, states)


class Melody(Expert):
    """numbers["sounds"]: (KINDS, QUALITIES, 12 semitones above the root) nats; numbers["tones"]: (2, QUALITIES, FOUND)
    nats by how many of a chord's notes the half bar has, and the bar; numbers["inner"], numbers["outer"]: a layer of
    UNITS between what is heard above the tonic, with the place, and QUALITIES * 12 chords. Of a half bar that has only
    just begun (live): numbers["onset"], as sounds, and numbers["begun"], as outer."""

    name = "melody"

    def __init__(self, numbers: Numbers) -> None:
        root = QUALITY * 12 + DEGREE
        self._sounds, self._onset = _spread(numbers["sounds"]), _spread(numbers["onset"])
        self._tones = numbers["tones"][:, QUALITY]
        self._inner, self._outer, self._begun = (numbers[name] for name in ("inner", "outer", "begun"))
        self._outer, self._begun = self._outer[:, root], self._begun[:, root]

    def states(self, half: HalfBars) -> Floats:
        heard = kinds(half).reshape(len(half), -1)
        said = heard @ self._sounds + self._units(heard, half.place) @ self._outer
        for at, found in enumerate(tones(half)):
            said += np.take_along_axis(self._tones[at].T, found, 0)
        return normalised(said)

    def onset(self, half: HalfBars) -> Floats:
        """(COUNT,) of the last half bar alone, of which only the beginning is known."""
        heard = kinds(half)[-1:] * _KNOWN
        heard = heard.reshape(1, -1)
        found: Floats = normalised(heard @ self._onset + self._units(heard, half.place[-1:]) @ self._begun)[0]
        return found

    def _units(self, heard: Floats, place: NDArray[np.intp]) -> Floats:
        found: Floats = np.tanh(np.concatenate([heard, np.eye(len(PLACES))[place]], axis=1) @ self._inner)
        return found


def _spread(numbers: Floats) -> Floats:
    """(KINDS * 12, COUNT): what a sound of each kind and class says of each state."""
    found: Floats = numbers[:, QUALITY[None, :], _FROM_ROOT].reshape(len(KINDS) * 12, -1)
    return found


def kinds(half: HalfBars) -> Floats:
    """(half bars, KINDS, 12) what it listens to."""
    sounds = half.sounds
    whole = np.pad(sounds[:, BEAT] + sounds[:, OFF], ((2, 2), (0, 0)))
    count = len(half)
    rows = [sounds[:, kind] for kind in (STRUCK, HELD, BEAT, OFF)]
    around = [whole[2 + by : 2 + by + count] for by in (-1, 1, -2, 2)]
    return np.stack([*rows, *around], axis=1)


def tones(half: HalfBars, behind: bool = True) -> NDArray[np.intp]:
    """(2, half bars, COUNT) how many notes of each chord sound in a half bar, and in its bar; FOUND - 1 at most.
    behind: what of the bar comes behind the half bar counts too."""
    there = (half.sounds[:, BEAT] + half.sounds[:, OFF] > 0).astype(np.float64)
    whole = np.zeros_like(there)
    for other in range(-2 if behind else 0, 3):
        shifted = np.roll(there, other, axis=0)
        same = np.roll(half.bar, other) == half.bar
        whole = np.maximum(whole, shifted * same[:, None])
    found: NDArray[np.intp] = np.minimum(np.stack([there, whole]) @ TONES.T, FOUND - 1).astype(np.intp)
    return found


assert len(KINDS) == SOUNDS + 4
assert len(QUALITIES) == int(QUALITY.max()) + 1
