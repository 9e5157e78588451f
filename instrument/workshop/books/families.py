"""Tune families, and the split that holds out whole families.

Variants of one tune fill these books; with a variant on each side of a split the held-out loss lies. Two
tunes are of one family when an 8-note run, intervals with rhythm, is shared over more than a third of the
length of the shorter. Families are the connected groups; a hash of a family's members, not their order in a
file, decides its side, so that adding a book moves only the families its tunes join.

Two habits of this rule are known, and both err towards joining, never towards a leak. Notes are counted in
whichever of the two tunes has more of them shared, and groups chain (a is like b, b like c). In our corpora one
group of 1,489 of 3,647 tunes, mostly reels and hornpipes made of common figures, arises so and falls in the
training set; what is held out is therefore a little poorer in such tunes than what is trained on. The
split of the shipped weights is made by this rule: to change it is to train anew. (Counted in the shorter tune,
as the words above say, the largest group has 582 tunes; with half instead of a third as well, 15.)
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from instrument.music.analysis.runs import RUN, Step
from instrument.music.analysis.runs import runs as note_runs
from instrument.music.tokens.bars import read_tune

SHARE = 1 / 3  #: of the shorter tune's notes


def runs(tokens: Sequence[str]) -> list[tuple[Step, ...]]:
    """Every run of 8 notes of a tune; transposition and note value drop out. What makes no sense is stepped over."""
    return note_runs([n for m in read_tune(tokens, strict=False).measures for n in m.notes])


def families(tunes: Sequence[Sequence[str]]) -> list[int]:
    """The family number of each tune: the lowest index in its group. Pure."""
    numbers: dict[tuple[object, ...], int] = {}  # one number a run: cheaper to look up than the run
    every = [[numbers.setdefault(run, len(numbers)) for run in runs(t)] for t in tunes]
    holders: dict[int, list[int]] = defaultdict(list)
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


def _coverage(index: int, own: list[int], holders: dict[int, list[int]]) -> dict[int, int]:
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
    """ "train", "valid" (one family in sixteen, for choosing) or "test" (one in sixteen, for reporting)."""
    group = families(tunes)
    members: dict[int, list[str]] = defaultdict(list)
    for tune, family in zip(tunes, group, strict=True):
        members[family].append(hashlib.sha256(" ".join(tune).encode()).hexdigest())
    side = {}
    for family, names in members.items():
        draw = int(min(names)[:8], 16) % 16
        side[family] = {0: "valid", 1: "test"}.get(draw, "train")
    return [side[family] for family in group]
