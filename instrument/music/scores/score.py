"""Tokens to ABC that people read: in the sounding key, notes grouped, four bars to a line.

The inverse of `instrument.music.tokens.encode`: reading what is written here gives the same notes. Signs that a
player supplies unasked but a program needs (`||` or `|:` behind a second ending) are written. Tokens that
make no sense are left out, as the lenient reader does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from instrument.music.key import LETTER_SEMITONES, Key, letter_steps, moved
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.play_order import ends_second
from instrument.music.scores.ornament_text import written
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.decode import placed, read_tune
from instrument.music.tokens.meters import meter_at
from instrument.music.tokens.tokens import Kind, Token, pitch_text

BARS_A_LINE = 4
Cell = list[tuple[Token, Fraction]]  #: the tokens of a measure, each with its place in eighths
_BEGINS = (Kind.PITCH, Kind.REST, Kind.CHORD_OPEN, Kind.TUPLET)
Spelt = tuple[int, int, int]  #: letter 0..6, octave, alteration


def abc_text(
    tokens: Sequence[str], title: str, key: Key, number: int = 1, tempo: float = 120.0, octave: int = 0,
    chords: Mapping[int, Sequence[tuple[int, str]]] = MappingProxyType({}),
    ornaments: Mapping[int, Sequence[tuple[int, str]]] = MappingProxyType({}),
) -> str:  # fmt: skip
    """A tune of an ABC file, ending in a line break. Raises Misspelt for a bad head. Pure.

    tokens: `M:` and `K:` first; key: gives the tonic, the tokens the mode; number: for `X:`;
    tempo: quarter notes a minute; octave: up (+) or down from where the tokens have it, as its instrument reads it
    chords: by measure, (ticks into it, name), in the sounding key: written above the note that falls there or next.
    ornaments: likewise, over the note that falls there.
    The tune sounds `transposition(key)` semitones from C.
    """
    tune = read_tune(tokens, strict=False)
    target = Key(key.letter, key.accidental, tune.mode.mode)
    title = " ".join(title.split()) or "untitled"
    head = f"X:{number}\nT:{title}\nM:{tune.meter}\nL:1/8\nQ:1/4={tempo:g}\nK:{target.abc}\n"
    speller = Speller(tune.mode, target, octave)
    meters = [meter_at(tokens, tune.measures, i) for i in range(len(tune.measures))]
    bars = [
        _bar(cell, meters[i], lead_of(tune.measures, i, meters[i]), speller, chords.get(i, ()), ornaments.get(i, ()))
        for i, cell in enumerate(cells(placed(tokens)))
    ]
    return head + "".join(line + "\n" for line in _lines(bars, tune.measures, tune.meter))


def cells(signs: list[tuple[Token, Fraction]]) -> Iterator[Cell]:
    """The tokens of each measure, without bar signs. Pure."""
    cell: Cell = []
    for token, at in signs:
        if token.kind is not Kind.BAR:
            cell.append((token, at))
        elif any(t.kind in (Kind.PITCH, Kind.REST) for t, _ in cell):
            yield cell
            cell = []
    if any(t.kind in (Kind.PITCH, Kind.REST) for t, _ in cell):
        yield cell


def lead_of(measures: Sequence[Measure], i: int, meter: Meter) -> int:
    """Ticks that a pick-up leaves out at its front: measure `i` is short and begins the tune or a part. Pure."""
    begins = i == 0 or measures[i].opens or (measures[i - 1].closes and not measures[i].ending)
    return max(0, meter.bar - measures[i].length) if begins else 0


class Speller:
    """Written pitches, with an accidental wherever the signature and the bar so far do not give it."""

    def __init__(self, source: Key, target: Key, octave: int = 0) -> None:
        """octave: up from where the tokens have it."""
        self.source, self.target, self.steps, self.octave = source, target, letter_steps(target), octave
        self.new_bar()

    def new_bar(self) -> None:
        """Forget the bar's accidentals."""
        self.read: dict[int, int] = {}
        self.written: dict[int, int] = {}

    def text(self, token: Token) -> str:
        """As it is written in ABC."""
        (letter, octave, alteration), shown = self.spelt(token)
        return pitch_text(letter, octave, alteration if shown else None)

    def spelt(self, token: Token) -> tuple[Spelt, bool]:
        """(how a pitch is spelt, whether its accidental has to be written)."""
        if token.accidental is not None:
            self.read[token.letter] = token.accidental
        alteration = self.read.get(token.letter, self.source.signature[token.letter])
        there = (token.letter, token.octave + self.octave, alteration)
        spelt = moved(there, self.steps, self.source, self.target)
        letter, octave, alteration = _within_doubles(*spelt)
        usual = self.written.get(letter, self.target.signature[letter])
        self.written[letter] = alteration
        return (letter, octave, alteration), alteration != usual


