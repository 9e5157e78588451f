"""Part-writing of four voices in numbers: pure functions of a grid, the same for Bach and for us.

A grid is [steps, 4], soprano to bass, of sounding MIDI pitches, 0 in silence, beside `onsets` [steps, 4], whether
a note begins there. `sounding` makes both from tokens. Each function says its unit; sums over pieces are made
by adding `Count`s, so that long pieces weigh as they should.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from instrument.networks.chorale.tokens import HOLD, LOWEST, ONSET, STEPS

Grid = NDArray[np.int16]
Flags = NDArray[np.bool_]

MAJOR_SCALE = frozenset({0, 2, 4, 5, 7, 9, 11})
MINOR_SCALE = frozenset({0, 2, 3, 5, 7, 8, 9, 10, 11})  #: with the sixth and the seventh as they are and raised
TRIADS = (frozenset({0, 4, 7}), frozenset({0, 3, 7}), frozenset({0, 3, 6}), frozenset({0, 4, 8}))
SEVENTHS = (
    frozenset({0, 4, 7, 10}), frozenset({0, 3, 7, 10}), frozenset({0, 4, 7, 11}),
    frozenset({0, 3, 6, 10}), frozenset({0, 3, 6, 9}), frozenset({0, 3, 7, 11}),
)  # fmt: skip
OPEN = (frozenset({0, 4}), frozenset({0, 3}), frozenset({0, 4, 10}), frozenset({0, 3, 10}), frozenset({0, 4, 11}))
DISSONANT = frozenset({1, 2, 6, 10, 11})  #: intervals of the outer voices, mod 12; a fourth over the bass is let be


@dataclass(slots=True)
class Count:
    """Something happened `of` times out of a number of chances. `rate` is their quotient, 0 where none."""

    times: float = 0
    of: float = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.times + other.times, self.of + other.of)

    @property
    def rate(self) -> float:
        return self.times / self.of if self.of else 0.0


def sounding(tokens: NDArray[np.int16]) -> tuple[Grid, Flags]:
    """(pitches, onsets) of tokens [steps, 4]."""
    pitches = np.zeros_like(tokens)
    now = np.zeros(tokens.shape[1], tokens.dtype)
    for step, row in enumerate(tokens):
        now = np.where(row >= ONSET, row - ONSET + LOWEST, np.where(row == HOLD, now, 0))
        pitches[step] = now
    return pitches, tokens >= ONSET


def parallels(pitches: Grid, onsets: Flags, interval: int) -> Count:
    """Parallel fifths (interval 7) or octaves and unisons (0), per note.

    Two voices both begin a new pitch at a step, in the same direction, and stand the interval apart, octaves
    not counted, before and after. Whichever of the two is higher. Chances: notes that begin, all voices.
    """
    times = 0
    for step in range(1, len(pitches)):
        before, now = pitches[step - 1], pitches[step]
        moved = [v for v in range(4) if onsets[step, v] and before[v] and now[v] and before[v] != now[v]]
        for i, a in enumerate(moved):
            for b in moved[i + 1 :]:
                same_way = (now[a] > before[a]) == (now[b] > before[b])
                apart = (abs(int(before[a]) - int(before[b])) % 12, abs(int(now[a]) - int(now[b])) % 12)
                times += bool(same_way) and apart == (interval, interval)
    return Count(times, int(onsets.sum()))


def crossings(pitches: Grid) -> Count:
    """Steps of neighbouring voices at which the upper sounds below the lower."""
    upper, lower = pitches[:, :-1], pitches[:, 1:]
    both = (upper > 0) & (lower > 0)
    return Count(int(((upper < lower) & both).sum()), int(both.sum()))


def wide(pitches: Grid) -> Count:
    """Steps of soprano and alto, alto and tenor, that are more than an octave apart."""
    upper, lower = pitches[:, :2], pitches[:, 1:3]
    both = (upper > 0) & (lower > 0)
    return Count(int((both & (upper - lower > 12)).sum()), int(both.sum()))


def named(pitches: Grid, places: Sequence[int]) -> Count:
    """Chords on the beat that have a name: a triad or seventh chord, whole or without its fifth."""
    return _on_beats(pitches, places, (*TRIADS, *SEVENTHS, *OPEN))


def triads(pitches: Grid, places: Sequence[int]) -> Count:
    """Chords on the beat that are a triad, whole and nothing else."""
    return _on_beats(pitches, places, TRIADS)


def _on_beats(pitches: Grid, places: Sequence[int], kinds: Iterable[frozenset[int]]) -> Count:
    count, wanted = Count(), set(kinds)
    for row in pitches[np.array(places) % STEPS == 0]:
        if (row > 0).all():
            classes = {int(p) % 12 for p in row}
            count.of += 1
            count.times += any(frozenset((c - root) % 12 for c in classes) in wanted for root in classes)
    return count


def in_key(pitches: Grid, onsets: Flags, voice: int, tonic: int, minor: bool) -> Count:
    """Notes of a voice in the scale; in minor the sixth and seventh may be raised."""
    scale = MINOR_SCALE if minor else MAJOR_SCALE
    notes = pitches[onsets[:, voice], voice]
    return Count(sum((int(p) - tonic) % 12 in scale for p in notes), len(notes))


def key_of(pitches: Grid, onsets: Flags, by_ear: tuple[int, bool]) -> tuple[int, bool]:
    """(tonic, minor) of a whole piece: `by_ear`'s, or its last bass note's, whichever scale holds more of its notes.

    by_ear: what a key-finder says. Such finders take a dominant for its tonic now and then; pieces end on a tonic
    mostly, not always. Minor where the minor third sounds longer than the major.
    """
    bass = pitches[:, 3][pitches[:, 3] > 0]
    if not len(bass):
        return by_ear
    last = int(bass[-1]) % 12
    sounding = np.bincount(pitches[pitches > 0] % 12, minlength=12)
    closing = (last, bool(sounding[(last + 3) % 12] > sounding[(last + 4) % 12]))

    def fit(key: tuple[int, bool]) -> int:
        return int(sum(in_key(pitches, onsets, voice, *key).times for voice in range(4)))

    return closing if fit(closing) > fit(by_ear) else by_ear


def outer_dissonance(pitches: Grid, places: Sequence[int]) -> Count:
    """Beats on which soprano and bass stand a second, a seventh or a tritone apart."""
    on = pitches[np.array(places) % STEPS == 0]
    on = on[(on[:, 0] > 0) & (on[:, 3] > 0)]
    return Count(sum(int(s - b) % 12 in DISSONANT for s, b in on[:, [0, 3]]), len(on))


def steps_and_leaps(pitches: Grid, onsets: Flags, voice: int) -> tuple[Count, Count]:
    """Of a voice's moves to another pitch: those by a tone or less; those over more than an octave."""
    notes = [int(p) for p in pitches[onsets[:, voice], voice]]
    moves = [abs(b - a) for a, b in pairwise(notes) if a != b]
    return Count(sum(m <= 2 for m in moves), len(moves)), Count(sum(m > 12 for m in moves), len(moves))


