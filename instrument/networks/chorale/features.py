"""Each expert's view of the music, as numbers that go into a network.

A view is made of fields; a field says one thing and is one-hot, so what goes in are the numbers of the rows of
a weight matrix to be added up (and a few counts of pitch classes besides). A field belongs to one expert:
absolute sees pitches, spacing the distances between voices, contour how voices move, beat the place and the
ages of notes, chord pitch classes from the soprano's, key pitch classes from the tonic, ahead the melody to
come. Fields of the step that is being decided ("heard") know the soprano and the voices decided before; all
others ("settled") are known before the melody's note arrives, and can be worked out ahead of it.

No field knows anything of its own voice at this step or later: what a view is made from never held it.
Without torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from instrument.networks.chorale.history import (
    AHEAD,
    NONE,
    UNKNOWN_MODE,
    UNKNOWN_PLACE,
    Moment,
    Real,
    VoiceHistory,
    Whole,
    class_set,
    estimate_key,
    pitch_class,
)
from instrument.networks.chorale.tokens import ALTO, BASS, HORIZONS, KNOWN, NAMES, ONSET, PITCHES, REST, SOPRANO, TENOR

GROUPS = ("absolute", "spacing", "contour", "beat", "chord", "key", "ahead")
NEXT = 4  #: onsets of the melody that `ahead` tells
MOTION = 26  #: an interval from -12 to 12, farther ones counted as those; 25 none
SPACING = 57  #: an upper voice over a lower one, -12..43 semitones; 56 none
AGES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)  #: an age belongs to the first that is not below it
_AGE = np.searchsorted(AGES, np.arange(65)).astype(np.int16)
_DEFAULT = (36, 30, 25, 17)  #: a pitch to count from where a voice has none yet: about its middle


@dataclass(frozen=True, slots=True)
class Field:
    """A one-hot of `size` at rows `offset`.. of the input weights; name tells what it says."""

    name: str
    group: str
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How one voice's view is laid out. Field numbers in the order of `settled` and `heard`, then the counts.

    counts: (name, group, offset), each 12 wide; the first `settled_counts` of them are known ahead. size: rows
    of the input weights in all.
    """

    settled: tuple[Field, ...]
    heard: tuple[Field, ...]
    counts: tuple[tuple[str, str, int], ...]
    size: int
    settled_counts: int = 1

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.settled + self.heard

    def rows_of(self, groups: tuple[str, ...]) -> list[int]:
        """The rows of the input weights that belong to these groups, in order."""
        found = [range(f.offset, f.offset + f.size) for f in self.fields if f.group in groups]
        found += [range(offset, offset + 12) for _, group, offset in self.counts if group in groups]
        return [row for span in found for row in span]

    def field(self, name: str) -> int:
        """Where among the fields one stands. Raises ValueError."""
        return [f.name for f in self.fields].index(name)


@cache
def layout(voice: int) -> Layout:
    """The layout of a voice's view: alto, tenor or bass."""
    offset, parts = 0, list[tuple[Field, ...]]()
    for described in (_settled_fields(voice), _heard_fields(voice)):
        fields = []
        for name, group, size in described:
            fields.append(Field(name, group, size, offset))
            offset += size
        parts.append(tuple(fields))
    names = (("lately from tonic", "key"), ("before", "chord"), ("just now", "chord"), ("now", "chord"))
    counts = tuple((name, group, offset + 12 * i) for i, (name, group) in enumerate(names))
    return Layout(parts[0], parts[1], counts, offset + 12 * len(names))


def _settled_fields(voice: int) -> Iterator[tuple[str, str, int]]:
    yield from (("own last", "absolute", PITCHES + 1), ("own kind", "absolute", 3))
    yield from (("own motion", "contour", MOTION), ("own motion before", "contour", MOTION))
    yield from (("own age", "beat", 12), ("place", "beat", 25), ("in beat", "beat", 5), ("beats", "beat", 6))
    yield from (("compound", "beat", 3), ("own degree", "key", 13), ("mode", "key", 3), ("horizon", "ahead", 3))
    for known in KNOWN[voice]:
        yield (f"{NAMES[known]} motion before", "contour", MOTION)
    for other in undecided(voice):
        name = NAMES[other]
        yield from ((f"{name} before", "absolute", PITCHES + 1), (f"{name} kind before", "absolute", 3))
        yield from ((f"{name} to own before", "spacing", SPACING), (f"{name} motion before", "contour", MOTION))
        yield from ((f"{name} age before", "beat", 12), (f"{name} degree before", "key", 13))


