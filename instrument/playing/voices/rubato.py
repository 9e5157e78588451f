"""Rubato of a performer: where the beat is and how fast, taken from the keys.

The first key after a silence begins a bar. Every other belongs to the grid place it is nearest to, and the place moves
to the key; from how far apart keys are the tempo is learned, within bounds of the one that is set.
"""

from __future__ import annotations

from instrument.music.cues import Sung
from instrument.music.grid import Grid
from instrument.music.ticks import Timeline

SILENCE = 4  #: beats without a key down, after which a key begins anew
LEARN = 0.3  #: how much of what two keys say of the tempo is believed
SLOWEST, FASTEST = 0.6, 1.6  #: times the tempo that is set
CLOSE = 2  #: steps; keys nearer than this say nothing of the tempo


class Rubato:
    """Rubato of a performer. thread: the player's. blocks: never."""

    def __init__(self, bpm: float, tick: int, now: float) -> None:
        """bpm: quarter notes a minute, as set; tick: where the music is at `now` (seconds)."""
        self.bpm, self.pace = bpm, 1.0
        self._line = Timeline(bpm, tick, now)
        self._struck: tuple[int, float] | None = None  # the last key's tick and second

    def tick(self, at: float) -> int:
        """Where the music is."""
        return self._line.tick(at)

    def seconds(self, tick: int) -> float:
        return self._line.seconds(tick)

    def set_bpm(self, bpm: float, now: float) -> None:
        """Another tempo is set; what was learned is forgotten."""
        if bpm != self.bpm:
            self.bpm, self.pace = bpm, 1.0
            self._line = self._line.at_tempo(bpm, now)

    def strike(self, at: float, grid: Grid, note: Sung | None) -> int:
        """A key goes down: the tick of its grid place, which is now. note: what led until now."""
        tick = self._line.tick(at)
        if note is None or (note.ended is not None and tick - note.ended > SILENCE * grid.beat):
            step, self._struck = -(-grid.under(tick) // grid.bar) * grid.bar, None
        else:
            step = max(grid.step(tick), grid.step(note.tick))
        place = grid.tick(step)
        self._learn(place, at, grid)
        self._line = Timeline(self.bpm * self.pace, place, at)
        return place

    def _learn(self, place: int, at: float, grid: Grid) -> None:
        before, self._struck = self._struck, (place, at)
        if before is None or not CLOSE <= grid.step(place) - grid.step(before[0]) <= grid.bar:
            return
        found = (place - before[0]) / self._line.ticks_per_second / max(at - before[1], 1e-3) * self.pace
        self.pace = min(FASTEST, max(SLOWEST, self.pace * (found / self.pace) ** LEARN))
