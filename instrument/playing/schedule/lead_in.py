"""Lead-in: the bars before the music, counted in or filled by an opening chord, and where a pick-up falls in them.

What comes begins at `entry`; `line` is its first bar line, later than that by a pick-up. The lead-in is whole bars
before `line`, so a pick-up sounds in the last of them, where players have it: the plan has a bar of its own for a
pick-up, silent before it, and that bar is one of the lead-in's. Pure values in ticks, which are below 0 where the music
begins at the top of everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.tokens.bars import read_tune
from instrument.playing.schedule.lookahead import LookAhead


@dataclass(frozen=True, slots=True)
class LeadIn:
    """stands, entry, line: ticks, in this order: of the plan's bar that comes; bars: of the whole lead-in, 0 for none;
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


def chord_bars(kind: str, meter: Meter) -> int:
    """How many bars an opening chord lasts: one; four potatoes last two, or one where a bar has no halves."""
    return {"chord": 1, "potatoes": 2 if halves(meter) else 1}.get(kind, 0)


def halves(meter: Meter) -> bool:
    """Whether a bar has an even number of beats."""
    return meter.bar // meter.beat % 2 == 0


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
