"""Split of the hymns by tune, so that no tune is on one side as a hymn and on another as a chorale of Bach's.

Two hymns are of one tune when their files name one tune, or when their sopranos open alike (as in
`workshop.chorale.split`); a hymn whose soprano opens as a chorale of Bach's does is on that chorale's side. A tune
that leads to chorales on two sides is on none. The split is fixed, in `split.txt`: a side and a name a line.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.split import SIDES, by_side, openings, read_list, tunes
from instrument.workshop.hymns.read import tune_name

LISTED = Path(__file__).with_name("split.txt")
NOWHERE = "none"  #: side of a tune that is on several sides of Bach's
SHARES = 7  #: one tune in so many for choosing, one for reporting


def listed(path: Path = LISTED) -> dict[str, str]:
    """Name to side, of every hymn in the list."""
    return read_list(path)


def sided(hymns: Sequence[Chorale], side: Mapping[str, str] | None = None) -> dict[str, list[Chorale]]:
    """Hymns by side, in the order given. One that is not listed is on no side. side: None for the list's."""
    return by_side(hymns, listed() if side is None else side)


def split(hymns: Sequence[Chorale], chorales: Sequence[Chorale], side_of: Mapping[str, str]) -> list[str]:
    """The side of each hymn. chorales: Bach's, side_of: theirs by name. Pure."""
    groups, tied = _groups(hymns, chorales)
    taken: dict[int, set[str]] = defaultdict(set)
    names: dict[int, list[str]] = defaultdict(list)
    for group, chorale in zip(tied, chorales, strict=True):
        if chorale.name in side_of:
            taken[group].add(side_of[chorale.name])
    for group, hymn in zip(groups, hymns, strict=True):
        names[group].append(tune_name(hymn.name) or hymn.name)
    return [_side(taken[group], min(names[group])) for group in groups]


def _side(taken: set[str], name: str) -> str:
    if taken:
        return next(iter(taken)) if len(taken) == 1 else NOWHERE
    draw = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % SHARES
    return {0: SIDES[1], 1: SIDES[2]}.get(draw, SIDES[0])


def _groups(hymns: Sequence[Chorale], chorales: Sequence[Chorale]) -> tuple[list[int], list[int]]:
    """The tune of each hymn and of each chorale, as a number: those that are joined share one."""
    names = {hymn.name for hymn in hymns}

    def ties(piece: Chorale) -> list[Hashable]:
        tune = tune_name(piece.name) if piece.name in names else ""
        return [*openings(piece), *([tune] if tune else [])]

    of = tunes([*hymns, *chorales], ties)
    return of[: len(hymns)], of[len(hymns) :]
