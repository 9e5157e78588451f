"""A scheduler at a given tempo, asked again and again up to a moment."""

from instrument.music.events import Span
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler
from tests.fakes.band import ROUTES


def scheduler(*spans: Span, bpm: float = 120.0) -> Scheduler:
    one = Scheduler(ROUTES, bpm)
    for span in spans:
        assert one.buffer.put(span)
    return one


def run(one: Scheduler, until: float, step: float = 0.01) -> list[Message]:
    found: list[Message] = []
    for turn in range(round(until / step) + 1):
        found += one.advance(turn * step)[0]
    return found


def brief(messages: list[Message]) -> list[tuple[float, str, int]]:
    return [(round(m.due, 6), m.kind, m.number) for m in messages]
