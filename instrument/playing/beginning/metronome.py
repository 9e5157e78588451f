"""Metronome: a click on every beat, of the bars that are counted in and, where it is asked for, of the music itself.

It goes out as General MIDI percussion on channel 10, a wood block, a bar's first beat on the higher one. Beats are
those of what is announced, so the click follows pick-ups, changes of meter, tempo and rubato as the notes do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Span
from instrument.music.lead_in import LeadIn
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER
from instrument.playing.beginning.strokes import Strokes
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.in_order import ON, Moment
from instrument.playing.schedule.lead_in import begins_within
from instrument.playing.schedule.route import Route
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.sound.percussion import CHANNEL

HIGH, LOW = 76, 77  #: its high and low wood block
LENGTH = QUARTER // 8  #: ticks that a click lasts
JUST = QUARTER // 8  #: ticks by which a beat may have passed where it begins, and still count
SOFTEST = 0.45  #: what the other beats are, of the first one's velocity, where the accent is greatest


class Metronome:
    """Metronome click. thread: the player's. blocks: never. Its cost is constant."""

    def __init__(self, scheduler: Scheduler, ports: Sequence[str], snapshot: Snapshot) -> None:
        """ports: names of the outputs that the click goes to."""
        self.scheduler, self.route = scheduler, Route(tuple(ports), CHANNEL)
        self.snapshot = snapshot
        self.strokes = Strokes(scheduler)
        self._beats: deque[tuple[int, bool, bool]] = deque()  # tick, a bar's first, counted in
        self._last: Span | None = None  # the newest whose beats are known
        self._lead: LeadIn | None = None
        self._begun = 0

    def count(self, lead: LeadIn | None, tick: int) -> None:
        """The music has begun anew, or been moved, or its lead-in is another: its beats from `tick` on."""
        self._lead, self._begun, self._last = lead, self.scheduler.begun, None
        beats = lead.beats() if lead else []
        self._beats = deque((at, first, True) for at, first in beats if at >= tick)
        self._add(self.scheduler.buffer.since(self.scheduler.begun_at))

    def announced(self, spans: Iterable[Span]) -> None:
        """Spans that will be heard, in order; those of a beginning that is not known yet come with it."""
        if self._begun == self.scheduler.begun:
            self._add(spans)

    def head(self) -> Moment | None:
        """When the next beat comes. See `Source`; the ends of clicks are a source of their own, `strokes`."""
        if self.scheduler.playing and self._begun != self.scheduler.begun:
            self.count(None, self.scheduler.begun_at)
        return (self._beats[0][0], ON) if self._beats and self.scheduler.playing else None

    def take(self, now: float) -> list[Message]:
        """The click, where there is to be one. See `Source`."""
        at, first, counted = self._beats.popleft()
        if not (counted or self.snapshot.values["click.on"]) or not (velocity := self._velocity(first)):
            return []
        pitch = HIGH if first and self.snapshot.number("click.accent") else LOW
        return self.strokes.strike(Note(at, LENGTH, pitch, velocity, "click"), self.route, now)

    def _velocity(self, first: bool) -> int:
        """0..127: as loud as asked for; other beats are softer, the more the first stands out."""
        share = 1.0 if first else 1.0 - (1.0 - SOFTEST) * self.snapshot.number("click.accent")
        level = self.snapshot.number("click.level")
        return max(1, round(127 * level * share)) if level else 0

    def _add(self, spans: Iterable[Span]) -> None:
        line = self._lead.line if self._lead else self.scheduler.begun_at
        for span in spans:
            before = self._last or self.scheduler.buffer.at(span.start - 1)
            self._beats.extend((tick, first, False) for tick, first in beats(span, before) if tick >= line)
            self._last = span


def beats(span: Span, before: Span | None) -> list[tuple[int, bool]]:
    """(tick, whether it is a bar's first) of each beat of a span. before: the span that it follows. Pure."""
    meter = Meter.parse(span.meter)
    begins = span.end + span.lacking - meter.bar if begins_within(span, before) else span.start
    found = [(tick, tick == begins) for tick in range(begins, span.end, meter.beat)]
    return [beat for beat in found if beat[0] >= span.start]
