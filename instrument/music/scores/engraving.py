"""One measure as a score shows it: signs with their places on the staff, their values, beams, ties and tuplets. Pure.

Whoever draws needs no theory: steps are counted from the staff's middle C line, values are whole, half, quarter and so
on with dots, and what is joined by a beam says so. The notes are spelt as in `instrument.music.scores.score`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from instrument.music.key import Key
from instrument.music.measure import Measure, Misspelt
from instrument.music.meter import Meter
from instrument.music.scores.score import Cell, Speller, cells, lead_of
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.decode import placed, read_tune, tuplet_ratio
from instrument.music.tokens.tokens import Kind, Token, parse

#: values from the longest: (length in eighths, note value 1, 2, 4 ..., dots)
VALUES = sorted(
    (
        (Fraction(8, value) * shape, value, dots)
        for value in (1, 2, 4, 8, 16, 32, 64)
        for dots, shape in ((0, Fraction(1)), (1, Fraction(3, 2)), (2, Fraction(7, 4)))
    ),
    reverse=True,
)


BEFORE = 3  #: measures before one that are read with it: tuplets and dots may reach over bar lines


@dataclass(frozen=True, slots=True)
class Sign:
    """A note, chord or rest. at: eighths from the measure's start; length: eighths, as it sounds
    heads: (step from middle C, accidental to be shown or None) of each note, as written; none of a rest
    value: 1 whole, 2 half, 4 quarter ...; dots: behind it; tied: to the next sign, which is the same note going on
    beam: number of its beam in this measure, or 0; tuplet: number of its bracket, or 0; of: the figure above that
    """

    at: Fraction
    length: Fraction
    heads: tuple[tuple[int, int | None], ...]
    value: int
    dots: int = 0
    tied: bool = False
    beam: int = 0
    tuplet: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Engraved:
    """A measure. length: eighths; opens, closes: repeat signs; ending: 1, 2 or 0."""

    signs: tuple[Sign, ...]
    length: Fraction
    opens: bool = False
    closes: bool = False
    ending: int = 0


def engraved(tokens: Sequence[str], measure: int, key: Key, octave: int = 0) -> Engraved | None:
    """A written measure of a tune, as it looks in `key`, of whose mode only the tonic counts; None if it is not there.

    tokens: `M:` and `K:` first. Never raises for tokens that a lenient reader can read.
    """
    tokens, measure = _around(tokens, measure)
    try:
        tune = read_tune(tokens, strict=False)
        written = list(cells(placed(tokens)))
    except Misspelt:
        return None
    if not 0 <= measure < min(len(tune.measures), len(written)):
        return None
    here = tune.measures[measure]
    lead = Fraction(lead_of(tune.measures, measure, tune.meter), EIGHTH)
    speller = Speller(tune.mode, Key(key.letter, key.accidental, tune.mode.mode), octave)
    return _measure(written[measure], here, tune.meter, lead, speller)


def signature(key: Key) -> tuple[tuple[int, int], ...]:
    """The key's signature: (step from middle C, alteration) of each of its signs, in the order they are written."""
    sharps = ((3, 10), (0, 7), (4, 11), (1, 8), (5, 5), (2, 9), (6, 6))  # F C G D A E B, where engravers put them
    flats = ((6, 6), (2, 9), (5, 5), (1, 8), (4, 4), (0, 7), (3, 3))
    order = sharps if max(key.signature) > 0 else flats
    return tuple((step, key.signature[letter]) for letter, step in order if key.signature[letter])


def _around(tokens: Sequence[str], measure: int) -> tuple[Sequence[str], int]:
    """The tokens of a measure and of the few before and behind it that bear on it, and its index among those.

    Reading a whole tune for each of its measures takes tens of milliseconds; this takes one.
    """
    starts, sounds, kinds = [2], False, [_kind(token) for token in tokens]
    for i in range(2, len(tokens)):
        sounds = sounds or kinds[i] in (Kind.PITCH, Kind.REST)
        if kinds[i] is Kind.BAR and sounds:
            starts.append(i)  # the sign itself may open or close
            sounds = False
    first, last = max(0, measure - BEFORE), measure + 2
    begins, ends = starts[min(first, len(starts) - 1)], starts[last] + 1 if last < len(starts) else len(tokens)
    return [*tokens[:2], *tokens[begins:ends]], measure - first


def _kind(token: str) -> Kind | None:
    try:
        return parse(token).kind
    except ValueError:
        return None


