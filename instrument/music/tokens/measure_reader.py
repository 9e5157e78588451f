"""Reading of tokens into measures, one token at a time: notes, lengths, chords, tuplets, broken rhythm, ties, bars.

The state of one reading; `instrument.music.tokens.decode` says what signs mean and gives the functions that use this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from instrument.music.key import LETTER_SEMITONES, Key
from instrument.music.measure import Measure, Misspelt
from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.tokens import Kind, Token, parse
from instrument.music.tokens.tuplets import DOTTED, next_length, tuplet_ratio


class _Senseless(Exception):
    """This token makes no sense here."""


@dataclass(slots=True)
class _Chord:
    """A chord not closed yet. lengths: eighths of its notes and rests; dot: of broken rhythm inside; tied: pitches."""

    pitches: list[int] = field(default_factory=list)
    lengths: list[Fraction] = field(default_factory=list)
    dot: int = 0
    tied: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Held:
    """A note of an earlier measure that is tied on. measure, note: their places; ticks: how long it lasts so far;
    second: it is tied into a second ending, where its length is settled already."""

    pitch: int
    measure: int
    note: int
    ticks: int
    second: bool = False


_Standing = tuple[
    list[Measure], bool, int, Fraction, int, Fraction, tuple[tuple[_Held, ...], tuple[_Held, ...]]
]  #: how things stand at a bar line: measures, opens, ending, pending, tuplet, ratio, both kinds of ties


class MeasureReading:
    def __init__(self, texts: Sequence[str], meter: Meter, mode: Key, strict: bool) -> None:
        self.texts, self.meter, self.mode, self.strict = texts, meter, mode, strict
        self.measures: list[Measure] = []
        self.placed: list[tuple[Token, Fraction]] = []
        self.opens, self.ending = False, 0
        self.pending = Fraction(1)  # what broken rhythm does to the next note
        self.ties: tuple[_Held, ...] = ()  # notes that a tie has carried to this bar line
        self.first_ties: tuple[_Held, ...] = ()  # those carried to the first ending, for the second
        self.tuplet, self.ratio = 0, Fraction(1)  # notes still to come in it
        self.chord: _Chord | None = None
        self._lines = [(2, self._standing())]  # the head, each bar line, and how things stood behind it
        self._new_measure(2)

    def go_on(self, other: MeasureReading, alike: int) -> None:
        """Begin behind the last bar line that `other` has read of the first `alike` texts, which are its too."""
        self._lines = [line for line in other._lines if line[0] <= alike]
        measures, self.opens, self.ending, self.pending, self.tuplet, self.ratio, ties = self._lines[-1][1]
        self.measures, self.ties, self.first_ties = list(measures), *ties
        self._new_measure(self._lines[-1][0])

    def _standing(self) -> _Standing:
        ties = self.ties, self.first_ties
        return list(self.measures), self.opens, self.ending, self.pending, self.tuplet, self.ratio, ties

    def _new_measure(self, first: int) -> None:
        self.first = first
        self.notes: list[tuple[int, Fraction, Fraction]] = []  # pitch, start, length in eighths
        self.at = Fraction(0)
        self.bar_accidentals: dict[int, int] = {}
        self.last: list[int] = []  # notes the next duration applies to
        self.tied: dict[int, int] = {}  # pitch of a note that a tie stands behind: its place in `notes`
        self.joins: dict[int, int | _Held] = {}  # by place in `notes`: the note, here or before, that it goes on
        self.last_length = Fraction(0)
        self.bendable = self.stretchable = False  # may `>`, may a length, follow here?
        self.after_chord = False

    def read(self) -> list[Measure]:
        for i in range(self._lines[-1][0], len(self.texts)):
            try:
                token, at, self.index = parse(self.texts[i]), self.at, i
                self._sign(token, i)
                self.placed.append((token, at))
            except (ValueError, _Senseless):
                if self.strict:
                    raise Misspelt(f'"{self.texts[i]}" makes no sense at token {i + 1}') from None
        if self.chord is not None:
            if self.strict:
                raise Misspelt("the last chord is not closed")
            self._close_unclosed()
        if self.at:
            self._end_measure(len(self.texts), False)
        return self.measures

    def _sign(self, token: Token, i: int) -> None:
        kind = token.kind
        if kind is Kind.BAR:
            self._bar(token.text, i)
        elif kind is Kind.PITCH:
            self._pitch(token)
        elif kind is Kind.REST:
            self._rest()
        elif kind in (Kind.DURATION, Kind.BROKEN):
            self._length(token)
        elif kind is Kind.TIE:
            self._tie()
        elif kind is Kind.TUPLET and self.chord is None:
            self.tuplet, self.ratio = token.tuplet, tuplet_ratio(token.tuplet, self.meter)
            self.bendable = self.stretchable = False
        elif kind is Kind.CHORD_OPEN and self.chord is None:
            self.chord = _Chord()
            self.bendable = self.stretchable = False
        elif kind is Kind.CHORD_CLOSE and self.chord is not None:
            self._close_chord()
        elif kind is not Kind.METER or self.at or self.chord is not None:  # a change of meter counts nothing
            raise _Senseless

    def _bar(self, text: str, i: int) -> None:
        if self.chord is not None:
            if self.strict:
                raise _Senseless
            self._close_unclosed()
        if self.at:
            self._end_measure(i + 1, text == ":|")
        elif text == ":|" and self.measures:
            self.measures[-1] = replace(self.measures[-1], closes=True, last=i + 1)
            self.opens, self.ending = False, 0
        if text == ":|":
            self.ties = ()
        elif text == "|1":
            self.first_ties = self.ties
        elif text == "|2":
            self.ties, self.first_ties = tuple(replace(held, second=True) for held in self.first_ties), ()
        self._new_measure(i + 1)
        if text == "|:":
            self.opens = True
        elif text in ("|1", "|2"):
            self.ending = int(text[1])
        self._lines.append((i + 1, self._standing()))

    def _end_measure(self, last: int, closes: bool) -> None:
        """Whole ticks; what is too short for one (no vocabulary has it) is rounded up, never lost."""
        length = max(1, int(self.at * EIGHTH))
        ticks = [max(1, int(lasts * EIGHTH)) for _, _, lasts in self.notes]
        for i in sorted(self.joins, reverse=True):  # the last of a chain first
            before = self.joins[i]
            if isinstance(before, int):
                ticks[before] += ticks[i]
            elif not self._hold(before, ticks[i]):
                del self.joins[i]
        places: dict[int, int] = {}  # of the notes that are struck
        notes: list[Note] = []
        for i, (pitch, start, _) in enumerate(self.notes):
            if i not in self.joins:
                places[i] = len(notes)
                notes.append(Note(min(int(start * EIGHTH), length - 1), ticks[i], pitch))
        carried = []
        for pitch, i in self.tied.items():
            root: int | _Held = i
            while isinstance(root, int) and root in self.joins:
                root = self.joins[root]
            if isinstance(root, int):
                carried.append(_Held(pitch, len(self.measures), places[root], notes[places[root]].duration))
            else:
                so_far = self.measures[root.measure].notes[root.note].duration
                carried.append(replace(root, ticks=so_far, second=False))
        self.ties = tuple(carried)
        self.measures.append(Measure(tuple(notes), length, self.opens, closes, self.ending, self.first, last))
        self.opens, self.ending = False, 0

    def _hold(self, held: _Held, ticks: int) -> bool:
        """Let a note of an earlier measure last that much longer. In a second ending it can only agree."""
        measure = self.measures[held.measure]
        note = measure.notes[held.note]
        if held.second:
            return note.duration == held.ticks + ticks
        longer = replace(note, duration=held.ticks + ticks)
        notes = (*measure.notes[: held.note], longer, *measure.notes[held.note + 1 :])
        self.measures[held.measure] = replace(measure, notes=notes)
        return True

    def _tie(self) -> None:
        """Behind a note, its length, or a chord; inside a chord, behind one of its notes."""
        if self.chord is not None:
            if not self.chord.pitches:
                raise _Senseless
            self.chord.tied.add(self.chord.pitches[-1])
            return
        if not self.last:
            raise _Senseless
        self.tied |= {self.notes[i][0]: i for i in self.last}
        self.stretchable = False

    def _pitch(self, token: Token) -> None:
        alteration = token.accidental
        if alteration is None:
            alteration = self.bar_accidentals.get(token.letter, self.mode.signature[token.letter])
        pitch = 60 + 12 * token.octave + LETTER_SEMITONES[token.letter] + alteration
        if not 0 <= pitch <= 127:
            raise _Senseless
        self.bar_accidentals[token.letter] = alteration
        if self.chord is not None:
            self.chord.pitches.append(pitch)
            self.chord.lengths.append(Fraction(1))
            self.bendable = self.stretchable = True
        else:
            self._sound([pitch])

    def _rest(self) -> None:
        if self.chord is not None:
            self.chord.lengths.append(Fraction(1))
            self.bendable = self.stretchable = True
        else:
            self._sound([])

    def _close_chord(self) -> None:
        """An empty chord is nothing; `]` behind it takes no length."""
        chord, self.chord = self.chord, None
        self.bendable = self.stretchable = False
        if chord is not None and chord.lengths:
            self._sound(list(dict.fromkeys(chord.pitches)))
            self.after_chord = True
            self.tied |= {pitch: i for i in self.last if (pitch := self.notes[i][0]) in chord.tied}
            self._stretch(chord.lengths[0])
            self._dot(chord.dot)

    def _close_unclosed(self) -> None:
        self.placed.append((parse("]"), self.at))
        self._close_chord()

    def _sound(self, pitches: list[int]) -> None:
        """A note, chord or rest of one eighth, until a length says otherwise."""
        factor = self.pending
        if self.tuplet:
            factor *= self.ratio
            self.tuplet -= 1
        self.pending, self.after_chord = Fraction(1), False
        self.last = list(range(len(self.notes), len(self.notes) + len(pitches)))
        held = {held.pitch: held for held in self.ties}
        for i, pitch in zip(self.last, pitches, strict=True):
            if pitch in self.tied:
                self.joins[i] = self.tied[pitch]
            elif pitch in held and not self.at:
                self.joins[i] = held[pitch]
        self.tied = {}
        self.notes += [(pitch, self.at, factor) for pitch in pitches]
        self.last_length = factor
        self.at += factor
        self.bendable = self.stretchable = True

    def _length(self, token: Token) -> None:
        """A length, with or without broken rhythm, or broken rhythm alone: each at most once a note."""
        stretches = token.kind is Kind.DURATION
        if not (self.stretchable if stretches else self.bendable):
            raise _Senseless
        self.stretchable = False
        if self.chord is not None:
            self.chord.lengths[-1] = token.length
            self.chord.dot = token.broken or self.chord.dot
        else:
            self._stretch(token.length)
            if token.broken and not self.after_chord and self._bends_nothing():
                self.bendable = False
            else:
                self._dot(token.broken)
        self.bendable = self.bendable and not token.broken

    def _stretch(self, factor: Fraction) -> None:
        length = self.last_length * factor
        for i in self.last:
            pitch, start, _ = self.notes[i]
            self.notes[i] = (pitch, start, length)
        self.at += length - self.last_length
        self.last_length = length

    def _dot(self, broken: int) -> None:
        if broken:
            here, self.pending = DOTTED[broken]
            self._stretch(here)
            self.bendable = False

    def _bends_nothing(self) -> bool:
        """Is the next note of this measure, as far as it is written, of another length than the last?"""
        length = next_length(self.texts[self.index + 1 :], self.ratio if self.tuplet else Fraction(1), self.meter)
        return length is not None and length != self.last_length
