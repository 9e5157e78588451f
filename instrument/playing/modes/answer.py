"""Answering: the performer plays a phrase; when it is over the model goes on from it, for as long.

A phrase is over when the performer has been silent for a while, or after a set number of bars. By the hands the answer
comes in the tempo that was played and on the bar line, or the half bar, where the performer would have gone on; by the
clock on the clock's bar line. Who plays on is waited for; who plays into an answer silences it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from instrument.controls.midi_messages import channel_of
from instrument.controls.practice import tempo_of
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.phrase import Phrase
from instrument.music.scores.transcribe import transcribed
from instrument.music.ticks import EIGHTH, Timeline
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.free_time import Silent
from instrument.playing.modes.phrase_heard import MOST, Key, PhraseHeard
from instrument.playing.modes.play_mode import ModeResult, note_of
from instrument.playing.schedule.scheduler import Scheduler

BEFORE = EIGHTH  #: ticks before its end at which a phrase of a set length is taken, so that there is time to think
PAUSE = 0.5  #: beats of silence after which its answer is thought of, before it is sure that it is over
HALVED = 4  #: beats of a bar that has a half on which an answer may begin


class Answer(Silent):
    """Play mode "answer": phrases are answered.

    thread: the player's. blocks: never. Writing down a phrase of eight bars takes 5 ms on a busy machine, once.
    """

    def __init__(self, scheduler: Scheduler, free: Callable[[], bool] = lambda: False) -> None:
        """free: whether nobody else gives the time, or goes by ours, so that the performer's hands may."""
        super().__init__(scheduler)
        self._free = free
        self._playing: PhraseHeard | None = None  # what is played now, until its answer has begun
        self._start = self._until = 0  # of the answer
        self._answering = False  # its first bar has begun
        self._phrase: Phrase | None = None
        self._spans: deque[Span] = deque()  # of the answer, waiting for their moment

    def end(self, now: float) -> list[Message]:
        self._drop()
        if self._free() and self.scheduler.bpm != tempo_of(self.controls.values):
            self.scheduler.set_bpm(tempo_of(self.controls.values), now)
        return super().end(now)

    def over(self, snapshot: Snapshot) -> Snapshot:
        return replace(super().over(snapshot), phrase=self._phrase)

    # the phrase

    def hear(self, heard: ReceivedMidi) -> ModeResult:
        note = note_of(heard)
        if note is None:
            return ModeResult()
        key = (heard.port, channel_of(heard.data), note[0])
        if self._playing is not None:
            self._playing.lift(key, heard.at)
        return ModeResult(self._strike(key, heard.at, note[1])) if note[1] and self.scheduler.playing else ModeResult()

    def advance(self, now: float) -> ModeResult:
        before = self.tick
        super().advance(now)
        if self.tick < before - self.controls.meter.beat:
            self._drop()  # the music has gone back: what was played there is no phrase here
        if not self.scheduler.playing:
            self._playing = None  # what was begun before a stop is no phrase after it
        if self._until and self.tick >= (self._start + self._meant if self._answering else self._until):
            self._playing = None
        if self._answering and self.tick >= self._until:
            self._withdraw()
        if self._playing is None or self.tick < self._until:
            return ModeResult()
        return self._listen(self._playing, now)

    def unhear(self, port: str, now: float, channel: int | None = None, pedals: bool = True) -> ModeResult:
        if self._playing is not None:
            self._playing.release(port, now, channel)
        return ModeResult()

    def _strike(self, key: Key, at: float, velocity: int) -> list[Message]:
        """A key goes down. Returns what silences an answer."""
        tick, messages = self.scheduler.tick(at), list[Message]()
        if tick < self._until:
            counted = int(self.controls.number("answer.bars")) > 0
            if counted and tick < self._start + EIGHTH:
                return []  # the last note of bars that were counted
            if self._answering and tick >= self._start:
                messages = self.scheduler.cut(at, ring=tick >= self._until - self.controls.meter.beat)
                self._playing = None if tick >= self._start + self._meant else self._playing
        self._withdraw()
        if self._playing is None or len(self._playing) >= MOST:
            self._playing = self._begin(at)
        self._playing.strike(key, key[2], at, velocity)
        return messages

    @property
    def _meant(self) -> int:
        """Ticks of an answer within which who plays has not heard it, but goes on with his phrase."""
        return 0 if self.controls.number("answer.bars") else self.controls.meter.beat

    def _begin(self, at: float) -> PhraseHeard:
        """A phrase begins."""
        meter, scheduler = self.controls.meter, self.scheduler
        if self.controls.values.get("answer.time") == "hands" and self._free():
            return PhraseHeard(meter, scheduler.bpm)
        bar = self._first_bar(scheduler.tick(at))
        return PhraseHeard(
            meter, scheduler.bpm, lambda at: scheduler.tick(at) - bar, lambda tick: scheduler.seconds(tick + bar)
        )

    def _listen(self, phrase: PhraseHeard, now: float) -> ModeResult:
        """Whether what is played is over, and answered."""
        meter, counted = self.controls.meter, int(self.controls.number("answer.bars"))
        here = phrase.tick(now)
        if counted:
            if here < counted * meter.bar - BEFORE:
                return ModeResult()
            self._take(phrase, now, counted * meter.bar, counted)
            return ModeResult(ask=True)
        wait = self.controls.number("answer.wait")
        over = phrase.ended(wait)
        if here < over and (phrase.silent(now) < min(PAUSE, wait) * meter.beat or over - here > meter.beat):
            return ModeResult()
        bars = phrase.bars(now)
        length = bars - 1 if phrase.closes_alone(bars) else bars
        self._take(phrase, now, self._line(max(over, here), phrase), bars, length)
        return ModeResult(ask=True)

    def _line(self, tick: int, phrase: PhraseHeard) -> int:
        """Where an answer may begin at or after `tick`, of the phrase."""
        bar, beat = self.controls.meter.bar, self.controls.meter.beat
        halves = phrase.by_hand and bar // beat >= HALVED and bar % (2 * beat) == 0
        each = bar // 2 if halves else bar
        return -(-tick // each) * each

    def _drop(self) -> None:
        """Forget phrase and answer."""
        self._playing = None
        self._withdraw()

    def _withdraw(self) -> None:
        """Forget the answer."""
        self._spans.clear()
        self._start = self._until = 0
        self._answering = False

    def _take(self, phrase: PhraseHeard, now: float, line: int, bars: int, length: int | None = None) -> None:
        """The phrase is over: the answer begins at its tick `line`. bars: of the phrase; length: of the answer."""
        meter, key = self.controls.meter, self.controls.key
        notes, written = phrase.written(now, bars)
        number = self._phrase.number + 1 if self._phrase else 1
        length = min(written, length or written)
        self._phrase = Phrase(number, transcribed(notes, meter, key, written), length)
        self._withdraw()
        begins = phrase.seconds(line)
        self._start = self._lay(phrase, begins, now) if phrase.by_hand else self._next_bar(self.scheduler.tick(begins))
        self._until = self._start + length * meter.bar

    def _lay(self, phrase: PhraseHeard, begins: float, now: float) -> int:
        """The music goes on in the phrase's tempo. Returns the tick of the bar line at `begins` (seconds)."""
        line = Timeline(phrase.bpm, 0, begins)
        start = self._next_bar(self.scheduler.tick(now) - line.tick(now))
        self.scheduler.follow(replace(line, tick_origin=start))
        return start

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
        """The bars of the answer, each at its moment, so that who plays can have it end there; silence round them."""
        while self._spans and self._spans[0].start < start:
            self._spans.popleft()
        if not self._spans or self._spans[0].start != start:
            return super().fill(start, last)
        if start > self.tick:
            return None
        self._answering = True
        self.listen_for_drone(self._spans[0])
        return self._spans.popleft()
