"""Evenings compared: from a moment on the same bars with the same notes."""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.events import Span


def alike(ours: Sequence[Span], theirs: Sequence[Span], tick: int) -> bool:
    """From `tick` on the same bars with the same notes; where bar lines lay elsewhere, later by as much as the first
    is. False where there is nothing to compare."""
    here = [span for span in ours if span.start >= tick]
    first = here[0] if here else None
    there = [span for span in theirs if span.end > tick]
    if first is None or not there:
        return False
    shift = first.start - there[0].start
    for one, other in zip(here, there, strict=False):
        assert _said(one, shift) == _said(other, 0), (number_of(one), number_of(other))
    assert len(here) <= len(there)
    return True


def number_of(span: Span) -> tuple[int, int, int, int]:
    return span.start, span.tune, span.of_set.time, span.bar


def _said(span: Span, shift: int) -> tuple[object, ...]:
    notes = sorted((note.start - shift, note.duration, note.pitch, note.voice) for note in span.notes)
    return span.tune, span.of_set.time, span.bar, span.key, notes
