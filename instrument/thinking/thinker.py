"""The thinker: requests in, spans and what there is to tell out. Knows no time of day, no ports, no player.

`Thinker` is a plain object; `run` gives it a process and a line. It answers the newest request first, one measure at
a time, and breaks off what it is at when a newer one comes in, so that a change never waits behind a long job.
When the plan is long enough it writes on at the tune under way, for later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection

import numpy as np

from instrument.controls.explanations import ThinkerFigures, Thought, Why, WrittenTokens
from instrument.controls.requests import Extend, Rethink, RoundTrip, ThinkerReady
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.sounds.compass import Compass
from instrument.music.ticks import QUARTER
from instrument.music.tokens.tokens import Kind
from instrument.thinking.heard.heard_planner import HEARD, HeardPlanner
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.model.vocabulary_fit import VocabularyFit
from instrument.thinking.recovery import Recovery
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.live_arrangement import arranged
from instrument.thinking.tree.step_batching import Interrupted
from instrument.thinking.tune.alternatives import branches
from instrument.thinking.tune.endings import composed_close
from instrument.thinking.tune.load_shedding import LoadShedding, Pace, told
from instrument.thinking.tune.loader import WriterFactory, load_memory
from instrument.thinking.tune.token_odds import choices
from instrument.thinking.voices.accompanist_process import load_choir
from instrument.thinking.voices.spans_with_voices import SpansWithVoices

#: something newer is asked for, or nobody asks any more
NO_FAULTS = (Interrupted, EOFError, ConnectionError)
TOKENS = 12.0  #: in a bar, before any has been composed
Now = Callable[[], float]


class Thinker:
    """Thinker: composes what the player asks for.

    thread: the thinker's. blocks: as long as composing one measure takes.
    """

    def __init__(self, memory: ModelMemory, arrangement: Arrangement, now: Now, pace: Pace | None = None) -> None:
        """now: seconds that never go back; pace: how fast this machine is, measured here if not given."""
        self.memory, self.now = memory, now
        self._tokens = TOKENS  # a bar
        self.fit = VocabularyFit(memory.vocabulary)
        self._lacking = ""  # what the vocabulary lacks of what is asked for, as it was said last
        self.shedding = LoadShedding(pace or measured(memory, now), len(memory.vocabulary))
        self.writers = WriterFactory(memory, arrangement.octaves.get("melody", 0), self._force, arrangement.compass)
        if arrangement.live:
            self.writers.instrument = lambda snapshot: _instrument(arrangement, snapshot)
        self.planner = HeardPlanner(
            self.writers.writer, arrangement, self.fit.snapshot(Snapshot()), self.fit.snapshot, close=composed_close
        )
        self.voiced = SpansWithVoices(self.planner, lambda: load_choir(arrangement.experts), arrangement)
        self.recovery = Recovery(self.voiced, NO_FAULTS)
        self.until = self.tick = 0
        self._way = 0.0  # seconds from the player to here and back
        self._newest: Rethink | None = None
        self._asked_for: TuneSettings | None = None
        self._in_force: TuneSettings | None = None

    @property
    def behind(self) -> bool:
        """Whether spans are waited for."""
        return self._newest is not None or (self.planner.plan > 0 and self.voiced.tick < self.until)

    @property
    def busy(self) -> bool:
        """Whether there is anything to do before the next request."""
        return self.behind or (self.planner.plan > 0 and not self.planner.writer.whole)

    def hear(self, request: object) -> None:
        """Take a request: each `Rethink` says all there is to know, and voids older ones."""
        match request:
            case Rethink():
                self._newest = request
            case Extend(until, tick):
                self.until, self.tick = until, tick
            case RoundTrip(seconds):
                self._way = seconds

    @property
    def newer(self) -> bool:
        """Whether something was asked for that voids what is being done."""
        return self._newest is not None

    def work(self) -> Iterator[object]:
        """One piece of work: a span as soon as it is there, then what is to be told about it; or nothing to send."""
        try:
            if self._newest is not None:
                newest, self._newest = self._newest, None
                self._rethink(newest)
                if lacking := self._lacks(newest.snapshot):
                    yield ThinkerFigures({}, lacking)
                    return
            if self.behind:
                yield from self._compose()
            elif self.busy:
                writer, before = self.planner.writer, len(self.planner.writer.texts)
                self.recovery.attempt(lambda: writer.measure(len(writer.measures())))
                if len(writer.texts) > before:
                    yield WrittenTokens(self.planner.tune, tuple(writer.texts))
        except Interrupted:
            pass

    def _rethink(self, request: Rethink) -> None:
        self.shedding.changed()
        try:
            self.recovery.rethink(self.fit.request(request))
        except Interrupted:
            self._newest = self._newest or request  # the plan stands half way: begin again
            raise

    def _lacks(self, snapshot: Snapshot) -> str:
        """One line, the first time that a meter or a mode is asked for which these weights lack; or ""."""
        before, self._lacking = self._lacking, self.fit.lacking(snapshot)
        return self._lacking if self._lacking != before else ""

    def _compose(self) -> Iterator[object]:
        began, rows = self.now(), self.memory.store.computed
        before = self._written()
        self.recovery.compose()
        took, tune_writer = self.now() - began, self.writers.tune_writer
        span = self.recovery.give()
        bar = self.planner.snapshot.meter.bar
        ahead = (self.voiced.tick - self.tick) / bar - self._way / _seconds(self.planner.snapshot)
        self.shedding.ahead(ahead)
        new = self._written() - before
        if tune_writer is not None and 0 < new < 200 and self.memory.store.computed > rows:
            settings = tune_writer.settings
            self.shedding.took(took, new * self.shedding.pace.token(settings, len(self.memory.vocabulary)))
            self._tokens += 0.2 * (new - self._tokens) if settings.futures == 1 else 0.0
        self.writers.refresh()
        if tune_writer is not None and self.planner.snapshot.mode.needs_branches and self._at_hand(span):
            span = replace(span, branches=branches(tune_writer, span))
        yield span
        line, self.voiced.said = self.voiced.said, ""
        lines = [ThinkerFigures({}, line)] if line else []
        because = self.voiced.why, span.plan, self.voiced.why_chords
        why = [Why(*because)] if because[0] or because[2] else []
        speed = new / took if new > 0 and took > 0 else 0.0
        yield self._thought(span)
        yield from (*why, *lines, *self._tell(ahead, speed))

    def _written(self) -> int:
        return len(self.writers.tune_writer.tokens) if self.writers.tune_writer else 0

    def _force(self, settings: TuneSettings, snapshot: Snapshot) -> TuneSettings:
        return self.shedding.force(settings, _seconds(snapshot) / self._tokens)

    def _thought(self, span: Span) -> Thought:
        tune_writer = self.writers.tune_writer
        at_hand = tune_writer is not None and span.source == "composed" and self._at_hand(span)
        found = choices(tune_writer, span.place.measure) if tune_writer is not None and at_hand else ()
        return Thought(span.plan, span.start, span.end, found)

    def _at_hand(self, span: Span) -> bool:
        """Whether the writer at hand has written the span's measure."""
        same = (span.tune, span.of_set.time) == (self.voiced.tune, self.planner.of.time)
        return same and not span.of_set.ending and span.source != HEARD

    def _tell(self, ahead: float, speed: float) -> list[ThinkerFigures]:
        tune_writer, store = self.writers.tune_writer, self.memory.store
        if tune_writer is None:
            return []
        asked_for, force = self.writers.asked_for(self.planner.snapshot, self.planner.tune), tune_writer.settings
        before = self._in_force if asked_for == self._asked_for and self._in_force else asked_for
        self._asked_for, self._in_force = asked_for, force
        readings: dict[str, int | float] = {
            "search.mass": min(1.0, tune_writer.mass()),
            "search.computed": store.computed, "search.reused": store.reused,
            "search.in_force.beam": force.search.beta, "search.in_force.tuple": force.search.n,
            "search.in_force.futures": force.futures,
        }  # fmt: skip
        if speed:
            readings["search.speed"] = speed
        return [ThinkerFigures(readings, told(asked_for, force, before, ahead))]


