"""Chords on fretted strings: open voicings in DADGAD and its like, found by how a hand would rather hold them. Pure.

Of all ways in which a chord lies under the hand, that one is taken which leaves strings open, stretches little, has
the right note lowest, does not double the third, and lies near the chord before it. A capo stands where the key's
tonic is D, G or A of the tuning, as players put it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from instrument.music.chord import INTERVALS, Chord, Quality

#: strings from the lowest, MIDI notes without a capo
TUNINGS = {
    "DADGAD": (38, 45, 50, 55, 57, 62),
    "drop D": (38, 45, 50, 55, 59, 64),
    "standard": (40, 45, 50, 55, 59, 64),
    "GDAD": (43, 50, 57, 62),
}
FRETS = 5  #: above the capo
HOME = {"DADGAD": (2, 7, 9), "drop D": (2, 7, 9), "standard": (7, 0, 2, 9, 4), "GDAD": (2, 7, 9)}
MUTED = -1
STRETCH = 3  #: frets that a hand spans
DRONES = 2  #: so many of the highest strings may ring open beside a chord that has not their notes

Fretting = tuple[int, ...]  #: of each string from the lowest, the fret above the capo; MUTED for none


def capo(tuning: str, tonic: int) -> int:
    """The lowest fret at which the tonic (0..11) is one of the tuning's home notes, 0..6."""
    return min(((tonic - home) % 12 for home in HOME[tuning] if (tonic - home) % 12 <= 6), default=0)


def pitches(tuning: str, at: int, fretting: Fretting) -> tuple[int, ...]:
    """The MIDI notes of a fretting from the lowest string, muted ones left out. at: the capo's fret."""
    return tuple(string + at + fret for string, fret in zip(TUNINGS[tuning], fretting, strict=True) if fret != MUTED)


@lru_cache(maxsize=2048)
def fretted(chord: Chord, tuning: str = "DADGAD", at: int = 0) -> Fretting:
    """How a chord is held: always the same, so that what several chords share stays where it is.

    at: the capo's fret. () for silence. Some 2 ms the first time, then none.
    """
    if chord.silent:
        return ()
    strings = TUNINGS[tuning]
    ways: list[tuple[int, ...]] = []
    for place, string in enumerate(strings):
        good = [fret for fret in range(FRETS + 1) if (string + at + fret) % 12 in chord.classes]
        ways.append((*good, 0) if place >= len(strings) - DRONES and 0 not in good else tuple(good))
    found: list[tuple[float, Fretting]] = []
    for mute in range(len(strings) - 2):
        lowest = [fret for fret in ways[mute] if (strings[mute] + at + fret) % 12 == chord.lowest] or ways[mute]
        for way in product(lowest, *ways[mute + 1 :]):
            held = [fret for fret in way if fret]
            if held and max(held) - min(held) <= STRETCH:
                found.append((_cost(way, mute, held, chord, strings, at), (MUTED,) * mute + way))
            elif not held:
                found.append((_cost(way, mute, held, chord, strings, at), (MUTED,) * mute + way))
    return min(found)[1] if found else ()


def _cost(
    way: Fretting, mute: int, held: list[int], chord: Chord, strings: tuple[int, ...], at: int
) -> float:  # fmt: skip
    """way: frets of the strings above `mute` muted ones; held: those that fingers hold."""
    sounding = [string + at + fret for string, fret in zip(strings[mute:], way, strict=True)]
    classes = [pitch % 12 for pitch in sounding]
    fingers = len(held) - (held.count(min(held)) - 1 if held else 0)  # one lies across several strings
    cost = 6.0 * (classes[0] != chord.lowest) + 1.3 * mute + 0.12 * sum(held) + 0.3 * len(held)
    cost += 2.5 * max(0, fingers - 4) + (0.8 * max(0, max(held) - min(held) - 2) if held else 0.0)
    return cost + _missing(chord, classes) + sum(_clash(each, chord, classes) for each in set(classes))


def _clash(pitch_class: int, chord: Chord, classes: list[int]) -> float:
    """What an open string costs that the chord has not: much, half a step from a note that sounds."""
    if pitch_class in chord.classes:
        return 0.0
    near = any((pitch_class - other) % 12 in (1, 11) for other in classes)
    return 5.0 if near or chord.quality in (Quality.SEVENTH, Quality.DIMINISHED, Quality.AUGMENTED) else 0.9


def _missing(chord: Chord, classes: list[int]) -> float:
    """What is lacking of a chord, and what there is too much of."""
    cost = 0.0
    for up in INTERVALS[chord.quality]:
        count = classes.count((chord.root + up) % 12)
        if up in (3, 4):
            cost += (3.0 if chord.quality is Quality.MINOR else 2.2) * (count == 0) + 1.2 * max(0, count - 1)
        elif up == 7:
            cost += 0.8 * (count == 0)
        else:
            cost += 4.0 * (count == 0) + (0.8 * max(0, count - 1) if up else 0.0)
    return cost
