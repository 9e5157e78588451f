"""Swing of a dance, and how far its dynamics lean on the beat. Pure.

Swing lengthens the first half of each beat; in compound time it lengthens the first third of a beat at the cost of the
second. It moves what stands inside beats, never a beat or a bar line.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH, QUARTER

MIDDLE = 84  #: velocity that leaning turns about


def swung(tick: int, barline: int, meter: Meter, swing: float) -> int:
    """Where `tick` falls. barline: a tick on one; swing: 0.5 is even .. 0.75, the first half's share of a beat."""
    beat = 3 * EIGHTH if meter.compound else QUARTER
    number, inside = divmod(tick - barline, beat)
    long = swing - 0.5
    knots = [(0.0, 0.0), (0.5, swing), (1.0, 1.0)]
    if meter.compound:
        knots = [(0.0, 0.0), (1 / 3, 1 / 3 + long / 2), (2 / 3, 2 / 3 + long / 4), (1.0, 1.0)]
    place = inside / beat
    for (x0, y0), (x1, y1) in pairwise(knots):
        if place <= x1:
            return barline + number * beat + round((y0 + (place - x0) * (y1 - y0) / (x1 - x0)) * beat)
    return tick


def with_swing(note: Note, barline: int, meter: Meter, swing: float) -> Note:
    """The note, begun and ended where swing has it."""
    start, end = swung(note.start, barline, meter, swing), swung(note.end, barline, meter, swing)
    return replace(note, start=start, duration=max(1, end - start))


def leaning(velocity: int, amount: float) -> int:
    """A velocity's distance from the middle, more or less of it. amount: 0 is level, 1 as it is, 2 twice as far."""
    return max(1, min(127, round(MIDDLE + (velocity - MIDDLE) * amount)))
