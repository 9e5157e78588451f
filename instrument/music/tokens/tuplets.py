"""Lengths of notes in tuplets and broken rhythm, and of the note that comes next in a row of tokens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from instrument.music.meter import Meter
from instrument.music.tokens.tokens import TUPLETS, Kind, parse

#: by the sign of broken rhythm: what the note before it and the one behind it are multiplied by
DOTTED = {0: (Fraction(1), Fraction(1)), 1: (Fraction(3, 2), Fraction(1, 2)), -1: (Fraction(1, 2), Fraction(3, 2))}


def tuplet_ratio(notes: int, meter: Meter) -> Fraction:
    """What a tuplet multiplies its lengths by: `(3` is 2/3; 5, 7 and 9 depend on the meter (ABC 2.1, 4.13)."""
    time = TUPLETS[notes] or (3 if meter.compound else 2)
    return Fraction(time, notes)


def next_length(texts: Sequence[str], ratio: Fraction, meter: Meter) -> Fraction | None:
    """Eighths of the first note or rest before a bar line; None for a chord, or where none is written.

    ratio: what the tuplet under way multiplies by
    """
    length: Fraction | None = None
    for text in texts:
        try:
            token = parse(text)
        except ValueError:
            continue
        if length is not None:
            return length * token.length if token.kind is Kind.DURATION else length
        if token.kind is Kind.TUPLET:
            ratio = tuplet_ratio(token.tuplet, meter)
        elif token.kind in (Kind.PITCH, Kind.REST):
            length = ratio
        elif token.kind in (Kind.BAR, Kind.CHORD_OPEN):
            return None
    return length
