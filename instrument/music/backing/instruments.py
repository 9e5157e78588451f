"""Backing instruments: strokes of guitar, piano, double bass and bodhran as notes, as their players' hands make them.

Each function takes the signs of a bar, placed, and gives the notes of one voice, begun and ended within the bar. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from instrument.music.backing.bar import BackedBar, Manner
from instrument.music.backing.pattern import Sign
from instrument.music.backing.strings import TUNINGS, capo, fretted, pitches
from instrument.music.backing.voicing import approach, bass_note, close_voicing, fifth_of
from instrument.music.note import Note

GAP = 24  #: a note ends 1/24 of its length early, so that repeated notes speak
ACCENT, PLAIN, LIGHT = 1.0, 0.74, 0.6  #: loudness of strokes
SPREAD = {"D": 0.0045, "d": 0.0040, "U": 0.0035, "u": 0.0030, "x": 0.0020}  #: seconds from string to string
ROLLED = 0.022  #: likewise, of the last chord
DAMPED = 0.035  #: seconds that damped strings and the rim sound
SKIN = 43  #: MIDI note of the open skin
PRESSED = 0.9  #: semitones that a hand raises it by, a step of 0..9
OPEN, SHORT = 0.35, 0.13  #: seconds that the skin rings: open, pressed
PIANO_BASS = (29, 43)


def loud(stroke: float, bar: BackedBar, manner: Manner) -> int:
    """Velocity of a stroke. stroke: 0..1. More drive is louder, and sets accents further off."""
    shaped = float(stroke ** (0.6 + 1.2 * manner.drive))
    return max(1, min(127, round(34 + 58 * shaped * (0.75 + 0.35 * manner.drive) - 7 * bar.calm)))


def note(voice: str, start: int, end: int, pitch: int, velocity: int) -> Note:
    """A note that speaks again if it comes again at its end."""
    length = max(1, end - start)
    return Note(start, length - length // GAP, pitch, max(1, min(127, velocity)), voice)


def guitar(signs: list[Sign], bar: BackedBar, manner: Manner, voice: str) -> list[Note]:
    """Strings ring until they are struck again, the chord changes, or the hand damps them."""
    tuning = manner.tuning if manner.tuning in TUNINGS else "DADGAD"
    at = capo(tuning, bar.key.tonic)
    struck: list[tuple[int, int, int, int]] = []  # start, pitch, velocity, end at the latest
    for sign, later in zip(signs, [*signs[1:], None], strict=False):
        chord = bar.chord(sign.at)
        strings = tuple(dict.fromkeys(pitches(tuning, at, fretted(chord, tuning, at))))
        latest = bar.ends(sign.at)
        if later is not None and (later.sign == "x" or later.at > sign.at + sign.length):
            latest = min(latest, sign.at + sign.length)
        if sign.sign == "x":
            latest = min(latest, sign.at + manner.ticks(DAMPED))
        for place, (pitch, weight) in enumerate(_strings_of(sign.sign, strings)):
            each = ROLLED if sign.sign == "!" else SPREAD.get(sign.sign, 0.0) * (1.25 - 0.5 * manner.drive)
            start = sign.at + manner.ticks(place * each)
            if start < latest:
                struck.append((start, pitch, loud(weight, bar, manner), latest))
    found = []
    for place, (start, pitch, velocity, latest) in enumerate(struck):
        again = next((other for other, same, _, _ in struck[place + 1 :] if same == pitch), latest)
        found.append(note(voice, start, min(latest, again), pitch, velocity))
    return found


def _strings_of(sign: str, strings: tuple[int, ...]) -> Iterator[tuple[int, float]]:
    """The strings of a stroke in the order in which the pick meets them, each with its loudness."""
    if sign in "Bb":
        yield from ((pitch, ACCENT if sign == "B" else PLAIN) for pitch in strings[:1])
    elif sign in "D!":
        yield from ((pitch, ACCENT - 0.03 * place) for place, pitch in enumerate(strings))
    elif sign == "d":
        yield from ((pitch, PLAIN - 0.03 * place) for place, pitch in enumerate(strings[1:5] or strings))
    elif sign in "Uu":
        own = strings[-4:] if sign == "U" else strings[-3:]
        full = 0.92 if sign == "U" else LIGHT
        yield from ((pitch, full - 0.03 * place) for place, pitch in enumerate(reversed(own)))
    else:  # x
        yield from ((pitch, LIGHT) for pitch in strings)


def piano(signs: list[Sign], bar: BackedBar, manner: Manner, voice: str) -> list[Note]:
    """Bass notes are held until the left hand moves, chords are short."""
    found: list[Note] = []
    for place, sign in enumerate(signs):
        chord = bar.chord(sign.at)
        if chord.silent:
            continue
        ends = bar.ends(sign.at)
        velocity = loud(ACCENT if sign.sign in "BC!" else PLAIN, bar, manner)
        low = bass_note(chord.lowest, None, *PIANO_BASS)
        if sign.sign in "Bbf!":
            left = next((later.at for later in signs[place + 1 :] if later.sign in "Bbf!"), ends)
            below = bass_note(fifth_of(chord), low - 4, *PIANO_BASS) if sign.sign == "f" else low
            for pitch in (below, below + 12) if sign.sign in "B!" else (below,):
                found.append(note(voice, sign.at, min(ends, left), pitch, velocity))
        if sign.sign in "Cc!":
            length = sign.length if sign.sign == "!" else round(0.62 * sign.length)
            for string, pitch in enumerate(close_voicing(chord)):
                start = sign.at + (manner.ticks(0.012 * string) if sign.sign == "!" else 0)
                if start < ends:
                    found.append(note(voice, start, min(ends, sign.at + length), pitch, velocity - 6))
    return found


def bass(signs: list[Sign], bar: BackedBar, manner: Manner, voice: str) -> list[Note]:
    found: list[Note] = []
    for sign in signs:
        chord = bar.chord(sign.at)
        if chord.silent:
            continue
        root = bass_note(chord.lowest, None)
        low = sign.sign.lower()
        if low == "f":
            pitch = bass_note(fifth_of(chord), root - 3)
        elif low == "o":
            pitch = root + 12
        elif low == "w":
            following = bar.next_chord(sign.at)
            there = chord if following is None or following.silent else following
            pitch = approach(bass_note(there.lowest, None), root, bar.key)
        else:
            pitch = root
        ends = min(bar.ends(sign.at), sign.at + sign.length)
        found.append(note(voice, sign.at, ends, pitch, loud(ACCENT if sign.sign.isupper() else PLAIN, bar, manner)))
    return found


def bodhran(signs: list[Sign], bar: BackedBar, manner: Manner, voice: str) -> list[Note]:
    """The tipper's down strokes are lower and fuller than its up strokes; a roll is three in the time of one."""
    found: list[Note] = []
    for sign in signs:
        pitch = SKIN + round(PRESSED * sign.hand)
        rings = SHORT + (OPEN - SHORT) * max(0.0, 1 - sign.hand / 3)
        if sign.sign == "t":
            third = min(sign.length, _unit(sign, signs)) // 3
            blows = [(sign.at + n * third, pitch + (n == 1) * 2, weight)
                     for n, weight in enumerate((0.85, 0.62, 0.74))]  # fmt: skip
        elif sign.sign == "k":
            blows, rings = [(sign.at, SKIN + 21, LIGHT)], DAMPED
        else:
            up = sign.sign in "Uu"
            weight = (0.92 if up else ACCENT) if sign.sign.isupper() else (LIGHT if up else PLAIN)
            blows = [(sign.at, pitch + 2 * up, weight)]
        for place, (start, tone, weight) in enumerate(blows):
            ends = blows[place + 1][0] if place + 1 < len(blows) else sign.at + sign.length
            if sign.at == bar.rest:
                ends = bar.end
            ends = min(ends, bar.end, start + manner.ticks(rings))
            found.append(note(voice, start, ends, tone, loud(weight, bar, manner)))
    return found


def _unit(sign: Sign, signs: list[Sign]) -> int:
    """The time of one stroke in a pattern: the shortest there."""
    return min(each.length for each in signs)


Player = Callable[[list[Sign], BackedBar, Manner, str], list[Note]]
#: by instrument: its signs in a bar, the bar, the manner, its voice -> notes
PLAYERS: dict[str, Player] = {"guitar": guitar, "piano": piano, "bass": bass, "bodhran": bodhran}
