"""Strokes: notes outside the plan that begin and end at ticks of the music, such as a click or an opening chord.

Each is ended where it was struck, through the note ledger, whatever has become of its voice's channel since.
"""

from __future__ import annotations

import heapq

from instrument.music.events import Note
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.in_order import AT_ONCE, OFF, Moment
from instrument.playing.schedule.ledger import Sounding
from instrument.playing.schedule.route import Route
from instrument.playing.schedule.scheduler import LATE_LIMIT, Scheduler

Holder = tuple[str, str]


class Strokes:
    """Strokes outside the plan: clicks and opening chords. thread: the player's. blocks: never."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.struck: list[Note] | None = None  #: where it is kept what was struck, by whoever wants to know
        self._ends: list[tuple[int, Sounding, Holder]] = []  # tick, where, who

    def strike(self, note: Note, route: Route, now: float) -> list[Message]:
        """A note whose tick has come; none that is too late. now: seconds, as the scheduler's."""
        due = self.scheduler.seconds(note.start)
        if now - due > LATE_LIMIT:
            return []
        if self.struck is not None:
            self.struck.append(note)
        messages: list[Message] = []
        holder = ("stroke", note.voice)
        for port in route.ports:
            struck = self.scheduler.ledger.on(due, port, route.channel, note.pitch, note.velocity, holder)
            if struck:
                heapq.heappush(self._ends, (note.end, (port, route.channel, note.pitch), holder))
            messages += struck
        return messages

    def head(self) -> Moment | None:
        """When the first of them ends: at once, where the music has stopped. See `Source`."""
        if not self._ends:
            return None
        return (self._ends[0][0], OFF) if self.scheduler.playing else AT_ONCE

    def take(self, now: float) -> list[Message]:
        """See `Source`."""
        at, where, holder = heapq.heappop(self._ends)
        due = self.scheduler.seconds(at) if self.scheduler.playing else now
        return self.scheduler.ledger.off(due, *where, holder)

    def forget(self) -> None:
        """The ledger has ended every note."""
        self._ends.clear()