def _seconds(snapshot: Snapshot) -> float:
    """How long a bar is, at the tempo of the controls."""
    return snapshot.meter.bar / QUARTER * 60 / snapshot.number("clock.bpm")


def _instrument(arrangement: Arrangement, snapshot: Snapshot) -> tuple[int, Compass | None]:
    """Octave and compass of the melody under these controls."""
    how = arranged(arrangement, snapshot)
    return how.octaves.get("melody", 0), how.compass


def measured(memory: ModelMemory, now: Now) -> Pace:
    """How long steps take here: the median of a few of each kind. Computes some seventy rows of the store."""
    vocab = len(memory.vocabulary)
    node = memory.node([t for t in range(vocab) if memory.vocabulary.tokens[t].kind in (Kind.METER, Kind.MODE)][:2])
    steps, rows = [], []
    for turn in range(5):
        began = now()
        node = memory.store.step(node, turn + 5)
        stepped = now()
        memory.store.grow(np.full(12, node, np.int32), np.arange(vocab - 12, vocab, dtype=np.int32))
        steps.append(stepped - began)
        rows.append(max(0.0, now() - stepped - steps[-1]) / 11)
    return Pace(sorted(steps)[2], sorted(rows)[2])


def run(line: Connection, arrangement: Arrangement, now: Now, choice: ModelChoice) -> None:
    """Serve until the line closes. Sends `ThinkerReady` once the model is loaded, then spans and what is to be told."""
    memory = load_memory(choice)
    thinker = Thinker(memory, arrangement, now)

    def check() -> None:
        while line.poll(0):
            thinker.hear(line.recv())
        if thinker.newer:
            raise Interrupted

    memory.check = check
    try:
        line.send(ThinkerReady())
        while True:
            while line.poll(0 if thinker.busy else None):
                thinker.hear(line.recv())
            for message in thinker.work():
                line.send(message)
            if not thinker.behind:
                thinker.voiced.prepare()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
