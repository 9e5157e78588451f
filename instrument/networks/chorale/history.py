"""History of four voices before a step, and what is known of the step besides its notes.

Plain arrays, rows side by side: rows are hypotheses while playing and whole chorales while training, so that
both hear the music through the same code. Nothing here looks ahead: a `VoiceHistory` is a fold over the steps that
have been. Pitches are counted from the lowest, 0..55; 56 is none.

Key: Krumhansl and Kessler's profiles (C. L. Krumhansl, Cognitive Foundations of Musical Pitch, 1990) against
what has sounded, older notes counting less. Thread: any; values are never changed in place.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from instrument.networks.chorale.tokens import HOLD, LOWEST, ONSET, PITCHES, REST

Whole = NDArray[np.int16]
Real = NDArray[np.float32]

NONE = PITCHES  #: no pitch
OLDEST = 64  #: steps; an age stops here
SLOW, FAST = 0.985, 0.9  #: what a histogram keeps of itself each step
UNKNOWN_PLACE, UNKNOWN_MODE = 24, 2
MAJOR, MINOR = 0, 1
AHEAD = 16  #: steps of melody that a moment can tell
UNHEARD = -1  #: a token of the melody that is not known yet

_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def _profiles() -> Real:
    """[12, 24]: correlation weights of 12 major, then 12 minor keys."""
    columns = [np.roll(np.array(p), tonic) for p in (_MAJOR, _MINOR) for tonic in range(12)]
    centred = [(c - c.mean()) / np.linalg.norm(c - c.mean()) for c in columns]
    return np.stack(centred, 1).astype(np.float32)


PROFILES = _profiles()
_CLASS = np.concatenate([(np.arange(PITCHES) + LOWEST) % 12, [12]]).astype(np.int16)
_CLASSES = np.concatenate([np.eye(12, dtype=np.float32)[_CLASS[:-1]], np.zeros((1, 12), np.float32)])


def pitch_class(pitches: Whole) -> Whole:
    """0..11 of pitches counted from the lowest; 12 of none."""
    return _CLASS[pitches]


def class_set(pitches: Whole) -> Real:
    """[..., 12] with a one at the pitch class; zeros for none."""
    return _CLASSES[pitches]


@dataclass(frozen=True, slots=True)
class VoiceHistory:
    """Arrays [rows, 4], voices soprano, alto, tenor, bass.

    kind: of the last token (REST, HOLD, ONSET). pitch: sounding, NONE in silence. last: the last that began,
    NONE at first. motion, before: the last two intervals between onsets, in semitones. moves: how many
    intervals there have been, at most 2. age: steps since the last onset, or since silence began; 0..64.
    slow, fast: [rows, 4, 12], decayed counts of steps that each pitch class sounded.
    """

    kind: Whole
    pitch: Whole
    last: Whole
    motion: Whole
    before: Whole
    moves: Whole
    age: Whole
    slow: Real
    fast: Real

    @staticmethod
    def start(rows: int = 1) -> VoiceHistory:
        """Nothing has sounded."""
        nought = np.zeros((rows, 4), np.int16)
        none, empty = np.full((rows, 4), NONE, np.int16), np.zeros((rows, 4, 12), np.float32)
        return VoiceHistory(nought, none, none, nought, nought, nought, nought, empty, empty)

    def advance(self, tokens: Whole) -> VoiceHistory:
        """What has sounded once these tokens [rows, 4] have. HOLD in silence is silence."""
        onset = tokens >= ONSET
        silent = (tokens == REST) | ((tokens == HOLD) & (self.pitch == NONE))
        begun = np.where(onset, tokens - ONSET, self.pitch).astype(np.int16)
        pitch = np.where(silent, np.int16(NONE), begun)
        first = onset & (self.last == NONE)
        moved = onset & ~first
        interval = np.where(moved, pitch - self.last, 0).astype(np.int16)
        changed = onset | (silent & (self.pitch != NONE))
        sounding = class_set(pitch)
        return VoiceHistory(
            kind=np.where(onset, ONSET, np.where(silent, REST, HOLD)).astype(np.int16),
            pitch=pitch,
            last=np.where(onset, pitch, self.last),
            motion=np.where(moved, interval, self.motion),
            before=np.where(moved, self.motion, self.before),
            moves=np.minimum(self.moves + moved, 2).astype(np.int16),
            age=np.where(changed, np.int16(1), np.minimum(self.age + 1, OLDEST)).astype(np.int16),
            slow=self.slow * np.float32(SLOW) + sounding,
            fast=self.fast * np.float32(FAST) + sounding,
        )

    def take(self, rows: NDArray[np.intp] | list[int]) -> VoiceHistory:
        """These rows, in this order; a row may be taken more than once."""
        return VoiceHistory(*(getattr(self, field.name)[rows] for field in fields(self)))


def estimate_key(counts: Real) -> tuple[Whole, Whole]:
    """(tonic 0..11, mode) of counts [rows, 12]; mode is UNKNOWN_MODE, tonic 0, where nothing has sounded."""
    best = (counts @ PROFILES).argmax(1)
    unknown = ~counts.any(1)
    tonic = np.where(unknown, 0, best % 12).astype(np.int16)
    return tonic, np.where(unknown, UNKNOWN_MODE, best // 12).astype(np.int16)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of a step besides its notes; arrays [rows].

    place: steps from the bar line, 0..23, UNKNOWN_PLACE without bars. in_beat: 0..3, 4 unknown. beats: of the bar,
    2..4, 5 more, 0 unknown. compound: 0 simple, 1 in threes, 2 unknown. horizon: index into HORIZONS. ahead:
    [rows, 16], the melody's tokens at the following steps, UNHEARD past the horizon or the end. tonic, mode: of
    a key that was given; mode UNKNOWN_MODE means: find it by ear.
    """

    place: Whole
    in_beat: Whole
    beats: Whole
    compound: Whole
    horizon: Whole
    ahead: Whole
    tonic: Whole
    mode: Whole

    @staticmethod
    def at(place: int | None, beats: int = 0, compound: bool | None = None, rows: int = 1) -> Moment:
        """A step of a bar, live: nothing known ahead, the key found by ear. place None: no bars, no beats."""
        whole = {
            "place": UNKNOWN_PLACE if place is None else place % UNKNOWN_PLACE,
            "in_beat": 4 if place is None else place % 4,
            "beats": beats if beats in (0, 2, 3, 4) else 5,
            "compound": 2 if compound is None else int(compound),
            "horizon": 0, "tonic": 0, "mode": UNKNOWN_MODE,
        }  # fmt: skip
        columns = {name: np.full(rows, value, np.int16) for name, value in whole.items()}
        return Moment(ahead=np.full((rows, AHEAD), UNHEARD, np.int16), **columns)

    def with_key(self, tonic: int, minor: bool) -> Moment:
        """In a key that the player or the tune has given; tonic: pitch class."""
        same = np.ones_like(self.tonic)
        return replace(self, tonic=same * np.int16(tonic % 12), mode=same * np.int16(MINOR if minor else MAJOR))

    def take(self, rows: NDArray[np.intp] | list[int]) -> Moment:
        return Moment(*(getattr(self, field.name)[rows] for field in fields(self)))
