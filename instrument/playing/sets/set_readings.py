"""Set readings: tune, time through, bars to go and what comes then, as told ahead. Plain questions."""

from __future__ import annotations

from collections.abc import Mapping

from instrument.controls.control import Value
from instrument.music.events import Span
from instrument.music.meter import Meter
from instrument.music.set_place import AGAIN, END, UNKNOWN, SetPlace
from instrument.playing.schedule.lookahead import LookAhead


def set_readings(buffer: LookAhead, tick: int, begun: bool) -> Mapping[str, Value]:
    """By the names in the table of readings. tick: where the music is; begun: something has been played."""
    sounding = next(buffer.since(tick), None) or buffer.last_committed
    if sounding is None or not begun:
        return {"set.tune": 0, "set.time": 0, "set.to_go": UNKNOWN, "set.coming": "", "set.key": ""}
    newest = buffer.ahead[0] if buffer.ahead else buffer.last_committed or sounding
    same = (newest.tune, newest.of_set.time) == (sounding.tune, sounding.of_set.time)
    told = newest if same and newest.source in ("composed", "known") else sounding
    over = sounding.of_set.over and tick >= sounding.end
    return {
        "set.tune": sounding.number, "set.time": sounding.of_set.time,
        "set.to_go": 0 if over else _to_go(sounding, told), "set.coming": "" if over else coming(told.of_set),
        "set.key": told.of_set.key,
    }  # fmt: skip


def _to_go(sounding: Span, told: Span) -> int:
    """Bars until what comes then, the one that sounds included."""
    if told.of_set.left == UNKNOWN:
        return UNKNOWN
    bar = Meter.parse(told.meter).bar
    pickup = sounding.bar == 0 and sounding.end - sounding.start < bar
    between = round((told.end - sounding.end) / bar)
    return told.of_set.left + between + (0 if pickup else 1)


def coming(of: SetPlace) -> str:
    """What comes then, in words: "time 2 of 3", "time 4" (of a tune that stays), "next tune", "the end"."""
    if of.then == AGAIN:
        return f"time {of.time + 1}" + (f" of {of.times}" if of.time < of.times else "")  # more where it stays
    return "the end" if of.then == END else "next tune"