def _measure(cell: Cell, here: Measure, meter: Meter, lead: Fraction, speller: Speller) -> Engraved:
    length = Fraction(here.length, EIGHTH)
    signs = _beamed(list(_signs(cell, length, meter, speller, lead)), _group(meter), lead)
    return Engraved(tuple(signs), length, here.opens, here.closes, here.ending)


def _group(meter: Meter) -> Fraction:
    """Eighths that a beam may join: a half note in 4/4, as folk tunes are written, else the beat."""
    return Fraction(2 * QUARTER if meter.lower <= 4 and meter.bar % (4 * QUARTER) == 0 else meter.beat, EIGHTH)


def _signs(cell: Cell, end: Fraction, meter: Meter, speller: Speller, lead: Fraction) -> Iterator[Sign]:
    speller.new_bar()
    sounding = list(_sounding(cell))
    left = bracket = of = 0
    for i, (at, tokens, opens) in enumerate(sounding):
        if opens:
            left, of, bracket = opens, opens, bracket + 1
        until = sounding[i + 1][0] if i + 1 < len(sounding) else end
        heads = tuple(_head(token, speller) for token in tokens if token.kind is Kind.PITCH)
        shrunk = tuplet_ratio(of, meter) if left else Fraction(1)
        split = Fraction(meter.beat, EIGHTH) if shrunk == 1 else None
        yield from _written(at, until - at, heads, shrunk, bracket if left else 0, of, split, lead)
        left = max(0, left - 1)


def _sounding(cell: Cell) -> Iterator[tuple[Fraction, list[Token], int]]:
    """(place, the tokens that sound together there, the tuplet that opens before them or 0)."""
    opens, chord, last = 0, False, None
    for token, at in cell:
        if token.kind is Kind.TUPLET:
            opens = token.tuplet
        elif token.kind is Kind.CHORD_OPEN:
            chord, last = True, None
        elif token.kind is Kind.CHORD_CLOSE:
            chord = False
            if last:
                yield last
            last = None
        elif token.kind in (Kind.PITCH, Kind.REST):
            if chord and last:
                last[1].append(token)
            elif chord:
                last, opens = (at, [token], opens), 0
            else:
                yield at, [token], opens
                opens = 0
    if last:
        yield last


def _head(token: Token, speller: Speller) -> tuple[int, int | None]:
    (letter, octave, alteration), shown = speller.spelt(token)
    return letter + 7 * octave, alteration if shown else None


def _written(
    at: Fraction, length: Fraction, heads: tuple[tuple[int, int | None], ...], shrunk: Fraction, tuplet: int, of: int,
    beat: Fraction | None = None, lead: Fraction = Fraction(0),
) -> Iterator[Sign]:  # fmt: skip
    """The values, tied, that a length is written with; what no value is short enough for is left out.

    beat: eighths; a length that needs several values is parted where a beat begins, so that each beat can be seen
    lead: eighths of the bar before this measure's first note
    """
    left = length
    while left > 0:
        most = left / shrunk
        if beat is not None and all(most != row[0] for row in VALUES):
            into = (at + lead) % beat
            rest = beat - into if into else most // beat * beat
            most = min(most, rest) if rest else most
        fitting = next((row for row in VALUES if row[0] <= most), None)
        if fitting is None:
            return
        whole, value, dots = fitting
        left -= whole * shrunk
        more = left / shrunk >= VALUES[-1][0]
        yield Sign(at, whole * shrunk, heads, value, dots, bool(heads) and more, 0, tuplet, of if tuplet else 0)
        at += whole * shrunk
        heads = tuple((step, None) for step, _ in heads)


def _beamed(signs: list[Sign], group: Fraction, lead: Fraction) -> Iterator[Sign]:
    """Numbers the beams: neighbours shorter than a quarter, within one group of beats."""
    beam, counted = 0, 0
    for i, sign in enumerate(signs):
        before = signs[i - 1] if i else None
        after = signs[i + 1] if i + 1 < len(signs) else None
        joined = before is not None and _join(before, sign, group, lead)
        if not joined and after is not None and _join(sign, after, group, lead):
            counted += 1
            beam = counted
        elif not joined:
            beam = 0
        yield replace(sign, beam=beam)


def _join(one: Sign, other: Sign, group: Fraction, lead: Fraction) -> bool:
    short = min(one.value, other.value) >= 8 and one.heads and other.heads
    return bool(short) and (one.at + lead) // group == (other.at + lead) // group
