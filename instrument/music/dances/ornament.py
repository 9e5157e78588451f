"""Ornaments as players of these dances add them: cuts, rolls, and triplets on crotchets. Pure.

Source: Sturm, "Making sense of the folk-rnn v2 model", on a week of lessons: a roll on a D within one crotchet is D E
D C# D; the E is a cut, a blip of no tonal value that changes the attack; cuts fall above all where a note repeats;
not every note is ornamented in the same way. Upper and lower neighbours are the key's. What is added stays inside the
note that it adorns, and numbers are passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

from instrument.music.dances.written_ornament import BLIP, GAP, adorned, neighbour
from instrument.music.key import Key
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH, QUARTER

ROLLED = (QUARTER * 9 // 10, 3 * EIGHTH)  #: ticks: the notes that are rolled
ROLL, RUN, REPEATED, STRESSED = 0.7, 0.5, 0.9, 0.25  #: how likely each is where it may stand, at full ornament


def ornamented(
    notes: Sequence[Note], before: int | None, key: Key, bpm: float, amount: float, chance: Iterable[float],
    written: Mapping[int, Sequence[str]] = MappingProxyType({}),
) -> tuple[Note, ...]:  # fmt: skip
    """A melody, some of its notes adorned.

    notes: of one voice, in order, none together; before: the pitch played last, or None; bpm: quarters a minute
    amount: 0 none .. 1 as many as there may be; chance: numbers in [0, 1), one for each note, and one more each
    written: by the tick of a note, what somebody wrote over it: that is played, and nothing is added to it
    """
    numbers = iter(chance)
    blip = round(BLIP * bpm / 60 * QUARTER)
    played: list[Note] = []
    for place, note in enumerate(notes):
        following = notes[place + 1] if place + 1 < len(notes) else None
        luck, which = next(numbers) / amount if amount else 1.0, next(numbers)
        if own := written.get(note.start):
            played += adorned(note, own, key, bpm)
        else:
            played += _adorned(note, before, following, key, blip, luck, which)
        before = note.pitch
    return tuple(played)


def _adorned(
    note: Note, before: int | None, following: Note | None, key: Key, blip: int, luck: float, which: float
) -> Iterable[Note]:
    up, down = neighbour(note.pitch, key, 1), neighbour(note.pitch, key, -1)
    crotchet = ROLLED[0] <= note.duration <= ROLLED[1]
    steps = _run(note.pitch, following.pitch, key) if crotchet and following and note.duration <= QUARTER else []
    if steps and luck < RUN and which < 0.4:
        return _shares(note, [(pitch, Fraction(1, 3)) for pitch in steps])
    if crotchet and luck < ROLL and note.duration >= 6 * blip:
        third, b = Fraction(1, 3), Fraction(blip, note.duration)
        pitches = ((note.pitch, third), (up, b), (note.pitch, third - b), (down, b), (note.pitch, third - b))
        return _shares(note, pitches)
    likely = REPEATED if note.pitch == before else STRESSED if note.velocity >= 88 else 0.0
    if luck < likely and note.duration >= 3 * blip:
        b = Fraction(blip, note.duration)
        return _shares(note, ((up, b), (note.pitch, 1 - b)))
    return (note,)


def _run(start: int, end: int, key: Key) -> list[int]:
    """Three pitches that lead from one note to another a third or a fourth away; none for other leaps."""
    way = 1 if end > start else -1
    if neighbour(start, key, 3 * way) == end:
        return [start, neighbour(start, key, way), neighbour(start, key, 2 * way)]
    if neighbour(start, key, 2 * way) == end:
        return [start, neighbour(start, key, -way), neighbour(start, key, way)]
    return []


def _shares(note: Note, shares: Iterable[tuple[int, Fraction]]) -> Iterator[Note]:
    """The note's time given to several pitches; those within MIDI's range."""
    at, past = note.start, Fraction(0)
    for pitch, share in shares:
        past += share
        ends = note.start + int(past * note.duration)
        length = max(1, ends - at)
        velocity = note.velocity if share > Fraction(1, 4) else max(1, note.velocity * 4 // 5)
        if 0 <= pitch <= 127:
            yield replace(note, start=at, duration=max(1, length - length // GAP), pitch=pitch, velocity=velocity)
        at = ends
