"""The signs of a written tune, as a reader of ABC finds them and a writer of tokens takes them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


class Refused(ValueError):
    """This tune is left out; the message is the reason, fit to be listed and counted."""


@dataclass(frozen=True, slots=True)
class Written:
    """One sign of a body. kind: note, rest, bar, tuplet, chord_open, chord_close, broken, tie.

    letter 0..6, octave 0 for "C", alteration -2..2 as it sounds; length in eighths; dots: ">" 1, ">>" 2,
    "<" -1, between this note and the next; text: the bar sign; tuplet: notes in it. A tie stands behind the note
    or chord (or the note of a chord) that sounds on.
    """

    kind: str
    letter: int = 0
    octave: int = 0
    alteration: int = 0
    length: Fraction = Fraction(1)
    dots: int = 0
    text: str = ""
    tuplet: int = 0
