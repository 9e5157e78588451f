"""Table of the fields that the experts see: each one's name, expert, size, and how it is read off the music.

A field says one thing and is one-hot. It belongs to one expert: absolute sees pitches, spacing the distances between
voices, contour how voices move, beat the place and the ages of notes, chord pitch classes from the soprano's, key
pitch classes from the tonic; those of `ahead`, the melody to come, all of them see. Rows stand in the order in which
their fields are numbered; a new expert's come last. No field knows anything of its own voice at this step or later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from instrument.networks.chorale.history import AHEAD, NONE, UNKNOWN_PLACE, Moment, VoiceHistory, Whole, pitch_class
from instrument.networks.chorale.tokens import ALTO, BASS, HORIZONS, KNOWN, NAMES, ONSET, PITCHES, SOPRANO, TENOR

NEXT = 4  #: onsets of the melody that `ahead` tells
MOTION = 26  #: an interval from -12 to 12, farther ones counted as those; 25 none
SPACING = 57  #: an upper voice over a lower one, -12..43 semitones; 56 none
AGES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)  #: an age belongs to the first that is not below it
_AGE = np.searchsorted(AGES, np.arange(65)).astype(np.int16)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known before the melody's note. tonic, mode: given or found by ear, [rows]."""

    history: VoiceHistory
    moment: Moment
    tonic: Whole
    mode: Whole


@dataclass(frozen=True, slots=True)
class Present:
    """What is known with this step's tokens of the known voices.

    pitch, kind, last, onset, age, moved: [rows, known], in KNOWN's order; own: this voice's last, [rows]; soprano:
    the pitch that others are counted from, base: its pitch class, [rows]; ahead: fields of the melody to come
    """

    history: VoiceHistory
    tonic: Whole
    pitch: Whole
    kind: Whole
    last: Whole
    age: Whole
    moved: NDArray[np.bool_]
    own: Whole
    base: Whole
    ahead: list[Whole]


Seen = TypeVar("Seen", Past, Present)


@dataclass(frozen=True, slots=True)
class FieldRow(Generic[Seen]):
    """Field that an expert sees: a row of the table.

    name: what the field says; group: whose it is, an expert or "ahead"; size: how many values it has
    value: reads it, [rows] or one row for all of 0..size-1
    """

    name: str
    group: str
    size: int
    value: Callable[[Seen], Whole]


@cache
def settled_rows(voice: int) -> tuple[FieldRow[Past], ...]:
    """Fields that are known before the melody's note. voice: ALTO, TENOR or BASS."""
    known = [_moved_row(v) for v in KNOWN[voice]]
    others = [row for other in undecided(voice) for row in _other_before(voice, other)]
    return (*_own_rows(voice), *known, *others)


@cache
def heard_rows(voice: int) -> tuple[FieldRow[Present], ...]:
    """Fields that this step's known voices add. voice: ALTO, TENOR or BASS."""
    numbered = list(enumerate(KNOWN[voice]))
    known = [row for nth, v in numbered for row in _known_now(voice, nth, v)]
    others = [_class_before(other) for other in undecided(voice)]
    pairs = [_pair(upper, lower) for i, upper in enumerate(numbered) for lower in numbered[i + 1 :]]
    return (*known, *others, *pairs, *(row for nth in range(NEXT) for row in _next(nth)))


def _own_rows(voice: int) -> tuple[FieldRow[Past], ...]:
    """Of this voice, and of the place in the music."""
    return (
        FieldRow("own last", "absolute", PITCHES + 1, lambda s: s.history.last[:, voice]),
        FieldRow("own kind", "absolute", 3, lambda s: s.history.kind[:, voice]),
        FieldRow("own motion", "contour", MOTION, lambda s: _moved(s, voice)),
        FieldRow("own motion before", "contour", MOTION, lambda s: _moved_before(s, voice)),
        FieldRow("own age", "beat", 12, lambda s: _AGE[s.history.age[:, voice]]),
        FieldRow("place", "beat", 25, lambda s: np.minimum(s.moment.place, UNKNOWN_PLACE)),
        FieldRow("in beat", "beat", 5, lambda s: s.moment.in_beat),
        FieldRow("beats", "beat", 6, lambda s: s.moment.beats),
        FieldRow("compound", "beat", 3, lambda s: s.moment.compound),
        FieldRow("own degree", "key", 13, lambda s: _from(pitch_class(s.history.last[:, voice]), s.tonic)),
        FieldRow("mode", "key", 3, lambda s: s.mode),
        FieldRow("horizon", "ahead", len(HORIZONS), lambda s: s.moment.horizon),
    )


def _moved_row(known: int) -> FieldRow[Past]:
    return FieldRow(f"{NAMES[known]} motion before", "contour", MOTION, lambda s: _moved(s, known))


