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
FRETS = 4  #: above the capo
HOME = {"DADGAD": (2, 7, 9), "drop D": (2, 7, 9), "standard": (7, 0, 2, 9, 4), "GDAD": (2, 7, 9)}
MUTED = -1

Fretting = tuple[int, ...]  #: of each string from the lowest, the fret above the capo; MUTED for none


def capo(tuning: str, tonic: int) -> int:
    """The lowest fret at which the tonic (0..11) is one of the tuning's home notes, 0..6."""
    return min(((tonic - home) % 12 for home in HOME[tuning] if (tonic - home) % 12 <= 6), default=0)


def pitches(tuning: str, at: int, fretting: Fretting) -> tuple[int, ...]:
    """The MIDI notes of a fretting from the lowest string, muted ones left out. at: the capo's fret."""
    return tuple(string + at + fret for string, fret in zip(TUNINGS[tuning], fretting, strict=True) if fret != MUTED)


@lru_cache(maxsize=2048)
def fretted(chord: Chord, tuning: str = "DADGAD", at: int = 0, before: Fretting = ()) -> Fretting:
    """How a chord is held. at: the capo's fret; before: how the one before it was, () for none. () for silence."""
    if chord.silent:
        return ()
    strings = TUNINGS[tuning]
    ways = []
    for string in strings:
        good = [fret for fret in range(FRETS + 1) if (string + at + fret) % 12 in chord.classes]
        ways.append((*good, MUTED))
    found = min(product(*ways), key=lambda way: (_cost(way, chord, strings, at, before), way))
    return found


def _cost(way: Fretting, chord: Chord, strings: tuple[int, ...], at: int, before: Fretting) -> float:
    sounding = [(place, string + at + fret) for place, (string, fret) in enumerate(zip(strings, way, strict=True))
                if fret != MUTED]  # fmt: skip
    if len(sounding) < min(3, len(strings) - 1):
        return 1000.0 - len(sounding)
    held = [fret for fret in way if fret > 0]
    classes = [pitch % 12 for _, pitch in sounding]
    cost = 6.0 * (classes[0] != chord.lowest)
    inner = [fret == MUTED for fret in way[sounding[0][0] : sounding[-1][0]]]
    cost += 3.0 * sum(inner) + 1.6 * (sounding[-1][0] < len(strings) - 1) + 0.7 * sounding[0][0]
    cost += 0.25 * sum(held) + 0.4 * len(held) + 2.0 * max(0, len(held) - 4)
    if held:
        cost += 1.2 * max(0, max(held) - min(held) - 2)
    cost += _missing(chord, classes)
    cost += sum(0.15 * abs(fret - old) for fret, old in zip(way, before, strict=False) if MUTED not in (fret, old))
    return cost


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
