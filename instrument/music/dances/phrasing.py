"""Phrases of four bars as they are played: louder towards the middle, easing at the close, in an air in their own time.

A phrase is found from the tune as written: bars are counted from the beginning of the part, its pick-up aside, and a
second ending stands where the first does. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from instrument.music.measure import Measure
from instrument.music.play_order import Place

BARS = 4  #: of a phrase
SWELL = 26  #: velocity between the quietest and the loudest of a phrase, at full amount
EASE = 8  #: velocity that its last bar gives up besides
SLOWING = 2  #: bars of a final ritardando
SLOWEST = 1 / 3  #: of the tempo, at the end of one
DEPTH = 0.22  #: how much longer the beats at the ends of a phrase are than those in its middle, at full amount


def bar_of_part(measures: Sequence[Measure], place: Place, bar: int) -> tuple[int, int]:
    """(whole bars before it in its part, ticks into its bar) of a measure; -1 and where it begins for a pick-up.

    measures: as written, at least up to the place; bar: ticks of a whole one
    """
    at = first_ending = 0
    section = min(place.section, place.measure)
    for index in range(section, min(place.measure, len(measures) - 1) + 1):
        measure = measures[index]
        if index == section and measure.length < bar:
            at = -measure.length
        if measure.ending == 1:
            first_ending = at
        elif measure.ending == 2:
            at = first_ending
        if index < place.measure:
            at += measure.length
    return at // bar, at % bar


def loudness(place: float) -> float:
    """Velocity more or less than the mean: rising to the middle, easing at the close. place: in the phrase, 0..1."""
    return SWELL * (sin(pi * place) - 2 / pi) - EASE * max(0.0, (place - 0.75) * 4)


def stretches(beats: int, amount: float) -> tuple[float, ...]:
    """How much longer than the clock's each beat of a phrase lasts. It begins broadly, goes on, and broadens more to
    its close; the mean is exactly as long as the clock's, so that a phrase ends with it. amount: 0..1."""
    shape = [_breadth((beat + 0.5) / beats) for beat in range(beats)]
    mean = sum(shape) / beats
    return tuple(1 + amount * DEPTH * (each - mean) for each in shape)


def ritardando(beats: int, amount: float) -> tuple[float, ...]:
    """How much longer than before each beat of a final ritardando lasts; the last one's is that of what is held.

    Tempo falls as a runner's speed who comes to a stop: v(x) = (1 + (w^3 - 1) x)^(1/3) (Friberg and Sundberg 1999).
    amount: 0..1, at which the last beat is at a third of the tempo
    """
    last = 1 - amount * (1 - SLOWEST)
    return tuple(1 / (1 + (last**3 - 1) * (beat + 1) / beats) ** (1 / 3) for beat in range(beats))


def _breadth(place: float) -> float:
    return cos(2 * pi * place) / 2 + max(0.0, (place - 0.75) * 4) ** 2