def _within_doubles(letter: int, octave: int, alteration: int) -> Spelt:
    """The same sound on a neighbouring letter, where a far key asks for a triple accidental."""
    while abs(alteration) > 2:
        step = 1 if alteration > 0 else -1
        octaves, there = divmod(letter + step, 7)
        alteration -= 12 * octaves + LETTER_SEMITONES[there] - LETTER_SEMITONES[letter]
        letter, octave = there, octave + octaves
    return letter, octave, alteration


def _bar(
    cell: Cell, meter: Meter, lead: int, speller: Speller, chords: Sequence[tuple[int, str]] = (),
    ornaments: Sequence[tuple[int, str]] = (),
) -> str:  # fmt: skip
    """One measure's notes; a blank stands before each group of beats. lead: ticks missing before them."""
    above, over = _above(cell, chords), _over(cell, ornaments)
    speller.new_bar()
    group = Fraction(2 * QUARTER if meter.lower <= 4 and meter.bar % (4 * QUARTER) == 0 else meter.beat, EIGHTH)
    text, inside, joined = "", False, True  # within a chord; nothing may part here
    for place, (token, at) in enumerate(cell):
        begins = token.kind in _BEGINS and not inside
        if begins and not joined and (at + Fraction(lead, EIGHTH)) % group == 0:
            text += " "
        text += "".join(f'"{name}"' for name in above.get(place, ()))
        if token.kind is Kind.METER:
            text += f"[{token.text}]"
            continue
        if token.kind is Kind.PITCH:
            (letter, octave, alteration), shown = speller.spelt(token)
            text += "".join(written(over.get(place, ()), letter, octave))
            text += pitch_text(letter, octave, alteration if shown else None)
        else:
            text += token.text
        joined = token.kind is Kind.TUPLET or token.broken != 0
        inside = (inside or token.kind is Kind.CHORD_OPEN) and token.kind is not Kind.CHORD_CLOSE
    return text


def _above(cell: Cell, chords: Sequence[tuple[int, str]]) -> dict[int, list[str]]:
    """By the place of a sign in the cell, the chords that are written above it; no two where one would be heard."""
    inside, signs = False, list[tuple[int, Fraction]]()
    for place, (token, at) in enumerate(cell):
        if token.kind in _BEGINS and not inside:
            signs.append((place, at))
        inside = (inside or token.kind is Kind.CHORD_OPEN) and token.kind is not Kind.CHORD_CLOSE
    found: dict[int, list[str]] = {}
    for ticks, name in chords:
        later = next((place for place, at in signs if at * EIGHTH >= ticks), signs[-1][0] if signs else 0)
        found.setdefault(later, []).append(name.replace('"', "'"))
    return found


def _over(cell: Cell, ornaments: Sequence[tuple[int, str]]) -> dict[int, list[str]]:
    """By the place of a note in the cell, what is written over it."""
    places = {at * EIGHTH: place for place, (token, at) in reversed(list(enumerate(cell))) if token.kind is Kind.PITCH}
    found: dict[int, list[str]] = {}
    for ticks, ornament in ornaments:
        if ticks in places:
            found.setdefault(places[Fraction(ticks)], []).append(ornament)
    return found


def _lines(bars: Sequence[str], measures: Sequence[Measure], meter: Meter) -> Iterator[str]:
    """A new line behind four whole bars, and wherever a part begins."""
    line, whole = _start(measures[0]) if measures else "", 0
    for i, bar in enumerate(bars):
        line += bar
        whole += not lead_of(measures, i, meter)
        closing, start = _signs(measures, i)
        if not start and (whole < BARS_A_LINE or i + 1 == len(bars)):
            line += f" {closing} "
        elif measures[i + 1].ending == 1 or (start == "|: " and closing == "|" and not whole):
            line += f" {start}"
        elif measures[i + 1].ending == 2:
            line += f" {closing.rstrip('|')}{start}"
        else:
            yield f"{line} {closing}".strip()
            line, whole = start, 0
    if line:
        yield line.strip()


def _start(measure: Measure) -> str:
    return "|: " if measure.opens else f"|{measure.ending} " if measure.ending else ""


def _signs(measures: Sequence[Measure], i: int) -> tuple[str, str]:
    """(the sign that closes measure `i`, the one that opens the next or "")."""
    closing = ":|" if measures[i].closes else "|"
    if i + 1 == len(measures):
        return (closing if measures[i].closes else "|]"), ""
    start = _start(measures[i + 1])
    if ends_second(measures, i) and not start and not measures[i].closes:
        repeats = next((m.closes and not m.opens for m in measures[i + 1 :] if m.opens or m.closes), False)
        return "||", "|: " if repeats else ""
    return closing, start