def _heard_fields(voice: int) -> Iterator[tuple[str, str, int]]:
    for known in KNOWN[voice]:
        name = NAMES[known]
        yield from ((f"{name} pitch", "absolute", PITCHES + 1), (f"{name} kind", "absolute", 3))
        yield from ((f"{name} to own last", "spacing", SPACING), (f"{name} move", "contour", MOTION))
        yield from ((f"{name} age", "beat", 12), (f"{name} onset", "beat", 3), (f"{name} degree", "key", 13))
        yield (f"{name} class", "chord", 13)  # from the soprano's; the own voice's last note for the soprano
    for other in undecided(voice):
        yield (f"{NAMES[other]} class before", "chord", 13)
    for upper, lower in _pairs(voice):
        yield (f"{NAMES[upper]} to {NAMES[lower]}", "spacing", SPACING)
    for nth in range(NEXT):
        yield from ((f"next interval {nth + 1}", "ahead", MOTION), (f"next distance {nth + 1}", "ahead", AHEAD + 1))


@cache
def undecided(voice: int) -> tuple[int, ...]:
    """The lower voices that are decided after this one: only what they have sung is known."""
    return tuple(v for v in (ALTO, TENOR, BASS) if v != voice and v not in KNOWN[voice])


def _pairs(voice: int) -> list[tuple[int, int]]:
    known = KNOWN[voice]
    return [(a, b) for i, a in enumerate(known) for b in known[i + 1 :]]


def _motion(interval: Whole, none: NDArray[np.bool_]) -> Whole:
    return np.where(none, 25, np.clip(interval, -12, 12) + 12).astype(np.int16)


def _spacing(upper: Whole, lower: Whole) -> Whole:
    none = (upper == NONE) | (lower == NONE)
    return np.where(none, 56, np.clip(upper - lower, -12, 43) + 12).astype(np.int16)


def _from(classes: Whole, base: Whole) -> Whole:
    """Pitch classes counted from a base; 12 for none."""
    return np.where(classes == 12, 12, (classes - base) % 12).astype(np.int16)


def _rolled(counts: Real, base: Whole) -> Real:
    """[rows, 12] counted from a pitch class."""
    return np.take_along_axis(counts, (base[:, None] + np.arange(12)) % 12, 1)


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known before the melody's note: fields [rows, settled], counts [rows, 12], tonic [rows]."""

    fields: Whole
    counts: Real
    tonic: Whole


@dataclass(frozen=True, slots=True)
class HeardVoices:
    """What this step's known voices add: fields [rows, heard], counts [rows, 36], references [rows, 6], gates.

    references: what experts count pitches from: soprano, alto, tenor, bass (sounding, or last, or the middle
    of the voice), this voice's last, all 0..55; last the tonic, 0..11. A voice that is not known has its past.
    gates: [rows, 2], which rows of the gates of the exponents hold: the place, and own kind x 3 + soprano's.
    """

    fields: Whole
    counts: Real
    references: Whole
    gates: Whole


def settle(voice: int, history: VoiceHistory, moment: Moment) -> Settled:
    """The part of a voice's view that needs nothing of the coming step but its place. Pure."""
    counts = history.slow.sum(1)
    found_tonic, found_mode = estimate_key(counts)
    given = moment.mode != UNKNOWN_MODE
    tonic, mode = np.where(given, moment.tonic, found_tonic), np.where(given, moment.mode, found_mode)
    own = history.last[:, voice]
    columns = [
        own,
        history.kind[:, voice],
        _motion(history.motion[:, voice], history.moves[:, voice] < 1),
        _motion(history.before[:, voice], history.moves[:, voice] < 2),
        _AGE[history.age[:, voice]],
        np.minimum(moment.place, UNKNOWN_PLACE),
        moment.in_beat,
        moment.beats,
        moment.compound,
        _from(pitch_class(own), tonic),
        mode,
        moment.horizon,
        *(_motion(history.motion[:, v], history.moves[:, v] < 1) for v in KNOWN[voice]),
    ]
    for v in undecided(voice):
        last = history.last[:, v]
        columns += [
            history.pitch[:, v],
            history.kind[:, v],
            _spacing(own, last) if voice < v else _spacing(last, own),
            _motion(history.motion[:, v], history.moves[:, v] < 1),
            _AGE[history.age[:, v]],
            _from(pitch_class(last), tonic),
        ]
    share = counts / np.maximum(counts.sum(1, keepdims=True), np.float32(1))
    return Settled(np.stack(columns, 1).astype(np.int16), _rolled(share, tonic) * 4, tonic.astype(np.int16))


