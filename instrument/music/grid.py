"""The grid of the harmoniser: four steps to a beat, laid over a meter's ticks.

Which note value counts as the chorale's beat is the tactus; it sets how often the voices move. In compound time the
three eighths of a beat fall on steps 0, 1 and 3, since no chorale beats in threes.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER

STEPS = 4  #: a beat
TACTUS = {"eighth": EIGHTH, "quarter": QUARTER, "dotted quarter": 3 * EIGHTH, "half": 2 * QUARTER}
BRISK = 120.0  #: quarter notes a minute from which 4/4 is felt in two


@dataclass(frozen=True, slots=True)
class Grid:
    """Grid of beats and steps for the harmoniser.

    beat: ticks of the tactus; beats: in a bar as the models count, 2, 3 or 4; origin: a tick on which such a bar
    begins, 0 <= origin < one such bar."""

    beat: int
    beats: int = 4
    origin: int = 0

    @property
    def bar(self) -> int:
        """Steps in a bar as the models count: 8, 12 or 16."""
        return self.beats * STEPS

    @property
    def compound(self) -> bool:
        """Whether a beat falls into three eighths."""
        return self.beat % EIGHTH == 0 and self.beat // EIGHTH % 3 == 0

    def tick(self, step: int) -> int:
        """Where a step falls. Steps count from the origin and may be negative."""
        beat, part = divmod(step, STEPS)
        return self.origin + beat * self.beat + self._parts[part]

    def step(self, tick: int) -> int:
        """The step that `tick` is nearest to; halfway belongs to the later one."""
        now = self.under(tick)
        return now + (tick - self.tick(now) >= self.tick(now + 1) - tick)

    def under(self, tick: int) -> int:
        """The newest step at or before `tick`."""
        beat, rest = divmod(tick - self.origin, self.beat)
        return beat * STEPS + bisect_right(self._parts, rest) - 1

    def place(self, step: int) -> int:
        """Steps from the bar line, 0..bar-1."""
        return step % self.bar

    @property
    def _parts(self) -> tuple[int, int, int, int]:
        if self.compound:
            return 0, self.beat // 3, self.beat // 2, 2 * self.beat // 3
        return 0, self.beat // 4, self.beat // 2, 3 * self.beat // 4


def tactus(asked: str, meter: Meter, bpm: float) -> int:
    """The tactus in ticks. asked: a key of TACTUS, or "auto"; bpm: quarter notes a minute. Pure.

    By default the dotted quarter in compound time; the half note in 3/2, 2/2 and, from 120 on, in 4/4; else the
    meter's own beat. A asked that does not divide the bar gives way to the meter's own beat.
    """
    if asked in TACTUS and meter.bar % TACTUS[asked] == 0:
        return TACTUS[asked]
    if asked == "auto" and meter == Meter(4, 4) and bpm >= BRISK:
        return TACTUS["half"]
    return meter.beat


def grid(meter: Meter, beat: int, barline: int, bars: int = 0) -> Grid:
    """The grid in which bar number `bars` (from 0) begins at tick `barline`. beat: of `tactus`. Pure.

    A bar of one beat is counted with its neighbour, one of more than four in its parts.
    """
    count = meter.bar // beat
    beats = count if 2 <= count <= 4 else 3 if count % 3 == 0 else 4 if count % 4 == 0 else 2
    return Grid(beat, beats, (barline - bars * meter.bar) % (beats * beat))
