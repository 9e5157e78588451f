"""Meters within a tune: the one in force at each of its measures, where tokens change it half way. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.measure import Measure
from instrument.music.meter import Meter


def meter_at(texts: Sequence[str], measures: Sequence[Measure], index: int) -> Meter:
    """The meter of measure number `index`; behind the last one, of that. texts: `M:` first."""
    last = measures[min(index, len(measures) - 1)].last if measures else 1
    found = next(text for text in reversed(texts[: max(1, last)]) if text.startswith("M:"))
    return Meter.parse(found[2:])
