"""Tune families, and the split that holds out whole families.

Variants of one tune fill these books; with a variant on each side of a split the held-out loss lies. Two
tunes are of one family when an 8-note run, intervals with rhythm, is shared over more than a third of the
length of the shorter. Families are the connected groups; a hash of a family's members, not their order in a
file, decides its side, so that adding a book does not reshuffle the rest.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from instrument.music.tune import read_tune

RUN = 8  #: notes in a run
SHARE = 1 / 3  #: of the shorter tune's notes


def runs(tokens: Sequence[str]) -> list[tuple[object, ...]]:
    """Every run of 8 notes as (interval, ratio of durations) steps; transposition and note value drop out."""
    notes = [n for m in read_tune(tokens).measures for n in m.notes]
    steps = [
        (b.pitch - a.pitch, Fraction(b.duration, a.duration))
        for a, b in zip(notes, notes[1:], strict=False)
    ]
    return [tuple(steps[i : i + RUN - 1]) for i in range(len(steps) - RUN + 2)]


def families(tunes: Sequence[Sequence[str]]) -> list[int]:
    """The family number of each tune: the lowest index in its group. Pure."""
    every = [runs(t) for t in tunes]
    holders: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, own in enumerate(every):
        for run in set(own):
            holders[run].append(index)
    parent = list(range(len(tunes)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for index, own in enumerate(every):
        for other, covered in _coverage(index, own, holders).items():
            shorter = min(len(own), len(every[other])) + RUN - 1
            if covered > SHARE * shorter:
                a, b = sorted((root(index), root(other)))
                parent[b] = a
    return [root(i) for i in range(len(tunes))]


def _coverage(
    index: int, own: list[tuple[object, ...]], holders: dict[tuple[object, ...], list[int]]
) -> dict[int, int]:
    """How many notes of tune `index` lie in runs shared with each other tune."""
    covered: dict[int, int] = defaultdict(int)
    reached: dict[int, int] = {}
    for at, run in enumerate(own):
        for other in holders[run]:
            if other != index:
                first = max(at, reached.get(other, 0))
                covered[other] += at + RUN - first
                reached[other] = at + RUN
    return covered


def split(tunes: Sequence[Sequence[str]]) -> list[str]:
    """"train", "valid" (one family in sixteen, for choosing) or "test" (one in sixteen, for reporting)."""
    group = families(tunes)
    members: dict[int, list[str]] = defaultdict(list)
    for tune, family in zip(tunes, group, strict=True):
        members[family].append(hashlib.sha256(" ".join(tune).encode()).hexdigest())
    side = {}
    for family, names in members.items():
        draw = int(min(names)[:8], 16) % 16
        side[family] = {0: "valid", 1: "test"}.get(draw, "train")
    return [side[family] for family in group]
