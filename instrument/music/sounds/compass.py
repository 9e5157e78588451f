"""Compass of an instrument: its lowest and highest note, by name or as two notes, and tunes folded into it by octaves.

Notes are MIDI numbers as they sound. Pure.
"""

from __future__ import annotations

import re

from instrument.music.key import LETTER_SEMITONES, LETTERS, Key, transposition

Compass = tuple[int, int]  #: lowest and highest MIDI note

INSTRUMENTS: dict[str, Compass] = {
    "D whistle": (74, 95),
    "low whistle": (62, 83),
    "C whistle": (72, 93),
    "flute": (62, 88),
    "fiddle": (55, 83),
    "pipes": (62, 86),
    "accordion": (59, 88),
    "concertina": (55, 88),
    "banjo": (43, 71),
    "mandolin": (55, 86),
    "bouzouki": (43, 74),
    "harp": (48, 91),
    "voice": (55, 79),
}
WRITTEN_CENTRE = 69  #: the middle of the books' tunes as they are written on C
READS_LOWER = 72  #: instruments whose lowest note is not under this are written an octave under where they sound
READS_HIGHER = 76  #: and those whose highest is not above this an octave above
PIANO = (21, 108)  #: lowest and highest key
FEWEST = 12  #: semitones that a compass has at least
_NOTE = re.compile(r"([A-Ga-g])([#b]?)(-?\d)")


def parse(text: str) -> Compass | None:
    """ "fiddle", "D whistle" or two notes, "D5 B6" (C4 is middle C); None for "any". Raises ValueError, one line."""
    words = text.split()
    if not words or text.strip().lower() == "any":
        return None
    for name, compass in INSTRUMENTS.items():
        if name.lower() == text.strip().lower():
            return compass
    notes = [_NOTE.fullmatch(word) for word in words]
    if len(notes) != 2 or not all(notes):
        raise ValueError(f'"{text}" is no compass; write two notes, "D5 B6", or one of any, {", ".join(INSTRUMENTS)}')
    low, high = (_midi(match) for match in notes if match)
    if not 0 <= low <= high - FEWEST or high > 127:
        raise ValueError(f'"{text}" is no compass; it needs an octave at least, the lower note first')
    return low, high


def zone(text: str) -> Compass | None:
    """Keys of a keyboard that are set apart: "B3", it and all below, or its lowest and highest, "C2 B3"; None for
    "none". Raises ValueError, one line, also where it leaves no octave of a piano's keys for a melody."""
    words = text.split()
    if not words or text.strip().lower() == "none":
        return None
    notes = [_NOTE.fullmatch(word) for word in words]
    if len(notes) > 2 or not all(notes):
        raise ValueError(f'"{text}" is no zone; write its highest key, "B3", its lowest and highest, "C2 B3", or none')
    found = [_midi(match) for match in notes if match]
    low, high = (0, found[0]) if len(found) == 1 else (found[0], found[1])
    if not 0 <= low <= high <= 127:
        raise ValueError(f'"{text}" is no zone; its lower key comes first')
    if max(PIANO[1] - max(high, PIANO[0] - 1), min(low, PIANO[1] + 1) - PIANO[0]) < FEWEST:
        raise ValueError(f'"{text}" leaves no octave of keys for the melody; end it lower, at "B3" say')
    return low, high


def note_named(text: str) -> int | None:
    """A key by its name, "C4", which is middle C, as a MIDI note; None for "none". Raises ValueError, one line."""
    if text.strip().lower() == "none":
        return None
    match = _NOTE.fullmatch(text.strip())
    if match is None or not 0 <= _midi(match) <= 127:
        raise ValueError(f'"{text}" is no key; write its name, "C4" (C4 is middle C), or none')
    return _midi(match)


def _midi(match: re.Match[str]) -> int:
    letter = LETTERS.index(match[1].upper())
    return 12 * (int(match[3]) + 1) + LETTER_SEMITONES[letter] + {"": 0, "#": 1, "b": -1}[match[2]]


def semitones_up(key: Key, octave: int, compass: Compass | None) -> int:
    """From a tune as it is written on C to how it sounds: its key's transposition and its voice's octave; with a
    compass whole octaves besides, so that the middle of what is usually written comes nearest to its middle."""
    up = transposition(key) + 12 * octave
    if compass is None:
        return up
    middle = sum(compass) / 2
    return up + 12 * round((middle - WRITTEN_CENTRE - up) / 12)


def printed_octave(key: Key, octave: int, compass: Compass | None) -> int:
    """How many octaves above the tune as written on C its instrument reads it: where it sounds, but for whistles, which
    read an octave under that, and for the low strung ones, an octave above."""
    up = (semitones_up(key, octave, compass) - transposition(key)) // 12
    if compass is None:
        return up
    low, high = compass
    return up - 1 if low >= READS_LOWER else up + 1 if high <= READS_HIGHER else up


def fold(pitch: int, compass: Compass | None) -> int:
    """A pitch moved by whole octaves into the compass; as it is where there is none."""
    if compass is None:
        return pitch
    low, high = compass
    if pitch < low:
        return pitch + 12 * -((pitch - low) // 12)
    return pitch - 12 * -((high - pitch) // 12) if pitch > high else pitch
