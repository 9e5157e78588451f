"""Each expert's view of the music, as numbers that go into a network.

A view is made of fields; a field says one thing and is one-hot, so what goes in are the numbers of the rows of
a weight matrix to be added up (and a few counts of pitch classes besides). Which fields there are, and which
expert each belongs to: `feature_rows`. Fields of the step that is being decided ("heard") know the soprano and the
voices decided before; all others ("settled") are known before the melody's note arrives, and can be worked out ahead
of it.

No field knows anything of its own voice at this step or later: what a view is made from never held it.
Without torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from instrument.networks.chorale.feature_rows import Past, Present, heard_rows, melody_ahead, settled_rows
from instrument.networks.chorale.history import (
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
from instrument.networks.chorale.tokens import KNOWN, ONSET, REST, SOPRANO

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

    def of(self, groups: tuple[str, ...]) -> Layout:
        """The layout as it is where there are only these groups: their fields in order, numbered from 0."""
        at = {row: place for place, row in enumerate(self.rows_of(groups))}
        settled, heard = (
            tuple(replace(f, offset=at[f.offset]) for f in fields if f.group in groups)
            for fields in (self.settled, self.heard)
        )
        counts = tuple((name, group, at[offset]) for name, group, offset in self.counts if group in groups)
        return Layout(settled, heard, counts, len(at), self.settled_counts)

    def field(self, name: str) -> int:
        """Where among the fields one stands. Raises ValueError."""
        return [f.name for f in self.fields].index(name)


@cache
def layout(voice: int) -> Layout:
    """The layout of a voice's view: alto, tenor or bass."""
    offset, parts = 0, list[tuple[Field, ...]]()
    for rows in (settled_rows(voice), heard_rows(voice)):
        fields = []
        for row in rows:
            fields.append(Field(row.name, row.group, row.size, offset))
            offset += row.size
        parts.append(tuple(fields))
    names = (("lately from tonic", "key"), ("before", "chord"), ("just now", "chord"), ("now", "chord"))
    counts = tuple((name, group, offset + 12 * i) for i, (name, group) in enumerate(names))
    return Layout(parts[0], parts[1], counts, offset + 12 * len(names))


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
    past = Past(history, moment, tonic, mode)
    columns = [row.value(past) for row in settled_rows(voice)]
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
    known_before = history.last[:, list(known)]
    fresh = onset | (kind != history.kind[:, list(known)]) & (kind == REST)
    present = Present(
        history, settled.tonic, pitch, kind, last, age=np.where(fresh, 0, history.age[:, list(known)]),
        moved=onset & (known_before != NONE), own=own, base=base, ahead=melody_ahead(moment, references[:, SOPRANO]),
    )  # fmt: skip
    columns = [row.value(present) for row in heard_rows(voice)]
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
