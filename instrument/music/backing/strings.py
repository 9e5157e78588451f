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
FEWEST = 3  #: strings that sound
STRETCH = 3  #: frets that a hand spans
FORCED = 5.0  #: cost from which on strings are rather muted
DRONES = 2  #: so many of the highest strings may ring open beside a chord that has not their notes

Fretting = tuple[int, ...]  #: of each string from the lowest, the fret above the capo; MUTED for none


def capo(tuning: str, tonic: int) -> int:
    """The lowest fret at which the tonic (0..11) is one of the tuning's home notes, 0..6."""
    return min(((tonic - home) % 12 for home in HOME[tuning] if (tonic - home) % 12 <= 6), default=0)


def pitches(tuning: str, at: int, fretting: Fretting) -> tuple[int, ...]:
    """The MIDI notes of a fretting from the lowest string, muted ones left out. at: the capo's fret."""
    held = zip(TUNINGS[tuning], fretting, strict=True) if fretting else ()
    return tuple(string + at + fret for string, fret in held if fret != MUTED)


@lru_cache(maxsize=2048)
def fretted(chord: Chord, tuning: str = "DADGAD", at: int = 0) -> Fretting:
    """How a chord is held: always the same, so that what several chords share stays where it is.

    at: the capo's fret. () for silence. Some 2 ms the first time, then none.
    """
    if chord.silent:
        return ()
    cost, best = _best(chord, TUNINGS[tuning], at, False)
    return best if cost < FORCED else min((cost, best), _best(chord, TUNINGS[tuning], at, True))[1]


def _best(chord: Chord, strings: tuple[int, ...], at: int, mutes: bool) -> tuple[float, Fretting]:
    """The way that a hand minds least, and how much it does. mutes: whether any string may be muted."""
    ways: list[tuple[int, ...]] = []
    for place, string in enumerate(strings):
        good = [fret for fret in range(FRETS + 1) if (string + at + fret) % 12 in chord.classes]
        if place >= len(strings) - DRONES and _may_ring((string + at) % 12, chord):
            good.append(0)
        ways.append(tuple(dict.fromkeys([*good, MUTED] if mutes or not good else good)))
    found: list[tuple[float, Fretting]] = []
    for mute in range(len(strings) - 1):
        for way in product(*ways[mute:]):
            held = [fret for fret in way if fret > 0]
            if way[0] != MUTED and (not held or max(held) - min(held) <= STRETCH):
                found.append((_cost(way, mute, held, chord, strings, at), (MUTED,) * mute + way))
    return min(found, default=(100.0, ()))


def _may_ring(pitch_class: int, chord: Chord) -> bool:
    """Whether an open string may ring beside a chord that has not its note: not half a step from one of them."""
    simple = chord.quality not in (Quality.SEVENTH, Quality.DIMINISHED, Quality.AUGMENTED)
    return simple and not any((pitch_class - own) % 12 in (1, 11) for own in chord.classes)


def _cost(way: Fretting, mute: int, held: list[int], chord: Chord, strings: tuple[int, ...], at: int) -> float:
    """How a hand minds a way. way: frets of the strings above `mute` muted ones; held: those that fingers hold."""
    sounding = [string + at + fret for string, fret in zip(strings[mute:], way, strict=True) if fret != MUTED]
    if len(sounding) < FEWEST:
        return 100.0 - len(sounding)
    classes = [pitch % 12 for pitch in sounding]
    fingers = len(held) - (held.count(min(held)) - 1 if held else 0)  # one lies across several strings
    cost = 6.0 * (classes[0] != chord.lowest) + 1.3 * mute + 3.0 * way.count(MUTED) + 0.12 * sum(held) + 0.3 * len(held)
    cost += 2.5 * max(0, fingers - 4) + (0.8 * max(0, max(held) - min(held) - 2) if held else 0.0)
    cost += 0.06 * sum(place for place, fret in enumerate(way) if fret > 0)  # the high strings ring open, not the low
    return cost + _missing(chord, classes) + 0.9 * sum(each not in chord.classes for each in set(classes))


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
