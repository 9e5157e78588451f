"""Transcription of a phrase that somebody has played: notes as performed to folk-rnn tokens, in a meter and a key.
Pure.

Each beat is put on the coarsest grid that does it justice: eighths, sixteenths, or a triplet where three notes share a
quarter evenly. Of notes struck together the highest is the melody; a note that finds no place of its own is an
ornament, and is left out. A note lasts to the next one unless the player clearly let go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from instrument.music.abc.parse import WrittenTune
from instrument.music.key import LETTER_SEMITONES, Key, transposition
from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.encode import CENTRE, spelt

SIXTEENTH = EIGHTH // 2
TOGETHER = EIGHTH // 5  #: ticks within which notes are struck together
EARLY = EIGHTH // 4  #: ticks before a beat from which a note belongs to it
LOOSE = 0.36  #: of an eighth: as far as notes may be from where eighths fall, and still be eighths
LET_GO = 0.7  #: of an eighth: a longer silence before the next note is a rest
LENGTHS = tuple(Fraction(n, 2) for n in (24, 18, 16, 14, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1))  #: that there are signs for
LOWEST, HIGHEST = 52, 84  #: written pitches, MIDI; within them every accidental has a sign
_CHROMATIC = {1: (0, 1), 3: (2, -1), 6: (3, 1), 8: (4, 1), 10: (6, -1)}  # pitch class: letter, alteration


@dataclass(frozen=True, slots=True)
class _Placed:
    """On the grid. start, end: ticks from the first bar line, below 0 in a pick-up; triplet: one of three."""

    start: int
    end: int
    pitch: int
    triplet: bool = False


def transcribed(notes: Sequence[Note], meter: Meter, key: Key, bars: int) -> tuple[str, ...]:
    """Tokens without `M:` and `K:`, every bar full, the last one closed by `|`; a pick-up before the first is as short
    as it was played.

    notes: starts in ticks from the first bar line, below 0 in a pick-up, in any order; bars: how many are written
    """
    placed = _placed(_melody(notes), meter)
    mode = Key(0, 0, key.mode)
    written = _spelling(placed, key, mode)
    body: list[WrittenTune] = []
    if placed and placed[0].start < 0:
        body += [*_bar(placed, written, placed[0].start, 0), WrittenTune("bar", text="|")]
    for bar in range(bars):
        body += [*_bar(placed, written, bar * meter.bar, (bar + 1) * meter.bar), WrittenTune("bar", text="|")]
    return tuple(spelt(body, mode))


def _melody(notes: Sequence[Note]) -> list[Note]:
    """The highest of each group struck together, in order."""
    found: list[Note] = []
    for note in sorted(notes, key=lambda note: (note.start, -note.pitch)):
        if not found or note.start - found[-1].start > TOGETHER:
            found.append(note)
        elif note.pitch > found[-1].pitch:
            found[-1] = note
    return found


def _placed(notes: Sequence[Note], meter: Meter) -> list[_Placed]:
    beat = 3 * EIGHTH if meter.compound else QUARTER
    starts: dict[int, tuple[Note, bool]] = {}
    for number in sorted({(note.start + EARLY) // beat for note in notes}):
        here = [note for note in notes if (note.start + EARLY) // beat == number]
        for start, note, triplet in _beat(here, number * beat, beat):
            if start not in starts or note.duration > starts[start][0].duration:
                starts[start] = (note, triplet)
    order = sorted(starts)
    follower = dict(pairwise(order))
    return [
        _Placed(start, _end(start, starts[start][0], follower.get(start), beat, starts[start][1]), *_of(starts[start]))
        for start in order
    ]


def _of(found: tuple[Note, bool]) -> tuple[int, bool]:
    return found[0].pitch, found[1]


def _beat(notes: Sequence[Note], first: int, beat: int) -> Iterator[tuple[int, Note, bool]]:
    """Where each note of one beat goes: ticks, note, whether it is of a triplet."""
    third = beat // 3
    eighths = [round((note.start - first) / EIGHTH) * EIGHTH for note in notes]
    sixteenths = [round((note.start - first) / SIXTEENTH) * SIXTEENTH for note in notes]
    if beat == QUARTER and len(notes) == 3:
        ideal = [0, third, 2 * third]
        if _miss(notes, first, ideal) < _miss(notes, first, sixteenths):
            yield from ((first + place, note, True) for place, note in zip(ideal, notes, strict=True))
            return
    loose = max(abs(note.start - first - place) for note, place in zip(notes, eighths, strict=True))
    fits = loose <= LOOSE * EIGHTH and len(set(eighths)) == len(notes)
    for place, note in zip(eighths if fits else sixteenths, notes, strict=True):
        yield first + place, note, False


def _miss(notes: Sequence[Note], first: int, places: Sequence[int]) -> int:
    return sum(abs(note.start - first - place) for note, place in zip(notes, places, strict=True))


def _end(start: int, note: Note, follower: int | None, beat: int, triplet: bool) -> int:
    if triplet:  # its third ends with the beat
        return min(start + beat // 3, follower) if follower is not None else start + beat // 3
    let_go = max(round(note.end / EIGHTH) * EIGHTH, start + SIXTEENTH)
    if follower is None:
        return max(-(-(note.end - EARLY) // beat) * beat, start + EIGHTH - start % EIGHTH)  # to the end of its beat
    return follower if follower - note.end <= LET_GO * EIGHTH else min(let_go, follower)


def _bar(placed: Sequence[_Placed], written: Sequence[WrittenTune], first: int, last: int) -> Iterator[WrittenTune]:
    """What stands between two bar lines; a note over a bar line is struck again."""
    at = first
    for one, sign in zip(placed, written, strict=True):
        start, end = max(one.start, first), min(one.end, last)
        if start >= end or start < at:
            continue
        yield from _lasting(WrittenTune("rest"), start - at)
        if one.triplet:
            if one.start % QUARTER == 0:
                yield WrittenTune("tuplet", tuplet=3)
            yield sign
        else:
            yield from _lasting(sign, end - start)
        at = end
    yield from _lasting(WrittenTune("rest"), last - at)


def _lasting(sign: WrittenTune, ticks: int) -> Iterator[WrittenTune]:
    """A note or rest of so many ticks, in as many pieces as there are signs for."""
    left = Fraction(ticks, EIGHTH)
    while left > 0:
        length = next(length for length in LENGTHS if length <= left)
        left -= length
        yield WrittenTune(sign.kind, sign.letter, sign.octave, sign.alteration, length)


def _spelling(placed: Sequence[_Placed], key: Key, mode: Key) -> list[WrittenTune]:
    """Each pitch on C, in the octave that folk-rnn's tunes are in."""
    if not placed:
        return []
    down = transposition(key)
    mean = sum(one.pitch - down for one in placed) / len(placed)
    octaves = 12 * round((CENTRE - mean) / 12)
    return [_written(_folded(one.pitch - down + octaves), mode) for one in placed]


def _folded(pitch: int) -> int:
    while pitch < LOWEST:
        pitch += 12
    while pitch > HIGHEST:
        pitch -= 12
    return pitch


def _written(pitch: int, mode: Key) -> WrittenTune:
    there = pitch % 12
    scale = {(LETTER_SEMITONES[letter] + mode.signature[letter]) % 12: letter for letter in range(7)}
    if there in scale:
        letter, alteration = scale[there], mode.signature[scale[there]]
    elif there in LETTER_SEMITONES:
        letter, alteration = LETTER_SEMITONES.index(there), 0
    else:
        letter, alteration = _CHROMATIC[there]
    octave = (pitch - 60 - LETTER_SEMITONES[letter] - alteration) // 12
    return WrittenTune("note", letter, octave, alteration)
