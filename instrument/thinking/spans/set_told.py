"""Announcements of a set, as spans carry them: times, tunes, bars to go, what comes then and in which key. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.meter import Meter
from instrument.music.play_order import Place
from instrument.music.set_place import END, NEXT, UNKNOWN, SetPlace
from instrument.thinking.spans import set_course
from instrument.thinking.spans.bars_to_go import bars_in_part, bars_left, whole_tune
from instrument.thinking.spans.writer import Writer


def told(
    of: SetPlace, snapshot: Snapshot, tune: int, writer: Writer, place: Place, meter: Meter, aabb: bool,
    next_key: Callable[[], str],
) -> SetPlace:  # fmt: skip
    """`of` with what is told ahead, of the span at `place` of tune number `tune`.

    aabb: halves without signs are repeated; next_key: of the tune behind this one, asked for if that comes next
    """
    leaves = snapshot.signal is not None and snapshot.signal.leaves(tune)
    then = NEXT if leaves else END if of.ending else set_course.then(snapshot, of, tune)
    measures = whole_tune(writer.measures(), writer.plan, writer.whole, aabb, meter.bar)
    if leaves:
        left = bars_in_part(measures or writer.measures(), writer.plan, place, meter.bar)
    else:
        left = bars_left(measures, place, meter.bar)
    if then == END and not of.ending and left != UNKNOWN:
        left += bool(snapshot.values["set.chord"])
    return replace(
        of, tunes=set_course.tunes(snapshot), times=set_course.times(snapshot, tune - of.first), left=left, then=then,
        key=next_key() if then == NEXT else "",
        over=of.ending and place.measure + 1 >= len(writer.measures()),
    )  # fmt: skip
