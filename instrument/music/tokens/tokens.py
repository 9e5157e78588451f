"""The folk-rnn v2 token language: one token at a time, what it means.

A tune is a meter, a mode on C, then the body in ABC with a unit length of an eighth note, every sign its own token:
``M:6/8 K:Cmaj |: c > d [ E G ] 2 (3 A B c :|``. Source: Sturm, "Making sense of the folk-rnn v2 model", and the
notation of folk-rnn's published training set. This module knows single tokens; how they follow each other is
`instrument.music.tokens.bars` (meaning) and `instrument.thinking.constraints.bar_guard` (law).
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass
from fractions import Fraction

from instrument.music.key import LETTERS
from instrument.music.meter import Meter

START, STOP = "<s>", "</s>"

#: (notes, in the time of) for each tuplet sign; None: 3 in compound meters, otherwise 2
TUPLETS: dict[int, int | None] = {2: 3, 3: 2, 4: 3, 5: None, 6: 2, 7: None, 8: 3, 9: None}

_ACCIDENTALS = {"": None, "=": 0, "^": 1, "_": -1, "^^": 2, "__": -2}
_SIGNS = {value: sign for sign, value in _ACCIDENTALS.items()}


class Kind(enum.IntEnum):
    """Classes of token; the first column of every table over the vocabulary."""

    START = 0
    STOP = 1
    METER = 2
    MODE = 3
    PITCH = 4
    REST = 5
    DURATION = 6
    BROKEN = 7
    BAR = 8
    TUPLET = 9
    CHORD_OPEN = 10
    CHORD_CLOSE = 11
    TIE = 12  #: `-`, of ABC that people wrote; no model's vocabulary has it


@dataclass(frozen=True, slots=True)
class Token:
    """One token, parsed. Only the fields of its kind mean anything.

    letter: 0..6 for C..B; octave: 0 for "C", 1 for "c"; accidental: -2..2, None where unwritten
    length: in eighth notes, for DURATION; 1 otherwise
    broken: dots that move the dot rightwards or leftwards: ">" 1, "<" -1, none 0
    tuplet: how many notes; text: the token as written
    """

    kind: Kind
    text: str
    letter: int = 0
    octave: int = 0
    accidental: int | None = None
    length: Fraction = Fraction(1)
    broken: int = 0
    tuplet: int = 0


_PITCH = re.compile(r"(\^\^|__|\^|_|=|)([A-Ga-g])([,']*)")
_DURATION = re.compile(r"(\d*)(?:(/)(\d*))?([<>]?)")
BARS = ("|", "|:", ":|", "|1", "|2")


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Token:
    """Read one token. Raises ValueError, naming it, for anything outside the language. Pure."""
    fixed = {
        START: Kind.START, STOP: Kind.STOP, "z": Kind.REST, "[": Kind.CHORD_OPEN,
        "]": Kind.CHORD_CLOSE, "-": Kind.TIE, **dict.fromkeys(BARS, Kind.BAR),
    }  # fmt: skip
    if text in fixed:
        return Token(fixed[text], text)
    if text in ("<", ">"):
        return Token(Kind.BROKEN, text, broken=1 if text == ">" else -1)
    if text.startswith("M:"):
        Meter.parse(text[2:])
        return Token(Kind.METER, text)
    if re.fullmatch(r"K:C(maj|min|dor|mix|lyd|phr|loc)", text):
        return Token(Kind.MODE, text)
    if re.fullmatch(r"\([2-9]", text):
        return Token(Kind.TUPLET, text, tuplet=int(text[1]))
    if match := _PITCH.fullmatch(text):
        sign, name, marks = match.groups()
        octave = name.islower() + marks.count("'") - marks.count(",")
        return Token(Kind.PITCH, text, LETTERS.index(name.upper()), octave, _ACCIDENTALS[sign])
    if text and (match := _DURATION.fullmatch(text)):
        upper, slash, lower, broken = match.groups()
        whole, parts = int(upper or 1), int(lower or 2) if slash else 1
        if whole and parts:
            sign = {"": 0, ">": 1, "<": -1}[broken]
            return Token(Kind.DURATION, text, length=Fraction(whole, parts), broken=sign)
    raise ValueError(f'"{text}" is not a token of the folk-rnn notation')


def pitch_text(letter: int, octave: int, accidental: int | None) -> str:
    """The token for a written pitch: (5, 1, 1) -> "^a"."""
    name = LETTERS[letter]
    if octave >= 1:
        name = name.lower() + "'" * (octave - 1)
    else:
        name += "," * -octave
    return _SIGNS[accidental] + name


def duration_text(length: Fraction) -> str:
    """The token for a length in eighths; "" for one, which is not written: 3/2 -> "3/2"."""
    if length == 1:
        return ""
    upper = "" if length.numerator == 1 and length.denominator > 1 else str(length.numerator)
    return upper + (f"/{length.denominator}" if length.denominator > 1 else "")
