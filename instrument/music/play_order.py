"""The order in which written measures are played: repeats, first and second endings, and AABB.

One step at a time (`follow`), because a tune is played while it is still being written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from instrument.music.measure import Measure


@dataclass(frozen=True, slots=True)
class Place:
    """Where the playing is. measure: index as written; time: 1 or 2, the passing of its section;
    section: index of the measure to which a repeat sign goes back."""

    measure: int = 0
    time: int = 1
    section: int = 0


def follow(measures: Sequence[Measure], place: Place) -> Place:
    """The place played after `place`; its measure may be one that is not written yet. Pure.

    As players read, also where the writer was careless:
    - a repeat goes back to the last `|:`, or else to where the last repeat or second ending ended, or to the start
    - a second ending is as long as the first, and what follows it is a new part
    - `|:` promises a repeat: the next `|:` closes it if no `:|` did (but not round a pick-up alone)
    - so does `|2` behind a first ending without `:|`; and `:|` right before a first ending is only a bar line
    """
    if place.measure >= len(measures):  # of a tune that has been written anew, and is shorter: it is over
        return Place(len(measures), 1, len(measures))
    here, after = measures[place.measure], place.measure + 1
    opened = next((i for i in range(place.measure, place.section, -1) if measures[i].opens), None)
    if opened is not None:  # its sign was not written, or not meant yet, when the playing came there
        place = Place(place.measure, 1, opened)
    then = measures[after] if after < len(measures) else None
    into_first = then is not None and then.ending == 1
    if into_first and place.time == 2 and _ending(measures, place.measure) != 1:
        return _second_ending(measures, after, place)
    if here.closes and not into_first:
        back = place.time == 1 and _ending(measures, place.measure) != 2
        return Place(place.section, 2, place.section) if back else Place(after, 1, after)
    if then is not None and place.time == 1 and _lacks_repeat(measures, place, then):
        return Place(place.section, 2, place.section)
    if (then is not None and then.opens) or (place.time == 2 and ends_second(measures, place.measure)):
        return Place(after, 1, after)
    return Place(after, place.time, place.section)


def _ending(measures: Sequence[Measure], at: int) -> int:
    """Which ending measure `at` stands in: 1, 2, or 0 for none."""
    start = _ending_start(measures, at)
    if start is None or (measures[start].ending == 2 and at - start >= _first_length(measures, start)):
        return 0
    return measures[start].ending


def _ending_start(measures: Sequence[Measure], at: int) -> int | None:
    """The last measure up to `at` that has an ending sign, with no repeat sign between."""
    for i in range(at, -1, -1):
        if measures[i].ending:
            return i
        if measures[i].opens or (i and measures[i - 1].closes):
            return None
    return None


def _first_length(measures: Sequence[Measure], second: int) -> int:
    """How many measures the first ending before the second ending at `second` has; 1 if there is none."""
    first = _ending_start(measures, second - 1) if second else None
    return second - first if first is not None and measures[first].ending == 1 else 1


def ends_second(measures: Sequence[Measure], at: int) -> bool:
    """Is this the last measure of a second ending?"""
    start = _ending_start(measures, at)
    return start is not None and measures[start].ending == 2 and at + 1 - start == _first_length(measures, start)


def _lacks_repeat(measures: Sequence[Measure], place: Place, then: Measure) -> bool:
    """Does the sign before `then` show that a `:|` was left out?"""
    ending = _ending(measures, place.measure)
    if then.ending == 2:
        return ending == 1
    return then.opens and ending == 0 and measures[place.section].opens and place.measure > place.section


def _second_ending(measures: Sequence[Measure], first: int, place: Place) -> Place:
    """Past the first ending, however many measures it has."""
    for i in range(first, len(measures)):
        if measures[i].closes or (i + 1 < len(measures) and measures[i + 1].ending == 2):
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


def first_measure(measures: Sequence[Measure], bar: int) -> int:
    """Index of the measure that a tune begins with when it is played again: its first whole bar, or the pick-up before
    that one. Measures of another meter, which only led over to this one, are left out. bar: ticks. Pure."""
    whole = next((index for index, measure in enumerate(measures) if measure.length == bar), 0)
    return 0 if whole == 1 and measures[0].length < bar else whole


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


def in_aabb(measures: Sequence[Measure], parts: tuple[list[int], list[int], list[int]]) -> tuple[Measure, ...]:
    """Mark each half as repeated, so that the ordinary rules of repeats play it twice. parts: by `two_parts`. Pure."""
    marked = list(measures)
    for half in parts[1:]:
        marked[half[0]] = replace(marked[half[0]], opens=True)
        marked[half[-1]] = replace(marked[half[-1]], closes=True)
    return tuple(marked)
