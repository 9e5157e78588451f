"""Ornaments that somebody wrote over a note, as they are played: rolls, trills, turns, grace notes, staccato.

An ornament is a word, or "grace" with the steps of the scale that its notes lie above the note, "grace 1 -1".
All of it stays inside the note, at the speed of a hand, which is the same at every tempo; a note too short for what is
asked gets a cut. A roll is the dances' own (`instrument.music.dances.ornament`); trills begin on the note itself, as
folk players have them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from instrument.music.key import LETTER_SEMITONES, Key
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH, QUARTER

ROLL, TRILL, TURN, INVERTED = "roll", "trill", "turn", "inverted turn"
MORDENT, PRALL, STACCATO, ACCENT, GRACE = "mordent", "pralltriller", "staccato", "accent", "grace"
BLIP, SHAKE = 0.045, 0.075  #: seconds of a cut or a tap, of a note of a trill or a turn
LOUDER = 16  #: velocity that an accent adds
SHORT = 2  #: staccato is half a note
GAP = 24  #: a note ends 1/24 early, so that what follows speaks
ROLLED = 3 * EIGHTH  #: ticks that a roll takes of a longer note
Shares = list[tuple[int, int]]  #: (steps of the scale above the note, ticks)


def adorned(note: Note, ornaments: Iterable[str], key: Key, bpm: float) -> tuple[Note, ...]:
    """A note as it is played with what is written over it. bpm: quarter notes a minute; what is unknown is left out."""
    second, wanted = bpm / 60 * QUARTER, list(ornaments)
    if ACCENT in wanted:
        note = replace(note, velocity=min(127, note.velocity + LOUDER))
    before, shares = Shares(), Shares()
    for one in wanted:
        if steps := steps_of(one):
            each = min(round(BLIP * second), note.duration // (2 * len(steps)))
            before = [(step, each) for step in steps]
    left = note.duration - sum(ticks for _, ticks in before)
    for one in wanted:
        shares = shares or _shares(one, left, round(BLIP * second), round(SHAKE * second))
    played = _notes(note, [*before, *(shares or [(0, left)])], key)
    if STACCATO in wanted:
        played[-1] = replace(played[-1], duration=max(1, played[-1].duration // SHORT))
    return tuple(played)


def steps_of(ornament: str) -> tuple[int, ...]:
    """Of grace notes, their steps above the note."""
    name, *steps = ornament.split() or [""]
    return tuple(map(int, steps)) if name == GRACE else ()


def _shares(ornament: str, left: int, blip: int, shake: int) -> Shares:
    """How a note's ticks are shared; none for what shares nothing. A note that has no room for it gets a cut."""
    if ornament == ROLL and left >= 6 * blip:
        third = min(left, ROLLED) // 3
        return [(0, third), (1, blip), (0, third - blip), (-1, blip), (0, left - 2 * third - blip)]
    if ornament == TRILL and left >= 4 * shake:
        turns = left // shake // 2  # from the note to the one above it; it ends on the note
        pairs = [(step, shake) for _ in range(turns - 1) for step in (0, 1)]
        return [*pairs, (0, left - shake * len(pairs))]
    if ornament in (TURN, INVERTED) and left >= 5 * shake:
        way = 1 if ornament == TURN else -1
        return [(way, shake), (0, shake), (-way, shake), (0, left - 3 * shake)]
    if ornament in (MORDENT, PRALL, TRILL, TURN, INVERTED) and left >= 4 * blip:
        way = -1 if ornament in (MORDENT, INVERTED) else 1
        return [(0, blip), (way, blip), (0, left - 2 * blip)]
    if ornament in (ROLL, TRILL, TURN, INVERTED, MORDENT, PRALL) and left >= 2:
        cut = min(blip, left // 2)
        return [(-1 if ornament in (MORDENT, INVERTED) else 1, cut), (0, left - cut)]
    return []


def _notes(note: Note, shares: Shares, key: Key) -> list[Note]:
    """The note's ticks given to its pitch and its neighbours, within MIDI's range."""
    if len(shares) == 1:
        return [note]
    found, at = list[Note](), note.start
    for step, ticks in shares:
        pitch, velocity = neighbour(note.pitch, key, step), note.velocity
        if step:
            velocity = max(1, velocity * 4 // 5)
        if ticks > 0 and 0 <= pitch <= 127:
            found.append(replace(note, start=at, duration=max(1, ticks - ticks // GAP), pitch=pitch, velocity=velocity))
        at += ticks
    return found


def neighbour(pitch: int, key: Key, steps: int) -> int:
    """The pitch so many steps of the key's scale away; a pitch outside the scale goes to the nearest within. Pure."""
    scale = {(LETTER_SEMITONES[letter] + alteration) % 12 for letter, alteration in enumerate(key.signature)}
    way = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += way
        while pitch % 12 not in scale:
            pitch += way
    return pitch
