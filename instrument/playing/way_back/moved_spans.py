"""Spans played again at another place: moved as they are, joined one behind the other, bar lines on bar lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instrument.music.events import Span
from instrument.music.meter import Meter
from instrument.playing.schedule import packed_bar

OWN = ("repeated", "silent")  #: sources of spans that stand in for others and belong to no tune


def moved(span: Span, start: int) -> Span:
    """The span with its notes, begun at another tick; other ways at its notes are not offered again."""
    return replace(packed_bar.moved(span, start - span.start), branches=())


def joined(spans: Sequence[Span], start: int, after: Span | None) -> list[Span]:
    """The spans one behind the other from `start` on. after: the span that ends there; where its bar still lacks
    something, or the first of the spans is a pick-up, the first begins with so much silence that bar lines meet."""
    found: list[Span] = []
    for span in spans:
        silence = 0 if found else _silence(span, after)
        one = moved(span, start + silence)
        found.append(replace(one, start=start) if silence else one)
        start = one.end
    return found


def _silence(span: Span, after: Span | None) -> int:
    """Ticks between the end of one span and the notes of another, so that both keep to bar lines."""
    bar = Meter.parse(span.meter).bar
    into = 0 if span.lacking else -(span.end - span.start) % bar  # how far behind a bar line it began
    return ((after.lacking if after else 0) + into) % bar
