"""A scheduler with a few bars, asked at given moments, and its messages in brief."""

from __future__ import annotations

from dataclasses import replace

from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import Route
from instrument.playing.schedule.scheduler import Scheduler
from tests.fakes.band import BAR, bar_of

ROUTES = {
    "melody": Route(("out",), 1, 40, 90),
    "drone": Route(("out", "far"), 2),
    "bass": Route(("sound", "recording", "far"), 3, 43, 70),
}
SECOND = 2 * QUARTER  #: ticks at 120


def scheduler(*spans: Span, limit: int | None = None) -> Scheduler:
    """At 120 bpm a 4/4 bar takes two seconds."""
    one = Scheduler(ROUTES, 120.0, limit)
    for span in spans:
        assert one.buffer.put(span)
    return one


def bars(number: int) -> list[Span]:
    """Bar n (from 0) is four quarters of the pitch 60 + n."""
    return [bar_of(*(60 + n,) * 4, start=n * BAR) for n in range(number)]


def voice(span: Span, name: str) -> Span:
    return replace(span, notes=tuple(replace(note, voice=name) for note in span.notes))


def brief(messages: list[Message]) -> list[tuple[float, str, int, str]]:
    return [(round(m.due, 6), m.kind, m.number, m.port) for m in messages]


def notes(messages: list[Message]) -> list[tuple[float, str, int]]:
    return [(round(m.due, 6), m.kind, m.number) for m in messages if m.kind in ("on", "off")]


def advanced(one: Scheduler, *moments: float, commit: int = 0) -> list[Message]:
    return [message for now in moments for message in one.advance(now, commit)[0]]
