"""Lead-in of a planned bar, as the controls and what is planned there have it. Pure."""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.lead_in import LeadIn, chord_bars
from instrument.music.meter import Meter
from instrument.music.tokens.bars import read_tune
from instrument.playing.schedule.lookahead import LookAhead


def lead_in(snapshot: Snapshot, buffer: LookAhead, tick: int) -> LeadIn:
    """The lead-in of the bar at `tick`, as the controls and what is planned there have it. Pure."""
    span = buffer.at(tick)
    meter = Meter.parse(span.meter) if span else snapshot.meter
    key = Key.parse(span.key) if span else snapshot.key
    stands = entry = line = span.start if span else tick
    if span is not None:
        entry = max(stands, span.end - length) if (length := pickup(span)) else stands
        if length or begins_within(span, buffer.at(stands - 1)):
            line = span.end + span.lacking
    counted = int(snapshot.number("transport.count_in"))
    bars = max(counted, chord_bars(str(snapshot.values["transport.opening_chord"]), meter))
    return LeadIn(stands, entry, line, bars, counted, meter, key)


def again(lead: LeadIn, snapshot: Snapshot, buffer: LookAhead) -> LeadIn:
    """The same lead-in as what is planned has it now: another pick-up, meter or key, but no more and no fewer bars."""
    return replace(lead_in(snapshot, buffer, lead.stands), bars=lead.bars, counted=lead.counted)


def pickup(span: Span) -> int:
    """Ticks of the pick-up with which a tune's first bar ends, as it is written; 0 where it has none."""
    if span.bar:
        return 0
    measures, number = read_tune(span.written, strict=False).measures, span.place.measure
    length = measures[number].length if number < len(measures) else 0
    return length if length < Meter.parse(span.meter).bar else 0


def begins_within(span: Span, before: Span | None) -> bool:
    """Whether a span begins within a bar: a pick-up, or the rest of a bar whose first part is `before`."""
    short = span.end + span.lacking - span.start < Meter.parse(span.meter).bar
    return short and (span.bar == 0 or (before is not None and before.lacking > 0))
