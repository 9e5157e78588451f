"""Whole ticks for musical position, and the one place where ticks become seconds.

A quarter note is 10,080 ticks: divisible by MIDI's 24 clocks and by tuplets of 2 to 9. Everything
that is planned is planned in ticks; a `Timeline` turns a tick into seconds at the last step. A tempo
change does not edit a Timeline, it makes a new one that agrees with the old at the moment of change.
"""

from __future__ import annotations

from dataclasses import dataclass

QUARTER = 10_080  #: ticks in a quarter note
EIGHTH = QUARTER // 2  #: ticks in an eighth note, the unit length of our ABC
WHOLE = QUARTER * 4  #: ticks in a whole note


@dataclass(frozen=True, slots=True)
class Timeline:
    """A straight line between musical position and time.

    bpm: quarter notes a minute, > 0
    tick_origin: the tick that sounds at `time_origin`
    time_origin: seconds on the player's clock
    thread: any; a value.
    """

    bpm: float
    tick_origin: int = 0
    time_origin: float = 0.0

    def __post_init__(self) -> None:
        if not self.bpm > 0:
            raise ValueError(f"bpm = {self.bpm} must be above 0")

    @property
    def ticks_per_second(self) -> float:
        return self.bpm * QUARTER / 60.0

    def seconds(self, tick: int) -> float:
        """The time at which `tick` sounds, in seconds on the player's clock."""
        return self.time_origin + (tick - self.tick_origin) / self.ticks_per_second

    def tick(self, seconds: float) -> int:
        """The nearest whole tick to a time. `tick(seconds(t)) == t` for every t of a long night."""
        return self.tick_origin + round((seconds - self.time_origin) * self.ticks_per_second)

    def at_tempo(self, bpm: float, now: float) -> Timeline:
        """The line that leaves this one at `now` (seconds) with another tempo, without a jump."""
        return Timeline(bpm, self.tick(now), self.seconds(self.tick(now)))
