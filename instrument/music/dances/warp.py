"""A warp of musical time: where every tick of a stretch is played, in order.

Knots say where some ticks go; between them it is linear, outside it is the identity. Rising knots keep the order of
notes, so nothing that did not overlap does, and nothing ends before it begins. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from instrument.music.note import Note


@dataclass(frozen=True, slots=True)
class Warp:
    """Time warp of a stretch of music. knots: (tick as written, tick as played), both rising."""

    knots: tuple[tuple[int, float], ...] = ()

    @staticmethod
    def of(knots: Iterable[tuple[int, float]]) -> Warp:
        """Knots in any order; one that would not rise beyond those before it is left out, and so of two at one tick
        the second."""
        rising: list[tuple[int, float]] = []
        for written, played in sorted(knots, key=lambda knot: knot[0]):
            if not rising or (written > rising[-1][0] and played > rising[-1][1]):
                rising.append((written, played))
        return Warp(tuple(rising))

    def at(self, tick: int) -> int:
        """Where a tick is played."""
        knots = self.knots
        if not knots or not knots[0][0] <= tick <= knots[-1][0]:
            return tick
        place = min(bisect_right(knots, tick, key=lambda knot: knot[0]), len(knots) - 1)
        (x0, y0), (x1, y1) = knots[place - 1], knots[place]
        return round(y0 + (tick - x0) * (y1 - y0) / (x1 - x0))

    def note(self, note: Note) -> Note:
        """A note, begun and ended where they are played; at least a tick long."""
        start, end = self.at(note.start), self.at(note.end)
        if (start, end) == (note.start, note.end):
            return note
        return replace(note, start=start, duration=max(1, end - start))
