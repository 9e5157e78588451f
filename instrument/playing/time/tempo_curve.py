"""A tempo curve: the music's time against the clock's, bending within a phrase and meeting it at the phrase's end.

Beats are added as they are announced, each with how much longer than the clock's it lasts. Where none are, and behind
the last, the music goes as fast as the clock. Whoever asks the scheduler where the music is asks through this, so that
melody, drone, accompaniment and a clock that goes out bend together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

KEPT = 4096  #: knots: more than an hour of beats, and as far back as the music can be moved


@dataclass(frozen=True, slots=True)
class Beat:
    """Beat of a tempo curve.

    start, end: ticks, the end beyond the start; stretch: > 0, how much longer than the clock's it lasts.
    """

    start: int
    end: int
    stretch: float


class TempoCurve:
    """Tempo curve of a phrase. thread: the player's. blocks: never."""

    def __init__(self) -> None:
        self._ticks: list[int] = []
        self._clock: list[float] = []

    @property
    def straight(self) -> bool:
        """The music goes with the clock and always has."""
        return not self._ticks

    def clear(self) -> None:
        """From here on ticks are the clock's own."""
        self._ticks.clear()
        self._clock.clear()

    def begin(self, tick: int) -> None:
        """The music begins at `tick`: what was said of before is forgotten, and the clock's time led up to it."""
        if self._ticks:
            begins, keep = self.clock(tick), bisect_right(self._ticks, tick)
            self._ticks[:keep], self._clock[:keep] = [tick], [begins]

    def add(self, start: int, beats: Sequence[Beat]) -> None:
        """From `start` (ticks) on these beats, which join; straight where there are none. What was said of `start` and
        beyond is void: the music has gone back."""
        keep = bisect_right(self._ticks, start - 1)
        if not beats and keep == len(self._ticks):
            return
        begins = self.clock(start)
        del self._ticks[keep:], self._clock[keep:]
        self._put(start, begins)
        for beat in beats:
            self._put(beat.end, self._clock[-1] + (beat.end - beat.start) * beat.stretch)
        del self._ticks[:-KEPT], self._clock[:-KEPT]

    def clock(self, tick: int) -> float:
        """The clock's tick at a tick of the music."""
        ticks, clock = self._ticks, self._clock
        if not ticks:
            return tick
        place = bisect_right(ticks, tick)
        if place == 0:
            return clock[0] - (ticks[0] - tick)
        if place == len(ticks):
            return clock[-1] + (tick - ticks[-1])
        share = (tick - ticks[place - 1]) / (ticks[place] - ticks[place - 1])
        return clock[place - 1] + share * (clock[place] - clock[place - 1])

    def tick(self, clock: float) -> int:
        """The nearest tick of the music at a tick of the clock."""
        ticks, clocks = self._ticks, self._clock
        if not ticks:
            return round(clock)
        place = bisect_right(clocks, clock)
        if place == 0:
            return round(ticks[0] - (clocks[0] - clock))
        if place == len(ticks):
            return round(ticks[-1] + (clock - clocks[-1]))
        share = (clock - clocks[place - 1]) / (clocks[place] - clocks[place - 1])
        return round(ticks[place - 1] + share * (ticks[place] - ticks[place - 1]))

    def _put(self, tick: int, clock: float) -> None:
        self._ticks.append(tick)
        self._clock.append(clock)
