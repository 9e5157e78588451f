"""Answering: the performer plays a phrase; when it is over the model goes on from it, for as long.

A phrase is over when the performer has been silent for a while, or after a set number of bars. The answer begins on a
bar line, over the silence before and after it. What is played into an answer sounds, but is no part of a phrase.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Span
from instrument.music.phrase import Phrase
from instrument.music.scores.transcribe import transcribed
from instrument.music.ticks import EIGHTH
from instrument.playing.midi.midi_input import Heard
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.free_time import Silent
from instrument.playing.modes.play_mode import Played, note_of
from instrument.playing.schedule.scheduler import Scheduler

LONGEST = 16  #: bars of a phrase
BEFORE = EIGHTH  #: ticks before its end at which a phrase of a set length is taken, so that there is time to think

Key = tuple[str, int, int]  #: input, channel 0..15, key


@dataclass(slots=True)
class _Struck:
    """A note of the phrase. start, end: ticks; end: None while it is held."""

    start: int
    pitch: int
    end: int | None = None


class Answer(Silent):
    """thread: the player's. blocks: never. Writing down a phrase of eight bars takes 5 ms on a busy machine, once."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._notes: list[_Struck] = []
        self._down: dict[Key, _Struck] = {}
        self._bar = 0  # tick of the phrase's first bar line
        self._start = self._until = 0  # of the answer
        self._answering = False  # its first bar has begun
        self._phrase: Phrase | None = None
        self._spans: deque[Span] = deque()  # of the answer, waiting for their moment

    def end(self, now: float) -> list[Message]:
        self._drop()
        return super().end(now)

    def over(self, snapshot: Snapshot) -> Snapshot:
        return replace(super().over(snapshot), phrase=self._phrase)

    # the phrase

    def hear(self, heard: Heard) -> Played:
        note = note_of(heard)
        if note is not None:
            key, tick = (heard.port, heard.data[0] & 0x0F, note[0]), self.scheduler.tick(heard.at)
            self._lift(key, tick)
            if note[1] and tick >= self._until - self.controls.meter.beat:
                if not self._notes:
                    self._bar = self._first_bar(tick)
                self._down[key] = _Struck(tick, note[0])
                self._notes.append(self._down[key])
        return Played()

    def advance(self, now: float) -> Played:
        before = self.tick
        super().advance(now)
        if self.tick < before - self.controls.meter.beat:
            self._drop()  # the music has gone back: what was played there is no phrase here
        if not self._notes or not self.scheduler.playing or self.tick < self._until - BEFORE:
            return Played()
        bars, bar = int(self.controls.number("answer.bars")), self.controls.meter.bar
        if bars and self.tick >= self._bar + bars * bar - BEFORE:
            self._take(self._bar + bars * bar, bars)
            return Played(ask=True)
        if not bars and self._silent():
            last = max(note.end or self.tick for note in self._notes)
            self._take(self._next_bar(self.tick), max(1, -(-(last - self._bar - EIGHTH) // bar)))
            return Played(ask=True)
        return Played()

    def unhear(self, port: str, now: float, channel: int | None = None, pedals: bool = True) -> Played:
        for key in [key for key in self._down if key[0] == port and channel in (None, key[1] + 1)]:
            self._lift(key, self.scheduler.tick(now))
        return Played()

    def _drop(self) -> None:
        """Forget phrase and answer."""
        self._notes.clear()
        self._down.clear()
        self._spans.clear()
        self._start = self._until = 0

    def _lift(self, key: Key, tick: int) -> None:
        if struck := self._down.pop(key, None):
            struck.end = max(tick, struck.start + 1)

    def _silent(self) -> bool:
        """Whether the performer has stopped; or has gone on for too long."""
        wait = int(self.controls.number("answer.wait") * self.controls.meter.beat)
        last = max(note.end if note.end is not None else self.tick for note in self._notes)
        return self.tick - last >= wait or self.tick >= self._bar + LONGEST * self.controls.meter.bar

    def _take(self, start: int, bars: int) -> None:
        """The phrase is over: the answer begins at `start` and is so many bars long."""
        notes = [
            Note(struck.start - self._bar, max(1, (struck.end or start) - struck.start), struck.pitch)
            for struck in self._notes
        ]
        meter, key = self.controls.meter, self.controls.key
        number = self._phrase.number + 1 if self._phrase else 1
        self._phrase = Phrase(number, transcribed(notes, meter, key, bars), bars)
        self._start, self._until, self._answering = start, start + bars * meter.bar, False
        self._notes.clear()
        self._down.clear()
        self._spans.clear()

    def _first_bar(self, tick: int) -> int:
        """The bar line from which a phrase counts: the one before, or the next where it begins with a pick-up."""
        following = self._next_bar(tick)
        return following if following - tick <= self.controls.meter.beat else following - self.controls.meter.bar

    def _next_bar(self, tick: int) -> int:
        """The first bar line at or after `tick`."""
        last, bar = self.scheduler.buffer.last_committed, self.controls.meter.bar
        line = last.end + last.lacking if last else 0
        return line + -(-(tick - line) // bar) * bar

    # the answer

    def where(self) -> tuple[int, Span | None]:
        buffer = self.scheduler.buffer
        if not self._answering and buffer.committed > self._start and self._until:
            start = self._next_bar(buffer.committed)  # it was late: a bar later, then
            self._start, self._until = start, self._until - self._start + start
        return max(self._start, buffer.committed), buffer.last_committed

    def reach(self) -> int | None:
        return self._until

    def plans(self) -> set[int]:
        return {span.plan for span in self._spans}

    def receive(self, span: Span) -> bool:
        if span.start < self.scheduler.buffer.committed:
            return self._until <= span.start
        while self._spans and self._spans[-1].start >= span.start:
            self._spans.pop()
        if span.start < self._until:
            self._spans.append(span)
        return True

    def fill(self, start: int, last: Span | None) -> Span | None:
        while self._spans and self._spans[0].start < start:
            self._spans.popleft()
        if self._spans and self._spans[0].start == start:
            self._answering = True
            self.listen_for_drone(self._spans[0])
            return self._spans.popleft()
        return super().fill(start, last)
