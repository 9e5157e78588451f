"""Likelihood of a soprano from nothing, on the grid of 16ths: the first voice's tables, in a key found by ear.

The first voice speaks of notes within a key that it is given. Here the key is not given: all 24 speak, each by how well
it has told the notes so far (Bayes' rule, equal to begin with), so nothing that is to come is known. A small share goes
to every note alike, for those outside the scale; rests by two counted chances. What comes out is a probability of every
token at every step, so that with the three lower voices' it is one of all four.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instrument.networks.chorale.first_voice import HIGH, LOW, OLDEST, FirstVoice
from instrument.networks.chorale.tokens import HOLD, LOWEST, ONSET, REST, SOPRANO
from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.first_voice import SCALES, place_of

STRANGE = 0.04  #: share of every note alike
KEYS = tuple((tonic, mode) for mode in (0, 1) for tonic in range(12))
Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rests:
    """Chances that a step is silent: after silence, and after a sounding step."""

    after_rest: float
    after_note: float


def counted_rests(chorales: Sequence[Chorale]) -> Rests:
    """Both chances, from sopranos, one added to every count."""
    counts = np.ones((2, 2))
    for chorale in chorales:
        was = True
        for token in chorale.voices[SOPRANO]:
            counts[int(was), int(token == REST)] += 1
            was = token == REST
    return Rests(counts[1, 1] / counts[1].sum(), counts[0, 1] / counts[0].sum())


def soprano_nats(voice: FirstVoice, rests: Rests, chorale: Chorale) -> tuple[float, float]:
    """Summed negative log-likelihood of a soprano: of its tokens, and of what sounds at each step.

    The second does not tell a note held from the same note struck again, as data sets of sounding pitches do not.
    """
    weights, tables = np.full(len(KEYS), 1 / len(KEYS)), _tables(voice)
    here, before = None, None  # the last two pitches
    age, silent, tokens, sounds = OLDEST, True, 0.0, 0.0
    for step, token in enumerate(chorale.voices[SOPRANO]):
        rest = rests.after_rest if silent else rests.after_note
        if token == REST or (token == HOLD and silent):
            tokens, sounds = tokens - np.log(rest), sounds - np.log(rest)
            age, silent = age + 1, True
            continue
        place = place_of(chorale, step)
        strike = 1.0 if silent else float(voice.beat[place, min(age, OLDEST) - 1])
        said = tables.notes(here, before, place)  # [keys, notes]
        mixed = weights @ said
        if token == HOLD:
            again = mixed[here - LOW] if here is not None and LOW <= here <= HIGH else 0.0
            tokens -= np.log((1 - rest) * (1 - strike))
            sounds -= np.log((1 - rest) * (1 - strike + strike * again))
            age += 1
            continue
        pitch = token - ONSET + LOWEST
        column = min(HIGH, max(LOW, pitch)) - LOW
        tokens -= np.log((1 - rest) * strike * mixed[column])
        held = 1 - strike if pitch == here and not silent else 0.0
        sounds -= np.log((1 - rest) * (strike * mixed[column] + held))
        weights = weights * said[:, column]
        weights /= weights.sum()
        here, before, age, silent = pitch, here, 1, False
    return float(tokens), float(sounds)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The first voice in every key, and what was asked of it before."""

    voice: FirstVoice
    heights: NDArray[np.int64]  #: [keys, notes] steps of the scale of MIDI LOW..HIGH; -1 outside the scale
    kept: dict[tuple[int | None, int | None, int], Real]

    def notes(self, here: int | None, before: int | None, place: int) -> Real:
        """[keys, notes] chances of MIDI LOW..HIGH, given the last two pitches."""
        asked = (here, before, place)
        if asked not in self.kept:
            self.kept[asked] = np.stack([self._in_key(key, here, before, place) for key in range(len(KEYS))])
        return self.kept[asked]

    def _in_key(self, key: int, here: int | None, before: int | None, place: int) -> Real:
        row = self.heights[key]
        within = np.flatnonzero(row >= 0)
        now, last = self._height(key, here), self._height(key, before)
        interval = None if now is None or last is None else now - last
        logs = self.voice.logs(row[within], within + LOW, now, interval, KEYS[key][1], place)
        said = np.exp(np.sum([self.voice.exponents[name] * logs[name] for name in logs], axis=0))
        found = np.full(HIGH - LOW + 1, STRANGE / (HIGH - LOW + 1))
        found[within] += (1 - STRANGE) * said / said.sum()
        return found

    def _height(self, key: int, pitch: int | None) -> int | None:
        if pitch is None or not LOW <= pitch <= HIGH:
            return None
        height = int(self.heights[key, pitch - LOW])
        return height if height >= 0 else None


def _tables(voice: FirstVoice) -> _Tables:
    heights = np.full((len(KEYS), HIGH - LOW + 1), -1)
    for index, (tonic, mode) in enumerate(KEYS):
        for pitch in range(LOW, HIGH + 1):
            octave, above = divmod(pitch - tonic, 12)
            if above in SCALES[mode]:
                heights[index, pitch - LOW] = 7 * octave + SCALES[mode].index(above)
    return _Tables(voice, heights, {})
