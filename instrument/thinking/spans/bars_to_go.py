"""Bars to go in a tune: counted along its repeats and endings, what is not written yet as its plan has it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.analysis.part_bars import PART
from instrument.music.dances.phrasing import bar_of_part
from instrument.music.measure import Measure
from instrument.music.plan import Plan
from instrument.music.play_order import Place, follow, in_aabb, two_parts
from instrument.music.set_place import UNKNOWN

LONGEST = 600  #: measures as played, beyond which nothing is said


def whole_tune(measures: Sequence[Measure], plan: Plan, whole: bool, aabb: bool, bar: int) -> tuple[Measure, ...]:
    """The measures of the whole tune, those not written yet without notes; () where nobody knows its end.

    measures: as written so far; whole: these are all; aabb: halves without signs are repeated; bar: ticks
    """
    if whole:
        return tuple(measures)
    if not plan or len(plan) < len(measures):
        return ()
    planned = [
        Measure((), bar - place.lacks, place.opens or (index > 0 and plan[index - 1].sign == "|:"),
                place.sign == ":|", place.ending, 0, 0)
        for index, place in enumerate(plan)
    ]  # fmt: skip
    found = (*measures, *planned[len(measures) :])
    parts = two_parts(found) if aabb else None
    return in_aabb(found, parts) if parts else found


def bars_left(measures: Sequence[Measure], place: Place, bar: int) -> int:
    """Whole bars that are played behind a place until the tune is over; UNKNOWN for a tune that is not known.

    A pick-up belongs to the bar that it leads into, and makes up for what the one before lacks.
    """
    if place.measure >= len(measures):
        return UNKNOWN
    ticks = 0
    for _ in range(LONGEST):
        place = follow(measures, place)
        if place.measure >= len(measures):
            return -(-ticks // bar) if ticks % bar > bar // 2 else ticks // bar
        ticks += measures[place.measure].length
    return UNKNOWN


def ends_part(measures: Sequence[Measure], plan: Plan, place: Place, bar: int) -> bool:
    """Whether a part has been played through once behind a place: eight bars, or as the plan has it."""
    if place.measure < len(plan):
        here = plan[place.measure]
        return here.bar > 0 and here.left == 0
    if place.measure >= len(measures):
        return False
    if measures[place.measure].closes:
        return True
    before, into = bar_of_part(measures, place, bar)
    return before >= 0 and not into and (before + 1) % PART == 0


def bars_in_part(measures: Sequence[Measure], plan: Plan, place: Place, bar: int) -> int:
    """Whole bars behind a place until its part has been played through; UNKNOWN where nobody knows."""
    count = 0
    while not ends_part(measures, plan, place, bar):
        place = follow(measures, place) if place.measure < len(measures) else Place(len(measures))
        if place.measure >= len(measures) or count >= LONGEST:
            return UNKNOWN
        count += measures[place.measure].length > bar // 2
    return count
