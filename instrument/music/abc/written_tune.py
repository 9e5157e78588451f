"""A written tune: its signs and its header, as a reader of ABC finds them and a writer of tokens takes them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction

from instrument.music.key import LETTER_SEMITONES, Key
from instrument.music.meter import Meter

LONGEST_REASON = 160  #: characters; what stands in a file may be longer


class Refused(ValueError):
    """This tune is left out; the message is the reason, one line, fit to be listed and counted."""

    def __init__(self, why: str) -> None:
        super().__init__(why if len(why) <= LONGEST_REASON else f"{why[:LONGEST_REASON]}...")


@dataclass(frozen=True, slots=True)
class WrittenTune:
    """One sign of a body. kind: note, rest, bar, tuplet, chord_open, chord_close, broken, tie, meter.

    letter 0..6, octave 0 for "C", alteration -2..2 as it sounds; length in eighths; dots: ">" 1, ">>" 2,
    "<" -1, between this note and the next; text: the bar sign, or the meter; tuplet: notes in it. A tie stands behind
    the note or chord (or the note of a chord) that sounds on. symbol: the chord symbol above a note, rest or chord, as
    written. ornaments: of a note, where they are read (`instrument.music.abc.ornament_signs`).
    """

    kind: str
    letter: int = 0
    octave: int = 0
    alteration: int = 0
    length: Fraction = Fraction(1)
    dots: int = 0
    text: str = ""
    tuplet: int = 0
    symbol: str = ""
    ornaments: tuple[str, ...] = ()


@dataclass(slots=True)
class Score:
    """A tune as read: its header and its body in the original key.

    titles: every `T:`; rhythm: its `R:` field; tempo: quarters a minute, None where it gives none
    semitones: how much higher than written it sounds (a clef with 8, octave=, transpose=)
    """

    number: str
    title: str
    meter: Meter
    key: Key
    body: list[WrittenTune]
    dropped: Counter[str] = field(default_factory=Counter)
    titles: tuple[str, ...] = ()
    rhythm: str = ""
    tempo: float | None = None
    semitones: int = 0


def labelled(signs: list[WrittenTune | None], first: int, symbol: str) -> str:
    """Write a chord symbol above the first sign from `first` on that sounds or rests; "" if so, else the symbol, which
    is still to be written."""
    for at, sign in enumerate(signs[first:] if symbol else (), first):
        if sign and sign.kind in ("note", "rest", "chord_open"):
            signs[at] = replace(sign, symbol=symbol)
            return ""
    return symbol


def first_pitches(score: Score) -> list[int]:
    """MIDI numbers of a tune's first note, or of its first chord's notes, as they sound. Pure."""
    inside, found = False, list[int]()
    for sign in score.body:
        inside = (inside or sign.kind == "chord_open") and sign.kind != "chord_close"
        if sign.kind == "note":
            found.append(60 + 12 * sign.octave + LETTER_SEMITONES[sign.letter] + sign.alteration + score.semitones)
        if found and not inside:
            break
    return found
