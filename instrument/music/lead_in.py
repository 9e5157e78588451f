"""Lead-in: the bars before the music, counted in or filled by an opening chord, and where a pick-up falls in them.

What comes begins at `entry`; `line` is its first bar line, later than that by a pick-up. The lead-in is whole bars
before `line`, so a pick-up sounds in the last of them, where players have it: the plan has a bar of its own for a
pick-up, silent before it, and that bar is one of the lead-in's. Pure values in ticks, which are below 0 where the music
begins at the top of everything.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.music.key import Key
from instrument.music.meter import Meter


@dataclass(frozen=True, slots=True)
class LeadIn:
    """Lead-in: the bars before the music.

    stands, entry, line: ticks, in this order: of the plan's bar that comes; bars: of the whole lead-in, 0 for none;
    counted: those of them, the last ones, that are counted with a click."""

    stands: int
    entry: int
    line: int
    bars: int
    counted: int
    meter: Meter
    key: Key

    @property
    def start(self) -> int:
        """Tick of the bar line that the lead-in begins on; where it has no bars, of the plan's bar."""
        return self.line - self.bars * self.meter.bar if self.bars else self.stands

    @property
    def room(self) -> int:
        """Ticks between the first note and its bar line, which a pick-up without a lead-in asks for."""
        return 0 if self.bars else self.line - self.entry

    def beats(self) -> list[tuple[int, bool]]:
        """(tick, whether it is a bar's first) of each beat that is counted."""
        meter, first = self.meter, self.line - self.counted * self.meter.bar
        return [(tick, (tick - first) % meter.bar == 0) for tick in range(first, self.line, meter.beat)]


def chord_bars(kind: str, meter: Meter) -> int:
    """How many bars an opening chord lasts: one; four potatoes last two, or one where a bar has no halves."""
    return {"chord": 1, "potatoes": 2 if halves(meter) else 1}.get(kind, 0)


def halves(meter: Meter) -> bool:
    """Whether a bar has an even number of beats."""
    return meter.bar // meter.beat % 2 == 0
