"""Splits of the chorales: learned from, or kept out; by tune, and as published comparisons have it.

Bach set many melodies several times; with one setting on each side of a split the held-out figures lie. Two
chorales are of one tune when their sopranos open alike: the same first eight intervals, as written, without
repeated notes, or from beat to beat (so that an ornamented opening counts). The split itself is fixed, in
`split.txt`: a side and a name a line; the rule below made it, and a test holds that the list obeys it.

`field_split.txt` is the other one, that published figures are of: the train, valid and test sides of Nicolas
Boulanger-Lewandowski, Yoshua Bengio and Pascal Vincent, "Modeling Temporal Dependencies in High-Dimensional Sequences"
(229, 76 and 77 pieces), after Moray Allan and Christopher Williams, "Harmonising Chorales by Probabilistic Inference".
It knows nothing of tunes: half of its held-out melodies stand on its train side too, in other settings. What is listed
and not read (more than four parts) is on no side; docs/chorale-split.md says how the names were found.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from instrument.networks.chorale.tokens import ONSET, SOPRANO, STEPS
from instrument.workshop.chorale.corpus import Chorale

LISTED = Path(__file__).with_name("split.txt")
SPLITS = {"tune": LISTED, "field": LISTED.with_name("field_split.txt")}  #: by what they are called where one is asked
SIDES = ("train", "valid", "test")
OPENING = 8  #: intervals


def listed(which: str = "tune") -> dict[str, str]:
    """Name to side, of every chorale in the list of one of SPLITS."""
    return read_list(SPLITS[which])


def read_list(path: Path) -> dict[str, str]:
    """Name to side, of a list with a side and a name a line."""
    pairs = (line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines())
    return {name: side for side, name in pairs}


def sided(chorales: Sequence[Chorale], which: str = "tune") -> dict[str, list[Chorale]]:
    """Chorales by side of one of SPLITS, in the order given. One that is not listed (another music21) is on none."""
    return by_side(chorales, listed(which))


def by_side(chorales: Sequence[Chorale], side: Mapping[str, str]) -> dict[str, list[Chorale]]:
    """Pieces by side, in the order given. side: by name; a piece that it does not name is on none. Pure."""
    return {name: [c for c in chorales if side.get(c.name) == name] for name in SIDES}


def openings(chorale: Chorale) -> list[tuple[str, tuple[int, ...]]]:
    """The three ways in which a soprano opens, as intervals in semitones; a short melody gives fewer."""
    soprano = chorale.voices[SOPRANO]
    written = [t for t in soprano if t >= ONSET]
    moved = [b for a, b in pairwise([0, *written]) if a != b]
    beats, last = [], 0
    for place, t in zip(chorale.places, soprano, strict=True):
        last = t if t >= ONSET else last
        if place % STEPS == 0 and last:
            beats.append(last)
    ways = {"written": written, "moved": moved, "beats": beats}
    return [
        (way, tuple(b - a for a, b in pairwise(notes[: OPENING + 1])))
        for way, notes in ways.items() if len(notes) > OPENING
    ]  # fmt: skip


def tunes(chorales: Sequence[Chorale], ties: Callable[[Chorale], Iterable[Hashable]] = openings) -> list[int]:
    """The tune of each chorale: the lowest index of those joined with it. ties: of a piece; who shares one is joined.
    Pure."""
    holders: dict[Hashable, list[int]] = defaultdict(list)
    for index, chorale in enumerate(chorales):
        for tie in ties(chorale):
            holders[tie].append(index)
    parent = list(range(len(chorales)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for group in holders.values():
        for other in group[1:]:
            a, b = sorted((root(group[0]), root(other)))
            parent[b] = a
    return [root(i) for i in range(len(chorales))]


def split(chorales: Sequence[Chorale]) -> list[str]:
    """The side of each chorale: one tune in nine each for choosing and for reporting, by a hash of its names."""
    members: dict[int, list[str]] = defaultdict(list)
    groups = tunes(chorales)
    for chorale, tune in zip(chorales, groups, strict=True):
        members[tune].append(chorale.name)
    sides = {}
    for tune, names in members.items():
        draw = int(hashlib.sha256(min(names).encode()).hexdigest()[:8], 16) % 9
        sides[tune] = {0: "valid", 1: "test"}.get(draw, "train")
    return [sides[tune] for tune in groups]
