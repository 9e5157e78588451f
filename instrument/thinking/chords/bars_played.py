"""Bars of a tune as it is played, repeats unrolled, and the measures that make each: what a backer counts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from instrument.music.measure import Measure
from instrument.music.note import Note
from instrument.music.play_order import Place, follow
from instrument.thinking.chords.half_bars import Bar

LONGEST = 1024  #: measures as played, more than any tune has


@dataclass(frozen=True, slots=True)
class PlayedTune:
    """Tune as it is played, repeats unrolled.

    bars: ticks from the tune's top; a part's last bar and the pick-up behind it are one
    written: of each bar the measures that make it; starts: tick of each measure played; places: and its place."""

    bars: tuple[Bar, ...]
    written: tuple[tuple[int, ...], ...]
    starts: tuple[int, ...]
    places: tuple[Place, ...]


def played(measures: Sequence[Measure], bar: int, top: int = 0) -> PlayedTune:
    """A tune as it is played from measure `top`, as far as it is written. bar: ticks."""
    bars: list[Bar] = []
    written: list[tuple[int, ...]] = []
    starts: list[int] = []
    places: list[Place] = []
    place, at, section, in_part, lacking = Place(top, 1, top), 0, (top, 1), 0, 0
    while place.measure < len(measures) and len(places) < LONGEST:
        measure = measures[place.measure]
        notes = tuple(replace(note, start=note.start + at) for note in measure.notes)
        if (place.section, place.time) != section:
            section, in_part = (place.section, place.time), 0
        if lacking and bars and measure.length <= lacking:
            bars[-1] = replace(bars[-1], ends=at + measure.length, notes=bars[-1].notes + notes)
            written[-1] += (place.measure,)
            lacking -= measure.length
        else:
            whole = measure.length >= bar or bool(bars)
            bars.append(Bar(at, at + measure.length, _tied(bars, at) + notes, in_part if whole else -1))
            written.append((place.measure,))
            in_part += whole
            lacking = max(0, bar - measure.length) if whole else 0
        starts.append(at)
        places.append(place)
        at += measure.length
        place = follow(measures, place)
    return PlayedTune(tuple(bars), tuple(written), tuple(starts), tuple(places))


def _tied(bars: Sequence[Bar], at: int) -> tuple[Note, ...]:
    """Notes of the bar before that sound on."""
    return tuple(note for note in bars[-1].notes if note.end > at) if bars else ()
