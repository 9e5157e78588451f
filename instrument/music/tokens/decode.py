"""Decoding of folk-rnn tokens: from a row of tokens to measures of notes.

Tokens come in without `<s>` and `</s>`. Strict, the reader refuses whatever is not music; lenient, it steps
over it and always comes out with a tune, whatever a model may have said. Both read good tokens alike, and a
tune's beginning alike however it goes on (only `:|` behind an empty measure reaches back, to the one before).

Where ABC leaves a choice, we read as `abc2midi` does (`docs/abc2midi.md` lists where we do not):

- An accidental lasts to the bar line, for its letter in every octave: ABC 2.1, 11.3, whose default
  `%%propagate-accidentals pitch` this is, and abc2midi's default.
- Broken rhythm and tuplets go on over a bar line. In a tuplet, broken rhythm bends its lengths.
- A rest takes part in broken rhythm and tuplets as a note does, and so does a chord.
- A chord, and each of its notes, lasts as its first note; a length behind it multiplies (ABC 2.1, 4.17).
- Broken rhythm between notes of unequal lengths means nothing, within a bar. Over a bar line, where the first has
  sounded before the second is known, it bends each by its own length, as it does beside a chord.
- A tie makes one note of two, over a bar line too: that note lasts past its measure's end. Behind a first ending the
  second is tied on as the first is, where it lasts as long; nothing is tied over `:|`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from instrument.music.key import Key
from instrument.music.measure import Misspelt, Tune
from instrument.music.meter import Meter
from instrument.music.tokens.measure_reader import MeasureReading
from instrument.music.tokens.tokens import Token
from instrument.music.tokens.tuplets import tuplet_ratio

__all__ = ["GrowingTune", "placed", "read_tune", "tuplet_ratio"]


def read_tune(texts: Sequence[str], strict: bool = True) -> Tune:
    """Tokens, `M:` and `K:` first, to a Tune. Pure.

    strict: raise Misspelt at the first token that makes no sense where it stands; otherwise skip it. A bad
    meter or mode at the head raises Misspelt either way; with a good one, lenient reading never raises.
    """
    meter, mode = _head(texts)
    return Tune(meter, mode, tuple(MeasureReading(texts, meter, mode, strict).read()))


class GrowingTune:
    """Reads, lenient, a tune that is written on, or otherwise from some place on: only what stands behind the last bar
    line up to there is read again. Copies go on by themselves. Not shared between threads.
    """

    def __init__(self) -> None:
        self._texts: tuple[str, ...] = ()
        self._reader: MeasureReading | None = None
        self._tune: Tune | None = None

    def read(self, texts: Sequence[str]) -> Tune:
        """What `read_tune(texts, strict=False)` gives. Raises Misspelt for a bad head."""
        texts = tuple(texts)
        if self._tune is not None and texts == self._texts:
            return self._tune
        alike = _alike(texts, self._texts)
        known = self._reader if alike >= 2 else None
        meter, mode = (known.meter, known.mode) if known else _head(texts)
        reader = MeasureReading(texts, meter, mode, strict=False)
        if known:
            reader.go_on(known, alike)
        tune = Tune(meter, mode, tuple(reader.read()))
        self._texts, self._reader, self._tune = texts, reader, tune
        return tune


def placed(texts: Sequence[str]) -> list[tuple[Token, Fraction]]:
    """The tokens behind the head that make sense, each with where in its measure it stands, in eighths. Pure.

    A chord's tokens stand where it does, its sign of closing and what follows too. Raises Misspelt for the head.
    """
    meter, mode = _head(texts)
    reader = MeasureReading(texts, meter, mode, strict=False)
    reader.read()
    return reader.placed


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """With how many texts both begin."""
    count = min(len(one), len(other))
    if one[:count] == other[:count]:
        return count
    return next(place for place in range(count) if one[place] != other[place])


def _head(texts: Sequence[str]) -> tuple[Meter, Key]:
    if len(texts) < 2 or not texts[0].startswith("M:") or not texts[1].startswith("K:C"):
        raise Misspelt("a tune opens with its meter and mode, such as M:4/4 K:Cmaj")
    try:
        meter, mode = Meter.parse(texts[0][2:]), Key.parse(texts[1][2:])
    except ValueError as error:
        raise Misspelt(str(error)) from None
    if mode.tonic:
        raise Misspelt(f"{texts[1]} is not a mode on C")
    return meter, mode