@dataclass(slots=True)
class Writing:
    """The counts of many pieces, by name; closes: of `cadences.closes`, where they were counted."""

    counts: dict[str, Count] = field(default_factory=dict)
    closes: Counter[str] = field(default_factory=Counter)

    def add(self, tokens: NDArray[np.int16], places: Sequence[int], key: tuple[int, bool]) -> None:
        """Count one piece more. key: (tonic, minor)."""
        pitches, onsets = sounding(tokens)
        found = {
            "fifths": parallels(pitches, onsets, 7), "octaves": parallels(pitches, onsets, 0),
            "crossings": crossings(pitches), "wide": wide(pitches), "named": named(pitches, places),
            "triads": triads(pitches, places), "dissonant": outer_dissonance(pitches, places),
        }  # fmt: skip
        melody = int(onsets[:, 0].sum())
        for voice, name in ((1, "alto"), (2, "tenor"), (3, "bass")):
            found[f"in_key_{name}"] = in_key(pitches, onsets, voice, *key)
            found[f"steps_{name}"], found[f"leaps_{name}"] = steps_and_leaps(pitches, onsets, voice)
            found[f"notes_{name}"] = Count(int(onsets[:, voice].sum()), melody)
        for name, count in found.items():
            self.counts[name] = self.counts.get(name, Count()) + count

    def rate(self, *names: str) -> float:
        """The sum of these counts, as a rate: chances are added too, where there are several names."""
        total = Count()
        for name in names:
            total += self.counts.get(name, Count())
        return total.rate
