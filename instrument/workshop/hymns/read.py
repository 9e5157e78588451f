"""Reader of hymns in four voices: one ABC file of the Open Hymnal onto the harmoniser's grid of 16ths.

Each voice is read by the instrument's own reader of ABC, as if it were a tune alone, and laid on the grid; the voices
must agree bar by bar. A hymn is read as it is printed: repeats are not played twice. Two notes on one voice's stem
give the higher, in the bass the lower. What cannot be read so is left out with its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from instrument.music.abc.abc_file import decoded, parted, plain_lines, without_comment
from instrument.music.abc.body import Body
from instrument.music.abc.fields import voice as voice_named
from instrument.music.abc.lexer import field_of
from instrument.music.abc.ties import beside, even
from instrument.music.abc.written_tune import Score, WrittenTune
from instrument.music.key import LETTER_SEMITONES
from instrument.music.meter import Meter
from instrument.networks.chorale.tokens import BASS, HIGHEST, HOLD, LOWEST, REST, token
from instrument.workshop.chorale.corpus import GRID, MOST_STEPS, Chorale

VOICES = 4
PARTED = Meter(6, 4)  #: read as two bars of three
LAST_DEATH = 1955  #: of composers and arrangers; who lived longer may be protected for 70 years yet, outside the USA
BENT = {1: Fraction(3, 2), 0: Fraction(1), -1: Fraction(1, 2)}  #: by the dots of broken rhythm behind a note
MOST_BYTES = 1_000_000  #: of one file
_INLINE = re.compile(r"\[V:([^\]]*)\]")
_LIVED = re.compile(r"\((\d{4})?\s*-\s*(\d{4})?\)")
_MAKERS = ("%OHCOMPOSER", "%OHARRANGER")


def read_hymn(path: Path) -> Chorale:
    """One file on the grid, by its name. Raises ValueError with the reason it is left out, OSError.

    A file of whatever bytes gives one of these. blocks: tens of milliseconds.
    """
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError("longer than any hymn")
    return hymn(path.name, decoded(data))


def hymn(name: str, text: str) -> Chorale:
    """The same of a text in ABC. Raises ValueError. Pure."""
    _allowed(text)
    header, *voices = _voices(text)
    scores = [Body(header, lines, Counter()).read() for lines in voices]
    laid = [_laid(score, lowest=number == BASS) for number, score in enumerate(scores)]
    bars = laid[0].bars
    for number, each in enumerate(laid):
        if each.bars != bars:
            at = next((i for i, (a, b) in enumerate(zip(each.bars, bars, strict=False)) if a != b), len(bars))
            raise ValueError(f"voice {number + 1} does not agree with the first in bar {at + 1}")
    places, lengths = bar_frame([_steps(bar) for bar in bars], _bar_steps(scores[0].meter))
    grids = [each.grid(len(places)) for each in laid]
    moved = sum(each.moved for each in laid)
    return Chorale(name, tuple(tuple(grid) for grid in grids), tuple(places), tuple(lengths), moved)


def tune_name(name: str) -> str:
    """The tune of a file named WORDS-TUNE.abc, of several names the first, in small letters; "" where none is."""
    words = name.removesuffix(".abc").split("-")
    return re.sub(r"[^a-z0-9]", "", words[1].lower()) if len(words) > 1 else ""


def _allowed(text: str) -> None:
    """Refuse what may not be learned from, and what Bach wrote."""
    credits = "\n".join(line for line in text.splitlines() if line.startswith("C:"))
    if not re.search(r"copyright:\s*public domain", credits, re.IGNORECASE):
        raise ValueError("it does not say that it is in the public domain")
    made = " ".join(line for line in text.splitlines() if line.startswith(_MAKERS))
    if "Bach, Johann Sebastian" in made or re.search(r"Setting[^\n]*\bBach\b", credits):
        raise ValueError("set by Bach")
    for born, died in _LIVED.findall(made):
        if int(died or 9999) > LAST_DEATH and int(born or 0) > LAST_DEATH - 110:
            raise ValueError(f"made by someone who died after {LAST_DEATH}")


def _voices(text: str) -> tuple[list[str], ...]:
    """(the header, without its voices; each of the four voices' lines). Raises ValueError."""
    header, lines = parted(plain_lines(text), Counter())
    if not header:
        raise ValueError("no K: field closes its header")
    if field := next((line for line in header if line.startswith("M:") and "none" in line), None):
        raise ValueError(f"no meter ({without_comment(field)[2:].strip()})")
    names = [voice_named(without_comment(line[2:]))[0] for line in header if line.startswith("V:")]
    of: dict[str, list[str]] = {name: [] for name in names}
    now = ""
    for line in lines:
        found = field_of(line)
        if found and found[0] == "V":
            now = voice_named(found[1])[0]
        elif (found and found[0] in "wWs+") or line.startswith("%"):
            continue
        elif found:
            for each in of.values():
                each.append(line)
        else:
            for at, piece in enumerate(_INLINE.split(without_comment(line))):
                if at % 2:
                    now = voice_named(piece)[0]
                elif piece.strip():
                    of.setdefault(now, []).append(piece)
    sung = {name: each for name, each in of.items() if any(not field_of(line) for line in each)}
    if len(sung) != VOICES:
        raise ValueError(f"{len(sung)} voices, not four")
    return [line for line in header if not line.startswith("V:")], *sung.values()


class _Laid:
    """One voice as notes and bars. bars: the length of each, in quarters; notes: (start, end, pitch, tied into)."""

    def __init__(self) -> None:
        self.bars: list[Fraction] = []
        self.notes: list[tuple[Fraction, Fraction, int, bool]] = []
        self.moved = 0

    def grid(self, steps: int) -> list[int]:
        """Its tokens; onsets that are not on a 16th move to the nearest, and are counted."""
        tokens = [REST] * steps
        for start, end, pitch, tied in self.notes:
            first, last = round(start * GRID), min(round(end * GRID), steps)
            self.moved += (start * GRID).denominator > 1
            if not LOWEST <= pitch <= HIGHEST:
                raise ValueError(f"pitch {pitch} is outside {LOWEST}..{HIGHEST}")
            if first >= steps or last <= first:
                continue
            tokens[first] = HOLD if tied and first and tokens[first - 1] != REST else token(pitch)
            tokens[first + 1 : last] = [HOLD] * (last - first - 1)
        return tokens


def _laid(score: Score, lowest: bool) -> _Laid:
    """A voice's notes in time. Raises Refused."""
    found, at, bar = _Laid(), Fraction(0), Fraction(0)
    tied: set[int] = set()
    for length, pitches, ties in _events(even(beside(score.body)), score.meter):
        if length is None:
            if at > bar:
                found.bars.append(at - bar)
            bar = at
            continue
        if pitches:
            pitch = (min if lowest else max)(pitches) + score.semitones
            found.notes.append((at, at + length, pitch, pitch in tied))
            tied = {pitch} if ties else set()
        else:
            tied = set()
        at += length
    if at > bar:
        found.bars.append(at - bar)
    return found


def _events(body: list[WrittenTune], meter: Meter) -> Iterator[tuple[Fraction | None, list[int], bool]]:
    """(quarters, pitches as written, whether they are tied on) of each note, rest and chord; None at a bar line."""
    factor, left, dots = Fraction(1), 0, 0
    inside: list[WrittenTune] | None = None
    for at, w in enumerate(body):
        if w.kind == "chord_open":
            inside = []
        elif w.kind == "note" and inside is not None:
            inside.append(w)
        elif w.kind == "bar":
            yield None, [], False
        elif w.kind == "tuplet":
            usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(w.tuplet, 3 if meter.compound else 2)
            factor, left = Fraction(usual, w.tuplet), w.tuplet
        elif w.kind == "broken":
            dots = w.dots
        elif w.kind in ("note", "rest", "chord_close"):
            notes = inside if w.kind == "chord_close" and inside else [w] if w.kind == "note" else []
            length = (notes[0].length * w.length if w.kind == "chord_close" and notes else w.length) / 2
            ahead = next((x for x in body[at + 1 :] if x.kind not in ("tie", "tuplet", "bar")), None)
            after = ahead.dots if ahead is not None and ahead.kind == "broken" else 0
            following = body[at + 1] if at + 1 < len(body) else None
            ties = following is not None and following.kind == "tie"
            yield length * factor * BENT[after] * BENT[-dots], [_midi(note) for note in notes], ties
            left, dots, inside = max(0, left - 1), 0, None
            factor = factor if left else Fraction(1)


def _midi(note: WrittenTune) -> int:
    return 60 + 12 * note.octave + LETTER_SEMITONES[note.letter] + note.alteration


def _bar_steps(meter: Meter) -> int:
    """Steps of a bar as the experts count it. Raises ValueError for a meter whose beats are not in four steps."""
    if meter.compound:
        raise ValueError(f"{meter} beats in threes")
    quarters = Fraction(4 * meter.upper, meter.lower) / (2 if meter == PARTED else 1)
    return _steps(quarters)


def _steps(quarters: Fraction) -> int:
    steps = quarters * GRID
    if steps.denominator != 1:
        raise ValueError("a bar that does not end on a 16th")
    return int(steps)


def bar_frame(lengths: list[int], bar: int) -> tuple[list[int], list[int]]:
    """Place in the bar and length of the bar, each step, from the steps between bar lines. Pure.

    A short first bar stands at the end of its bar; two short ones that make a whole, as about a line's end or a
    repeat sign, are one. A longer one (two bars of 3/4 written as 6/4) begins anew after each whole bar.
    """
    places: list[int] = []
    before = 0  # where the bar under way has come to
    for number, length in enumerate(lengths):
        if len(places) + length > MOST_STEPS:
            raise ValueError(f"longer than {MOST_STEPS} steps")
        first = bar - length if number == 0 and length < bar else 0
        if 0 < before < bar and before + length == bar:
            first = before
        places += [(first + i) % bar for i in range(length)]
        before = (first + length) % bar
    if not places:
        raise ValueError("no bars")
    return places, [bar] * len(places)