def _other_before(voice: int, other: int) -> tuple[FieldRow[Past], ...]:
    """Of a voice that is decided later, before this step."""
    name = NAMES[other]
    return (
        FieldRow(f"{name} before", "absolute", PITCHES + 1, lambda s: s.history.pitch[:, other]),
        FieldRow(f"{name} kind before", "absolute", 3, lambda s: s.history.kind[:, other]),
        FieldRow(f"{name} to own before", "spacing", SPACING, lambda s: _apart(s, voice, other)),
        FieldRow(f"{name} motion before", "contour", MOTION, lambda s: _moved(s, other)),
        FieldRow(f"{name} age before", "beat", 12, lambda s: _AGE[s.history.age[:, other]]),
        FieldRow(f"{name} degree before", "key", 13, lambda s: _from(pitch_class(s.history.last[:, other]), s.tonic)),
    )


def _known_now(voice: int, nth: int, known: int) -> tuple[FieldRow[Present], ...]:
    """Of a voice that is known at this step, the nth of them."""
    name = NAMES[known]

    def apart(s: Present) -> Whole:
        return _spacing(s.own, s.last[:, nth]) if voice < known else _spacing(s.last[:, nth], s.own)

    def move(s: Present) -> Whole:
        return _motion(s.last[:, nth] - s.history.last[:, known], ~s.moved[:, nth])

    def chordal(s: Present) -> Whole:
        """From the soprano's; this voice's last note for the soprano."""
        return _from(pitch_class(s.own if known == SOPRANO else s.pitch[:, nth]), s.base)

    return (
        FieldRow(f"{name} pitch", "absolute", PITCHES + 1, lambda s: s.pitch[:, nth]),
        FieldRow(f"{name} kind", "absolute", 3, lambda s: s.kind[:, nth]),
        FieldRow(f"{name} to own last", "spacing", SPACING, apart),
        FieldRow(f"{name} move", "contour", MOTION, move),
        FieldRow(f"{name} age", "beat", 12, lambda s: _AGE[s.age[:, nth]]),
        FieldRow(f"{name} onset", "beat", 3, lambda s: s.kind[:, nth]),
        FieldRow(f"{name} degree", "key", 13, lambda s: _from(pitch_class(s.pitch[:, nth]), s.tonic)),
        FieldRow(f"{name} class", "chord", 13, chordal),
    )


def _class_before(other: int) -> FieldRow[Present]:
    """Of a voice that is decided later: its last pitch class, from the soprano's."""
    return FieldRow(
        f"{NAMES[other]} class before", "chord", 13, lambda s: _from(pitch_class(s.history.last[:, other]), s.base)
    )


def _pair(upper: tuple[int, int], lower: tuple[int, int]) -> FieldRow[Present]:
    """The distance of two known voices; each: which of the known it is, and the voice."""
    (a, above), (b, below) = upper, lower
    name = f"{NAMES[above]} to {NAMES[below]}"
    return FieldRow(name, "spacing", SPACING, lambda s: _spacing(s.last[:, a], s.last[:, b]))


def _next(nth: int) -> tuple[FieldRow[Present], ...]:
    """Of the melody's nth onset to come."""
    return (
        FieldRow(f"next interval {nth + 1}", "ahead", MOTION, lambda s: s.ahead[2 * nth]),
        FieldRow(f"next distance {nth + 1}", "ahead", AHEAD + 1, lambda s: s.ahead[2 * nth + 1]),
    )


@cache
def undecided(voice: int) -> tuple[int, ...]:
    """The lower voices that are decided after this one: only what they have sung is known."""
    return tuple(v for v in (ALTO, TENOR, BASS) if v != voice and v not in KNOWN[voice])


def melody_ahead(moment: Moment, soprano: Whole) -> list[Whole]:
    """The next onsets of the melody: interval from its note now, and how many steps away."""
    begins = moment.ahead >= ONSET
    order = np.cumsum(begins, 1)
    columns: list[Whole] = []
    for nth in range(1, NEXT + 1):
        match = begins & (order == nth)
        there, where = match.any(1), match.argmax(1)
        pitch = np.take_along_axis(moment.ahead, where[:, None], 1)[:, 0] - ONSET
        columns.append(_motion(np.where(there, pitch - soprano, 0).astype(np.int16), ~there))
        columns.append(np.where(there, where + 1, 0).astype(np.int16))
    return columns


def _moved(past: Past, voice: int) -> Whole:
    return _motion(past.history.motion[:, voice], past.history.moves[:, voice] < 1)


def _moved_before(past: Past, voice: int) -> Whole:
    return _motion(past.history.before[:, voice], past.history.moves[:, voice] < 2)


def _apart(past: Past, own: int, other: int) -> Whole:
    """The distance of two voices' last notes, the upper voice over the lower."""
    return _spacing(past.history.last[:, min(own, other)], past.history.last[:, max(own, other)])


def _motion(interval: Whole, none: NDArray[np.bool_]) -> Whole:
    return np.where(none, 25, np.clip(interval, -12, 12) + 12).astype(np.int16)


def _spacing(upper: Whole, lower: Whole) -> Whole:
    none = (upper == NONE) | (lower == NONE)
    return np.where(none, 56, np.clip(upper - lower, -12, 43) + 12).astype(np.int16)


def _from(classes: Whole, base: Whole) -> Whole:
    """Pitch classes counted from a base; 12 for none."""
    return np.where(classes == 12, 12, (classes - base) % 12).astype(np.int16)
