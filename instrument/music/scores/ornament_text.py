"""Ornaments of a known tune in a score: by measure, as ABC writes them, and as the page draws them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from instrument.music.dances.written_ornament import (
    ACCENT,
    INVERTED,
    MORDENT,
    PRALL,
    ROLL,
    STACCATO,
    TRILL,
    TURN,
    steps_of,
)
from instrument.music.events import Span
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.tokens import pitch_text

Ornaments = tuple[tuple[int, str], ...]  #: (ticks from the measure's first note or rest, ornament)
_WRITTEN = {
    ROLL: "~", TRILL: "T", TURN: "!turn!", INVERTED: "!invertedturn!", MORDENT: "M", PRALL: "P", STACCATO: ".",
    ACCENT: "L",
}  # fmt: skip


def ornaments_in(span: Span, length: int) -> Ornaments:
    """Those of a span. length: ticks of its measure, which ends where the span does."""
    return tuple((max(0, tick - span.end + length), ornament) for tick, ornament in span.ornaments)


def ornaments_by_measure(spans: Iterable[Span]) -> Mapping[int, Ornaments]:
    """Of a tune's measures, as each was played first."""
    found: dict[int, Ornaments] = {}
    for span in spans:
        if span.ornaments and span.place.measure not in found:
            texts = [text for text in span.written if text != "</s>"]
            length = read_tune(texts, strict=False).measures[span.place.measure].length
            found[span.place.measure] = ornaments_in(span, length)
    return found


def written(ornaments: Iterable[str], letter: int, octave: int) -> tuple[str, str]:
    """Ornaments over a note that is spelt so, in ABC: (grace notes, which stand before a chord symbol; the signs)."""
    before, signs = "", ""
    for one in ornaments:
        if steps := steps_of(one):
            notes = [divmod(letter + 7 * octave + step, 7) for step in steps]
            before += "{" + "".join(pitch_text(there, up, None) for up, there in notes) + "}"
        else:
            signs += _WRITTEN.get(one, "")
    return before, signs