def hear(voice: int, history: VoiceHistory, moment: Moment, settled: Settled, tokens: Whole) -> HeardVoices:
    """The rest of the view, with this step's tokens [rows, known] of the known voices, in KNOWN's order. Pure.

    history and settled may have one row for all rows of the tokens.
    """
    rows = len(tokens)
    known = KNOWN[voice]
    onset = tokens >= ONSET
    held = history.pitch[:, list(known)]
    pitch = np.where(onset, tokens - ONSET, np.where(tokens == REST, NONE, held)).astype(np.int16)
    kind = np.where(onset, ONSET, np.where(pitch == NONE, REST, 1)).astype(np.int16)
    last = np.where(onset, pitch, history.last[:, list(known)])
    own = np.broadcast_to(history.last[:, voice], rows)
    references = _references(voice, history, pitch, last, settled.tonic, rows)
    base = pitch_class(references[:, SOPRANO])
    columns = []
    for i, v in enumerate(known):
        moved = onset[:, i] & (history.last[:, v] != NONE)
        age = np.where(onset[:, i] | (kind[:, i] != history.kind[:, v]) & (kind[:, i] == REST), 0, history.age[:, v])
        columns += [
            pitch[:, i],
            kind[:, i],
            _spacing(own, last[:, i]) if voice < v else _spacing(last[:, i], own),
            _motion(last[:, i] - history.last[:, v], ~moved),
            _AGE[age],
            kind[:, i],
            _from(pitch_class(pitch[:, i]), settled.tonic),
            _from(pitch_class(own if v == SOPRANO else pitch[:, i]), base),
        ]
    columns += [_from(pitch_class(history.last[:, v]), base) for v in undecided(voice)]
    at = {v: last[:, i] for i, v in enumerate(known)}
    columns += [_spacing(at[upper], at[lower]) for upper, lower in _pairs(voice)]
    columns += _ahead(moment, references[:, SOPRANO], rows)
    before = np.minimum(class_set(history.pitch).sum(1), 1)
    lately = history.fast.sum(1) / np.float32(40)
    now = np.minimum(class_set(pitch).sum(1), 1)
    turned = [np.broadcast_to(c, (rows, 12)) for c in (before, lately, now)]
    counts = np.concatenate([_rolled(c, base) for c in turned], 1)
    fields = np.stack([np.broadcast_to(column, rows) for column in columns], 1)
    gates = np.empty((rows, 2), np.int16)
    gates[:, 0] = np.minimum(moment.place, UNKNOWN_PLACE)
    gates[:, 1] = history.kind[:, voice] * 3 + kind[:, known.index(SOPRANO)]
    return HeardVoices(fields.astype(np.int16), counts.astype(np.float32), references, gates)


def _references(voice: int, history: VoiceHistory, pitch: Whole, last: Whole, tonic: Whole, rows: int) -> Whole:
    found = np.empty((rows, 6), np.int16)
    for v in range(4):
        before = history.last[:, v]
        found[:, v] = np.where(before == NONE, _DEFAULT[v], before)
    found[:, 4] = found[:, voice]
    for i, v in enumerate(KNOWN[voice]):
        now = np.where(pitch[:, i] == NONE, last[:, i], pitch[:, i])
        found[:, v] = np.where(now == NONE, _DEFAULT[v], now)
    found[:, 5] = tonic
    return found


def _ahead(moment: Moment, soprano: Whole, rows: int) -> list[Whole]:
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
    return [np.broadcast_to(column, rows) for column in columns]


assert len(HORIZONS) == 3  # the size of the field "horizon"
