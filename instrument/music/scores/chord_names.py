"""Names of a span's chords, where they stand in its measure, and the names of a whole tune's for a score. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.tokens.bars import read_tune

Names = tuple[tuple[int, str], ...]  #: (ticks from the measure's first note or rest, name) of each chord


def chord_names(span: Span, length: int) -> Names:
    """Those of a span. length: ticks of its measure, which ends where the span does."""
    first, key = span.end - length, Key.parse(span.key)
    return tuple((max(0, placed.begins - first), placed.name(key)) for placed in span.chords)


def names_by_measure(spans: Iterable[Span]) -> Mapping[int, Names]:
    """Of a tune's measures, as each was backed when it was played first. A chord that only goes on is told once."""
    found: dict[int, Names] = {}
    lengths: dict[tuple[str, ...], tuple[int, ...]] = {}
    for span in spans:
        if not span.chords or span.place.measure in found:
            continue
        if span.written not in lengths:
            texts = [text for text in span.written if text != "</s>"]
            lengths[span.written] = tuple(measure.length for measure in read_tune(texts, strict=False).measures)
        found[span.place.measure] = chord_names(span, lengths[span.written][span.place.measure])
    return found
