"""Position readings: bar and beat of the tune and of the song, whatever clock the music goes by. Plain questions."""

from __future__ import annotations

from collections.abc import Mapping

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER
from instrument.playing.schedule.scheduler import Scheduler


def position(scheduler: Scheduler, snapshot: Snapshot, origin: int, now: float) -> Mapping[str, Value]:
    """By the names in the table of readings, counted from 1; 0 before anything was played. origin: tick of the song's
    top; now: seconds."""
    tick = scheduler.tick(now)
    if scheduler.playing and not scheduler.counting(now):
        tick = max(tick, scheduler.begun_at)  # what was moved is told as there, the moment ahead included
    if not scheduler.begun:
        return dict.fromkeys(("song.bar", "song.beat", "tune.bar", "tune.beat", "status.bar", "clock.beat"), 0)
    meter, since = snapshot.meter, max(tick - origin, 0)
    bar, beat = since // meter.bar + 1, since % meter.bar // meter.beat + 1
    found: dict[str, Value] = {"song.bar": bar, "song.beat": beat, "status.bar": bar, "clock.beat": since // QUARTER}
    if scheduler.counting(now):
        return {**found, "tune.bar": 0, "tune.beat": 0}
    span = next(scheduler.buffer.since(tick), None)
    if span is not None and span.start <= tick:
        own = Meter.parse(span.meter)
        begins = span.end + span.lacking - own.bar if span.bar == 0 else span.start  # a pick-up ends with its bar
        found |= {"tune.bar": span.bar + 1, "tune.beat": max(0, tick - begins) // own.beat + 1}
    return found
