"""The order in which written measures are played: repeats, first and second endings, and AABB.

One step at a time (`follow`), because a tune is played while it is still being written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instrument.music.tune import Measure


@dataclass(frozen=True, slots=True)
class Place:
    """Where the playing is. measure: index as written; time: 1 or 2, the passing of its section;
    section: index of the measure to which a repeat sign goes back."""

    measure: int = 0
    time: int = 1
    section: int = 0


def follow(measures: Sequence[Measure], place: Place) -> Place:
    """The place played after `place`; its measure may be one that is not written yet. Pure."""
    here = measures[place.measure]
    after = place.measure + 1
    if here.closes and place.time == 1 and here.ending != 2:
        return Place(place.section, 2, place.section)
    if place.time == 2 and here.ending != 1 and after < len(measures) and measures[after].ending == 1:
        return _second_ending(measures, after, place)
    if here.closes:
        return Place(after, 1, after)
    if after < len(measures) and measures[after].opens:
        return Place(after, 1, after)
    if here.ending == 2 and place.time == 2:
        return Place(after, 1, after)
    return Place(after, place.time, place.section)


def _second_ending(measures: Sequence[Measure], after: int, place: Place) -> Place:
    """Past the first ending, however many measures it has."""
    for i in range(after, len(measures)):
        if measures[i].closes:
            return Place(i + 1, 2, place.section)
    return Place(len(measures), 2, place.section)


def order(measures: Sequence[Measure], aabb: bool = False) -> list[int]:
    """Indices of the measures as played, repeats unrolled.

    aabb: where the tune has no repeat sign and splits into two parts of equal whole length (8 + 8 or
    16 + 16 bars), play each part twice, as players do. Pure.
    """
    if aabb and (parts := two_parts(measures)):
        lead, first, second = parts
        return [*lead, *first, *first, *second, *second]
    played: list[int] = []
    place = Place()
    while place.measure < len(measures):
        played.append(place.measure)
        place = follow(measures, place)
    return played


def two_parts(measures: Sequence[Measure]) -> tuple[list[int], list[int], list[int]] | None:
    """(pick-up, first part, second part) of a tune with no repeats and two equal parts, or None.

    The pick-up is played once: each part's last bar leads into the next.
    """
    if not measures or any(m.opens or m.closes or m.ending for m in measures):
        return None
    bar = max(m.length for m in measures)
    lead = 1 if measures[0].length < bar else 0
    if len(measures) - lead not in (16, 32):
        return None
    half = lead + (len(measures) - lead) // 2
    return list(range(lead)), list(range(lead, half)), list(range(half, len(measures)))
