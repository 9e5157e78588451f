"""What tokens mean: measures of notes in ticks, the order they are played in, and whether bars add up.

Tokens come in without `<s>` and `</s>`. The law of counting is stated here once, on the music as played,
and knows nothing of how the guard enforces it: each judges the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from instrument.music.note import Note
from instrument.music.key import LETTER_SEMITONES, Key
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.music.tokens import TUPLETS, Kind, Token, parse


@dataclass(frozen=True, slots=True)
class Measure:
    """What stands between two bar lines.

    notes: starts in ticks from the measure's own first tick; length: ticks, as counted, not as the meter says
    opens: `|:` stands before it; closes: `:|` behind it; ending: 1, 2 or 0 for none
    first, last: the slice of the tune's tokens it was read from, its closing bar line included
    """

    notes: tuple[Note, ...]
    length: int
    opens: bool
    closes: bool
    ending: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Tune:
    """meter, mode (a Key on C) and measures in the order they are written."""

    meter: Meter
    mode: Key
    measures: tuple[Measure, ...]


class Misspelt(ValueError):
    """Tokens that cannot be read as music; the message names the token and its place."""


def tuplet_ratio(notes: int, meter: Meter) -> Fraction:
    """What a tuplet multiplies its lengths by: `(3` is 2/3; 5, 7 and 9 depend on the meter (ABC 2.1, 4.13)."""
    time = TUPLETS[notes] or (3 if meter.compound else 2)
    return Fraction(time, notes)


def read_tune(texts: Sequence[str]) -> Tune:
    """Tokens, `M:` and `K:` first, to a Tune. Raises Misspelt. Pure."""
    if len(texts) < 2 or not texts[0].startswith("M:") or not texts[1].startswith("K:C"):
        raise Misspelt("a tune opens with its meter and mode, such as M:4/4 K:Cmaj")
    meter, mode = Meter.parse(texts[0][2:]), Key.parse(texts[1][2:])
    return Tune(meter, mode, tuple(_Reader(texts, meter, mode).measures()))


class _Reader:
    def __init__(self, texts: Sequence[str], meter: Meter, mode: Key) -> None:
        self.texts, self.meter, self.mode = texts, meter, mode
        self.opens, self.ending = False, 0
        self._clear(2)

    def _clear(self, first: int) -> None:
        self.first = first
        self.notes: list[tuple[int, Fraction, Fraction]] = []  # pitch, start, length in eighths
        self.at = Fraction(0)
        self.bar_accidentals: dict[int, int] = {}
        self.last: list[int] = []  # notes the next duration applies to
        self.last_length: Fraction | None = None
        self.pending = Fraction(1)  # what broken rhythm does to the next note
        self.tuplet, self.ratio = 0, Fraction(1)
        self.chord: list[int] | None = None

    def measures(self) -> Iterator[Measure]:
        for i in range(2, len(self.texts)):
            token = parse(self.texts[i])
            if token.kind is not Kind.BAR:
                self._sign(token, i)
                continue
            if self.at or self.notes:
                yield self._measure(i + 1, token.text == ":|")
                self.opens, self.ending = False, 0
                self._clear(i + 1)
            if token.text == "|:":
                self.opens = True
            elif token.text in ("|1", "|2"):
                self.ending = int(token.text[1])
        if self.at or self.notes:
            yield self._measure(len(self.texts), False)

    def _measure(self, last: int, closes: bool) -> Measure:
        notes = tuple(
            Note(int(start * EIGHTH), max(1, int(length * EIGHTH)), pitch)
            for pitch, start, length in self.notes
        )
        return Measure(notes, int(self.at * EIGHTH), self.opens, closes, self.ending, self.first, last)

    def _sign(self, token: Token, place: int) -> None:
        if token.kind is Kind.PITCH:
            pitch = self._pitch(token)
            if self.chord is not None:
                self.chord.append(pitch)
            else:
                self._sound([pitch])
        elif token.kind is Kind.REST:
            self._sound([])
        elif token.kind is Kind.DURATION and self.last_length is not None and self.chord is None:
            self._stretch(token.length)
            self._dot(token.broken)
        elif token.kind is Kind.BROKEN and self.last_length is not None and self.chord is None:
            self._dot(token.broken)
        elif token.kind is Kind.TUPLET:
            self.tuplet, self.ratio = token.tuplet, tuplet_ratio(token.tuplet, self.meter)
        elif token.kind is Kind.CHORD_OPEN and self.chord is None:
            self.chord = []
        elif token.kind is Kind.CHORD_CLOSE and self.chord:
            pitches, self.chord = self.chord, None
            self._sound(pitches)
        else:
            raise Misspelt(f'"{token.text}" makes no sense at token {place + 1}')

    def _pitch(self, token: Token) -> int:
        if token.accidental is not None:
            self.bar_accidentals[token.letter] = token.accidental
        alteration = self.bar_accidentals.get(token.letter, self.mode.signature[token.letter])
        return 60 + 12 * token.octave + LETTER_SEMITONES[token.letter] + alteration

    def _sound(self, pitches: list[int]) -> None:
        """A note, chord or rest of one eighth, until a duration says otherwise."""
        factor = self.pending
        if self.tuplet:
            factor *= self.ratio
            self.tuplet -= 1
        self.pending = Fraction(1)
        self.last = list(range(len(self.notes), len(self.notes) + len(pitches)))
        self.notes += [(pitch, self.at, factor) for pitch in pitches]
        self.last_length = factor
        self.at += factor

    def _stretch(self, factor: Fraction) -> None:
        assert self.last_length is not None
        length = self.last_length * factor
        for i in self.last:
            pitch, start, _ = self.notes[i]
            self.notes[i] = (pitch, start, length)
        self.at += length - self.last_length
        self.last_length = length

    def _dot(self, broken: int) -> None:
        if broken:
            self._stretch(Fraction(3, 2) if broken > 0 else Fraction(1, 2))
            self.pending = Fraction(1, 2) if broken > 0 else Fraction(3, 2)


def miscounted(tune: Tune, order: Sequence[int]) -> list[int]:
    """Indices of the measures that do not add up when the tune is played in `order`. Pure.

    The law: a measure is one bar long; or it is the tune's pick-up; or it is short and the measure played
    next is exactly what it lacks; or it is the last and lacks just the pick-up.
    """
    bar = tune.meter.bar
    wrong: list[int] = []
    pickup = lacking = 0  # what the pick-up holds; what the bar under way still lacks
    for place, i in enumerate(order):
        length = tune.measures[i].length
        if lacking:
            if length == lacking:
                lacking = 0
            else:
                wrong.append(i)
                lacking = 0
        elif length == bar:
            pass
        elif place == 0 and length < bar:
            pickup = length
        elif length < bar:
            follower = order[place + 1] if place + 1 < len(order) else None
            after = tune.measures[follower].length if follower is not None else pickup
            if after == bar - length:
                lacking = after if follower is not None else 0
            else:
                wrong.append(i)
        else:
            wrong.append(i)
    return sorted(set(wrong))
