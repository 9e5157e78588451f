"""Bars, parts and eights of a written tune: what every count of form starts from.

A bar is a whole one: the pick-up of a part is left out, and two measures that make a bar together are one. A part is
what a repeat sign encloses, or what stands between such parts; its bars are those of its first playing. An eight is
eight bars in a row of one part, from its first. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instrument.music.measure import Measure, Tune
from instrument.music.play_order import Place, follow
from instrument.music.ticks import EIGHTH

Bar = tuple[tuple[int, int, int], ...]  #: (start, duration, pitch) of each note, in ticks from the bar line
STEP = EIGHTH // 2  #: ticks: how finely two bars are compared
NEAR = 0.7  #: share of its semiquavers in which a bar that is nearly another has the same pitch
EIGHT = 8


@dataclass(frozen=True, slots=True)
class Strain:
    """A part. bars: of its first playing; closing: the last bar of each playing; repeated: it is played again;
    bar: ticks in a whole bar."""

    bars: tuple[Bar, ...]
    closing: tuple[Bar, ...]
    repeated: bool
    bar: int


def strains(tune: Tune) -> list[Strain]:
    """The parts in the order they are played; what is shorter than a bar is counted into its neighbour."""
    found: list[tuple[list[int], list[int]]] = []
    place, section = Place(), -1
    while place.measure < len(tune.measures):
        if place.section != section:
            section = place.section
            if not found or sum(tune.measures[i].length for i in found[-1][0]) >= tune.meter.bar:
                found.append(([], []))
        found[-1][place.time - 1].append(place.measure)
        place = follow(tune.measures, place)
    parts = [_strain(tune, first, second) for first, second in found]
    return [part for part in parts if part.bars]


def _strain(tune: Tune, first: Sequence[int], second: Sequence[int]) -> Strain:
    bars = whole_bars([tune.measures[i] for i in first], tune.meter.bar)
    again = whole_bars([tune.measures[i] for i in second], tune.meter.bar)
    return Strain(tuple(bars), tuple(bars[-1:] + again[-1:]), bool(second), tune.meter.bar)


def whole_bars(measures: Sequence[Measure], bar: int) -> list[Bar]:
    """The bars of some measures. bar: ticks; a pick-up before them is dropped, a last bar that lacks one is whole."""
    bars: list[Bar] = []
    taken: list[tuple[int, int, int]] = []
    at = 0
    for measure in measures[1:] if measures and measures[0].length < bar else measures:
        taken += [(at + note.start, note.duration, note.pitch) for note in measure.notes]
        at += measure.length
        if at >= bar:
            bars.append(tuple(taken))
            taken, at = [], 0
    return [*bars, tuple(taken)] if 2 * at >= bar else bars


def eights(tune: Tune) -> list[tuple[Bar, ...]]:
    """Every eight of every part."""
    return [part.bars[k : k + EIGHT] for part in strains(tune) for k in range(0, len(part.bars) - EIGHT + 1, EIGHT)]


def alike(one: Bar, other: Bar, bar: int) -> float:
    """The share of the semiquavers of a bar, 0..1, in which both sound the same pitch or both are silent."""
    pairs = list(zip(_sampled(one, bar), _sampled(other, bar), strict=True))
    return sum(a == b for a, b in pairs) / len(pairs)


def nearly(one: Bar, other: Bar, bar: int) -> bool:
    """Is one bar the other again, a note or two changed?"""
    return one == other or alike(one, other, bar) >= NEAR


def _sampled(notes: Bar, bar: int) -> list[int]:
    """The pitch at each semiquaver of a bar, -1 for none; of a chord the note written last."""
    row = [-1] * max(1, bar // STEP)
    for start, duration, pitch in notes:
        for k in range(start // STEP, max(start // STEP + 1, (start + duration) // STEP)):
            if k < len(row):
                row[k] = pitch
    return row


def plan(eight: Sequence[Bar], bar: int) -> str:
    """The letters of an eight's two-bar units, "abac": units that are nearly the same have the same letter."""
    units = [eight[k : k + 2] for k in range(0, EIGHT, 2)]
    letters: list[str] = []
    for at, unit in enumerate(units):
        same = next((letters[k] for k in range(at) if units_nearly(units[k], unit, bar)), None)
        letters.append(same or "abcd"[len(set(letters))])
    return "".join(letters)


def units_nearly(one: Sequence[Bar], other: Sequence[Bar], bar: int) -> bool:
    """Are these bars, on average, alike enough to be nearly the same?"""
    return sum(alike(a, b, bar) for a, b in zip(one, other, strict=True)) >= NEAR * len(one)
