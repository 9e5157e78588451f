"""Notes of a chord on piano, bass and pads: within what the hand and the instrument have, near its middle. Pure."""

from __future__ import annotations

from functools import lru_cache

from instrument.music.chord import Chord
from instrument.music.key import Key

BASS = (28, 45)  #: lowest and highest note of the bass's roots
RIGHT = (53, 70)  #: of a piano's right hand
CENTRE = 61.0  #: about which the right hand plays


@lru_cache(maxsize=1024)
def bass_note(pitch_class: int, before: int | None, low: int = BASS[0], high: int = BASS[1]) -> int:
    """The note of a pitch class that a bass plays: the nearest to the one before, or to the middle of its range."""
    there = [pitch for pitch in range(low, high + 1) if pitch % 12 == pitch_class]
    middle = (low + high) // 2
    near = middle if before is None else before
    return min(there, key=lambda pitch: (abs(pitch - near) + 0.4 * abs(pitch - middle), pitch))


@lru_cache(maxsize=1024)
def close_voicing(chord: Chord, low: int = RIGHT[0], high: int = RIGHT[1]) -> tuple[int, ...]:
    """A chord in close position, its inversion the nearest to the middle: so hands move little. () for silence."""
    if chord.silent:
        return ()
    classes = sorted(chord.classes)
    if chord.bass is not None and len(classes) > 3:  # the bass has it already
        classes = [each for each in classes if each != chord.bass or each == chord.root]
    ways = []
    for turn in range(len(classes)):
        order = classes[turn:] + classes[:turn]
        for lowest in (pitch for pitch in range(low, high + 1) if pitch % 12 == order[0]):
            way = [lowest]
            for each in order[1:]:
                way.append(way[-1] + (each - way[-1]) % 12)
            if way[-1] <= high:
                ways.append(tuple(way))
    return min(ways, key=lambda way: (abs(sum(way) / len(way) - CENTRE), way))


def approach(to: int, source: int, key: Key) -> int:
    """The note that leads a bass to `to` from the side on which it stands: a step of the key, or a half step."""
    side = 1 if source > to or (source == to and to % 12 != key.tonic) else -1
    for step in (side, 2 * side):
        if (to + step) % 12 in key.classes:
            return to + step
    return to + side


def fifth_of(chord: Chord) -> int:
    """Pitch class that a bass alternates with: the fifth, the root where the bass of the chord is another note."""
    if chord.bass is not None:
        return chord.root
    ups = {(each - chord.root) % 12 for each in chord.classes}
    return (chord.root + next((up for up in (7, 6, 8) if up in ups), 0)) % 12
