"""Features of a step, hypothesis by hypothesis, as rows of the input weights: `features` for the hot path.

It says exactly what `features.hear` says, in plain integers, a few at a time: forty small array operations cost more
than the network. What the melody's note alone decides is said once for all hypotheses.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from instrument.networks.chorale.feature_rows import AGES, MOTION, NEXT, undecided
from instrument.networks.chorale.features import Settled, layout
from instrument.networks.chorale.history import NONE, Moment, Real, VoiceHistory, Whole, class_set
from instrument.networks.chorale.tokens import KNOWN, LOWEST, NAMES, ONSET, REST, SOPRANO

_AGE = np.searchsorted(AGES, np.arange(65)).tolist()
_MIDDLE = (36, 30, 25, 17)  #: a pitch to count from where a voice has none yet
_NO_MOTION, _NO_SPACING, _NO_CLASS = MOTION - 1, 56, 12


class Hearing:
    """One voice at one step, its past known. thread: one."""

    def __init__(self, voice: int, history: VoiceHistory, moment: Moment, settled: Settled) -> None:
        self.voice, self.known = voice, KNOWN[voice]
        self._at, self._others, self._now = _offsets(voice)
        self._kind, self._pitch = history.kind[0].tolist(), history.pitch[0].tolist()
        self._last, self._age = history.last[0].tolist(), history.age[0].tolist()
        self._tonic = int(settled.tonic[0])
        self._ahead = [(i + 1, t - ONSET) for i, t in enumerate(moment.ahead[0].tolist()) if t >= ONSET][:NEXT]
        before = np.minimum(class_set(history.pitch[0]).sum(0), 1)
        lately = history.fast[0].sum(0) / np.float32(40)
        self._counts = np.stack([before, before, lately, lately]).reshape(2, 24)  # twice over, to be turned
        self._cells: dict[tuple[int, int], tuple[list[int], int, int]] = {}

    def rows(self, tokens: Sequence[Sequence[int]]) -> tuple[list[int], list[list[int]], Real, Whole]:
        """For hypotheses about the known voices, in KNOWN's order, all with one soprano: the rows that all share, the
        rows of each, the counts [24] that go with the view, the references [hypotheses, 6]."""
        soprano, pitch, last = self._cell(0, tokens[0][0])
        own = self._last[self.voice]
        reference = self._reference(SOPRANO, pitch, last)
        base = (reference + LOWEST) % 12
        shared = [*soprano, _class(self._at[0][7], own, base), *self._next(reference)]
        shared += [_class(at, self._last[v], base) for v, at in self._others]
        if pitch != NONE:
            shared.append(self._now + (pitch + LOWEST - base) % 12)
        each, references = [], []
        middle = [_MIDDLE[v] if p == NONE else p for v, p in enumerate(self._last)]
        for hypothesis in tokens:
            found, lasts = [], [last]
            pitches = {(pitch + LOWEST) % 12} if pitch != NONE else set()
            point = [*middle, middle[self.voice], self._tonic]
            point[SOPRANO] = reference
            for i in range(1, len(self.known)):
                cell, p, q = self._cell(i, hypothesis[i])
                found += cell
                found.append(_class(self._at[i][7], p, base))
                lasts.append(q)
                point[self.known[i]] = self._reference(self.known[i], p, q)
                if p != NONE and (p + LOWEST) % 12 not in pitches:
                    pitches.add((p + LOWEST) % 12)
                    found.append(self._now + (p + LOWEST - base) % 12)
                else:
                    found.append(-1)  # nothing, so that every hypothesis has as many
            each.append(found + self._pairs(lasts))
            references.append(point)
        turned = self._counts[:, base : base + 12].reshape(24)
        return shared, each, turned, np.array(references, np.int16)

    def _cell(self, i: int, token: int) -> tuple[list[int], int, int]:
        """What one known voice's token says by itself; the pitch it then has, the last that it began."""
        if (i, token) not in self._cells:
            self._cells[i, token] = self._new_cell(i, token)
        return self._cells[i, token]

    def _new_cell(self, i: int, token: int) -> tuple[list[int], int, int]:
        v, own, at = self.known[i], self._last[self.voice], self._at[i]
        onset = token >= ONSET
        pitch = token - ONSET if onset else NONE if token == REST else self._pitch[v]
        kind = ONSET if onset else REST if pitch == NONE else 1
        last = pitch if onset else self._last[v]
        fresh = onset or (kind == REST and self._kind[v] != REST)
        moved = onset and self._last[v] != NONE
        upper, lower = (own, last) if self.voice < v else (last, own)
        degree = _NO_CLASS if pitch == NONE else (pitch + LOWEST - self._tonic) % 12
        values = (
            pitch, kind, _spacing(upper, lower), _motion(last - self._last[v]) if moved else _NO_MOTION,
            _AGE[0 if fresh else self._age[v]], kind, degree,
        )  # fmt: skip
        return [start + value for start, value in zip(at, values, strict=False)], pitch, last

    def _reference(self, voice: int, pitch: int, last: int) -> int:
        now = last if pitch == NONE else pitch
        return _MIDDLE[voice] if now == NONE else now

    def _pairs(self, lasts: list[int]) -> list[int]:
        found, pair = [], len(self.known)
        for i, upper in enumerate(lasts):
            for lower in lasts[i + 1 :]:
                found.append(self._at[pair][0] + _spacing(upper, lower))
                pair += 1
        return found

    def _next(self, soprano: int) -> list[int]:
        """The melody's next onsets."""
        found = []
        for nth in range(NEXT):
            interval, distance = self._at[-1][2 * nth : 2 * nth + 2]
            there = nth < len(self._ahead)
            found.append(interval + (_motion(self._ahead[nth][1] - soprano) if there else _NO_MOTION))
            found.append(distance + (self._ahead[nth][0] if there else 0))
        return found


def _class(at: int, pitch: int, base: int) -> int:
    return at + (_NO_CLASS if pitch == NONE else (pitch + LOWEST - base) % 12)


def _motion(interval: int) -> int:
    return min(12, max(-12, interval)) + 12


def _spacing(upper: int, lower: int) -> int:
    return _NO_SPACING if upper == NONE or lower == NONE else min(43, max(-12, upper - lower)) + 12


@cache
def _offsets(voice: int) -> tuple[list[list[int]], list[tuple[int, int]], int]:
    """Where the heard fields stand among the rows: each known voice's eight, each pair's, the melody's ahead; for each
    voice that is decided later its class; where the counts of what sounds now stand."""
    plan = layout(voice)
    at = {field.name: field.offset for field in plan.heard}
    names = ("pitch", "kind", "to own last", "move", "age", "onset", "degree", "class")
    known = KNOWN[voice]
    found = [[at[f"{NAMES[v]} {name}"] for name in names] for v in known]
    found += [[at[f"{NAMES[a]} to {NAMES[b]}"]] for i, a in enumerate(known) for b in known[i + 1 :]]
    found.append([at[f"next {what} {nth + 1}"] for nth in range(NEXT) for what in ("interval", "distance")])
    others = [(v, at[f"{NAMES[v]} class before"]) for v in undecided(voice)]
    return found, others, next(offset for name, _, offset in plan.counts if name == "now")
