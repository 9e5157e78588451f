"""Announced part of a tune, as tokens: as it is written, or as it was played. Pure."""

from __future__ import annotations

from instrument.music.events import Place, Span
from instrument.music.play_order import follow, in_aabb, two_parts
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.decode import GrowingTune
from instrument.music.tokens.tokens import BARS

CONTEXT = 8  #: measures as played that prime the model after a change of meter or mode


def announced(after: Span) -> tuple[str, ...]:
    """The tokens that have been played or will be, with the repeat under way, whatever the controls."""
    measures = read_tune([t for t in after.written if t != "</s>"], strict=False).measures
    return after.written[: measures[reached(after)].last] if measures else after.written


def reached(after: Span, reading: GrowingTune | None = None) -> int:
    """The furthest measure that has been played or will be, with the repeat under way; -1 for none. reading: of the
    tune before, where there is one, so that what both have is not read again."""
    measures = (reading or GrowingTune()).read([t for t in after.written if t != "</s>"]).measures
    parts = two_parts(measures) if after.place.time == 2 else None
    measures = in_aabb(measures, parts) if parts else measures
    last = min(after.place.measure, len(measures) - 1)
    while after.place.time == 2 and last + 1 < len(measures) and not measures[last].closes:
        last += 1
    return last


def as_played(after: Span) -> list[str]:
    """The tokens of the last measures played, repeats written out, `|` between them."""
    texts = [t for t in after.written if t != "</s>"]
    measures = read_tune(texts, strict=False).measures
    played, place = [Place()], Place()
    while place != after.place and place.measure < len(measures) and len(played) < 500:
        place = follow(measures, place)
        played.append(place)
    if played[-1] != after.place:
        played = [after.place]
    tokens: list[str] = []
    for place in played[-CONTEXT:]:
        if place.measure < len(measures):
            measure = measures[place.measure]
            tokens += [t for t in texts[measure.first : measure.last] if t not in BARS] + ["|"]
    return tokens
