"""A whole evening in virtual time: the player with its ports, a stand-in composer, and the controls as the conductor
turns them, sets, loops, the way back and the mixer among them.

    evening = WholeEvening(seed=3)
    evening.happen(chance, 20)          # anything that a band leader may do
    evening.bars(4)                     # until four bars more are announced, or the music has stopped

Held all the while: what is announced joins, is heard as it was announced, note for note, and ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

from instrument.controls.control import Value
from instrument.controls.requests import Extend, Rethink, TurnBack
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Span
from instrument.music.set_place import SetPlace
from instrument.music.ticks import QUARTER
from instrument.playing.messages import Act, Announced, Change, ThinkerState
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.schedule.lookahead import PATIENCE
from instrument.playing.schedule.scheduler import LATE_LIMIT
from instrument.playing.sets.calling import calling
from instrument.ports.outputs import LEAD
from instrument.ports.system.outbox import newest_changes
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Planner
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from tests.fakes.evening import Evening
from tests.fakes.stand_in_writer import StandInWriter

TURN = 0.08  #: seconds, within which a note is not too late
VOICES = {"melody": (1, 0), "drone": (2, 0), "soprano": (3, 0), "bass": (4, 0)}
MELODY = VOICES["melody"][0]
FIRST: tuple[tuple[str, Value], ...] = (("clock.bpm", 300.0), ("search.lookahead", 3), ("set.ritard", 0.2))
STROKE = 0.03  #: seconds; strokes before the tune are longer, and notes are less early
NEAR = 60  #: ticks by which a moment is known
Changes = tuple[tuple[str, Value], ...]

#: what makes other music, or none other, and leaves the music going
ONES: Changes = (
    ("set.times", 1), ("set.times", 2), ("set.times", 3), ("set.tunes", 0), ("set.tunes", 2), ("set.tunes", 3),
    ("set.form", "free"), ("set.form", "2x32"), ("set.vary", 0.0), ("set.vary", 0.6), ("set.chord", False),
    ("tune.stay", True), ("tune.stay", False), ("tune.key", "G major"), ("tune.key", "A dorian"),
    ("tune.keys", "up a tone"), ("tune.keys", "near"), ("tune.key_list", "D major, E minor"), ("tune.meter", "6/8"),
    ("tune.meter", "4/4"), ("tune.meter", "3/4"), ("tune.temperature", 0.3), ("tune.temperature", 1.2),
    ("tune.seed", 99), ("tune.guard", False), ("tune.guard", True), ("search.beam", 2), ("search.beam", 0),
    ("form.parts", 3), ("tune.again", 0.2), ("clock.bpm", 290.0), ("clock.bpm", 240.0), ("search.commit", 4.0),
    ("search.commit", 1.0), ("click.on", True), ("click.on", False), ("voice.drone.on", False),
    ("voice.drone.on", True), ("voice.drone.channel", 5), ("voice.drone.octave", 1), ("voice.melody.level", 0.3),
    ("voice.melody.pan", -0.5), ("voice.bass.level", 0.1), ("voice.melody.program", 40), ("set.lift", 1.0),
)  # fmt: skip
TURNS: tuple[Changes, ...] = (
    *((one,) for one in ONES),
    (("tune.seed", 17), ("tune.key", "A major"), ("set.times", 2), ("clock.bpm", 280.0)),  # a patch is recalled
    (("tune.meter", "6/8"), ("tune.key", "G major"), ("tune.dance", "jig"), ("voice.drone.channel", 6)),
)  # fmt: skip
LENT: tuple[Changes, ...] = ((("temp", True),), (("temp", False),), (("temp", True), ("tune.key", "E minor")))
LOOPS: tuple[Changes, ...] = (
    (("loop.from", 1), ("loop.to", 2), ("loop.on", True)), (("loop.from", 2), ("loop.to", 2)), (("loop.on", True),),
    (("loop.on", False),), (("loop.on", False),), (("loop.from", 3), ("loop.to", 2)),
)  # fmt: skip
BEGINNINGS: tuple[Changes, ...] = (
    (("transport.count_in", 1),), (("transport.count_in", 2),), (("transport.count_in", 0),),
    (("transport.opening_chord", "chord"),), (("transport.opening_chord", "potatoes"),),
    (("transport.opening_chord", "none"),),
)  # fmt: skip
CALLED = ("set.last", "set.next", "set.last", "set.next", "transport.fade")
WENT = ("undo", "redo", "undo", "undo", "tune.back", "tune.new", "loop.begin", "loop.end")
MOVED = ("transport.stop", "transport.play", "transport.arm", "transport.rewind", "transport.locate", "panic")


class WholeEvening(Evening):
    """late: turns that the composer takes for each answer."""

    def __init__(self, seed: int, late: int = 0) -> None:
        self.late, self.until, self.wait, self.there = late, 0, 0, False
        self.spans: list[Span] = []  #: announced, in order; what was moved away from is forgotten
        self.all: list[Span] = []  #: announced, whatever came of it
        self.struck: list[int] = []  # the melody's pitches since the music was begun or moved last
        self._begun = self._first_of = self._from = self._reached = self._most = 0
        self._late = -1  # the beginning whose first bars came too late to be heard whole
        self._back = False  # `tune.back` was asked for, and nothing has been announced since
        self.said: list[str] = []
        self._turning_back: list[TurnBack] = []
        self._gathered: list[Change] | None = None  # changes that the player hears of in one turn
        first = Snapshot().with_values([("tune.seed", seed), *FIRST])
        how = Arrangement({}, "fifth")
        planner = Planner(StandInWriter, how, first)
        self.planner = SpansWithVoices(planner, lambda: None, how)  # type: ignore[arg-type, return-value]
        super().__init__((), first, VOICES)
        self.there = True
        self.take(ThinkerState(True))

    @property
    def playing(self) -> bool:
        return self.performance.player.playing

    @property
    def committed(self) -> int:
        return self.performance.player.buffer.committed

    # time

    def take(self, *entries: Any) -> None:
        self._back = self._back or any(isinstance(one, Change) and one.top is not None for one in entries)
        super().take(*entries)
        scheduler, now = self.performance.player.scheduler, self.clock.now() + LEAD
        self._from = scheduler.begun_at  # a pick-up may have come while it was counted in
        if scheduler.counting(now):
            self.struck = []  # a chord before the tune
            self._reached = self._most = self._from
            return
        self._most = max(self._most, scheduler.tick(now))
        if scheduler.playing:
            self._reached = self._most

    def pass_turns(self, count: int) -> None:
        for _ in range(count):
            self.clock.advance(TURN)
            back, self._turning_back = self._turning_back, []
            for one in back:
                if self.snapshot.values[one.name] == one.was:
                    self.turned(Change(self.snapshot.with_value(one.name, one.value)))
            self.take(*self._composed())

    def bars(self, count: int) -> bool:
        """Until so many bars more are announced. False where the music has stopped before."""
        wanted = len(self.all) + count
        # moved beyond the plan while no composer is there, the music is silent for as long as the player is patient
        silent = 0 if self.there else round(PATIENCE / QUARTER * 60 / self.performance.player.scheduler.bpm / TURN)
        for _ in range(20 + silent + count * 60):
            if len(self.all) >= wanted:
                return True
            if not self.playing:
                return False
            self.pass_turns(1)
        raise AssertionError("the music does not go on")

    def _composed(self) -> list[Span]:
        """What the composer says in this turn."""
        if not self.there or not self.planner.plan:
            return []
        if self.wait:
            self.wait -= 1
            return []
        found: list[Span] = []
        while self.planner.tick < self.until:
            found.append(self.planner.next_span())
        return found

    def silence(self) -> Span:
        """Of the set under way, or of the next where that is over."""
        bar, after = super().silence(), self.asked.after if self.asked else None
        if after is None:
            return bar
        tune = after.tune + after.of_set.over
        return replace(bar, tune=tune, of_set=SetPlace(tune if after.of_set.over else after.of_set.first))

    def revive(self) -> None:
        """The composer that has died is there again."""
        self.there = True
        self.take(ThinkerState(True))

    # what the player says

    def hear_told(self, told: object) -> None:
        super().hear_told(told)
        if isinstance(told, Rethink):
            self.planner.rethink(told)
            self.wait = self.late
        elif isinstance(told, Extend):
            self.until = told.until
        elif isinstance(told, TurnBack):
            self._turning_back.append(told)
        elif isinstance(told, Announced):
            self._announced(told.span)

    def _announced(self, span: Span) -> None:
        begun = self.performance.player.scheduler.begun
        if begun != self._first_of:  # begun or moved: it may be at this bar again, or have passed over some
            self._first_of = begun
            self.spans = [one for one in self.spans if one.end <= span.start]
        elif self.spans:
            assert self.spans[-1].end == span.start, "a gap, or an overlap"
        if self.all and self.all[-1].of_set.over and self.all[-1].end == span.start and span.source == "composed":
            anew = span.of_set.first > self.all[-1].of_set.first or span.tune == 0
            assert anew or self._back, "a set that is over goes on"
        scheduler = self.performance.player.scheduler
        if scheduler.seconds(span.start) < self.clock.now() + LEAD - LATE_LIMIT / 2:
            self._late = scheduler.begun  # it had been moved to where nothing was composed yet: it comes in as it can
        self.spans.append(span)
        self.all.append(span)
        self._back = False

    def deliver(self, out: list[Message | Silence], now: float) -> None:
        super().deliver(out, now)
        scheduler = self.performance.player.scheduler
        if scheduler.begun != self._begun:
            self._begun, self.struck = scheduler.begun, []
            self._from = self._reached = self._most = scheduler.begun_at
        ons = [one for one in out if isinstance(one, Message) and one.kind == "on" and one.port == "near"]
        if scheduler.lead is not None:  # strokes before the tune may come with its first note
            entry = scheduler.seconds(scheduler.lead.entry)
            ons = [one for one in ons if one.due > entry - STROKE]
        self.struck += [one.number for one in ons if one.channel == MELODY]

    def check_heard(self) -> None:
        """Since the music was begun or moved last, the melody has sounded as it was announced."""
        if self._late == self._begun:
            return
        due = sorted((note for span in self.spans for note in span.notes if self._heard(note)), key=lambda n: n.start)
        least = sum(self._from + NEAR < note.start < self._reached - NEAR for note in due)
        first = sum(note.start <= self._from + NEAR for note in due)  # struck before, if it stopped right behind it
        pitches = [note.pitch for note in due]
        ways = (pitches[skipped:][: len(self.struck)] for skipped in range(first + 1))
        assert self.struck in ways, "other notes than were announced"
        assert least <= len(self.struck), "announced, and not heard"

    def _heard(self, note: Note) -> bool:
        return note.voice == "melody" and self._from - NEAR <= note.start <= self._most + NEAR

    # the band leader

    @contextmanager
    def one_turn(self, folded: bool = True) -> Iterator[None]:
        """What is turned meanwhile comes faster than a turn of the player. folded: of several changes it hears the
        last, as the player process does."""
        self._gathered = gathered = list[Change]()
        yield
        self._gathered = None
        self.take(*(newest_changes(gathered) if folded else gathered))

    def turned(self, change: Change) -> None:
        if self._gathered is None:
            super().turned(change)
            return
        self.snapshot = change.snapshot
        self._gathered.append(change)

    def go(self, way: str) -> None:
        if way in ("loop.begin", "loop.end"):
            bar = int(self.performance.player.led.place(self.clock.now()).get("tune.bar", 0))
            changes, line = self.back.loop_at(self.snapshot, way, bar)
            self.said += [line] if line else []
            if changes:
                self.turn(*changes)
        else:
            super().go(way)

    def call(self, name: str) -> None:
        """Calls of the leader, and what the transport does."""
        if (called := calling(self.snapshot, name)) is not None:
            self.turned(Change(called))
        else:
            self.take(Act(name))

    def do(self, chance: Random) -> None:
        """Something that a band leader may do."""
        kind = chance.randrange(20)
        if kind < 6:
            self.turn(*chance.choice(TURNS))
        elif kind < 8:
            self.turn(*chance.choice(LENT))
        elif kind < 10:
            self.turn(*chance.choice(LOOPS))
        elif kind < 13:
            self.call(chance.choice(CALLED))
        elif kind < 16:
            self.go(chance.choice(WENT))
        elif kind < 17:
            self.turn(*chance.choice(BEGINNINGS))
        elif kind < 18:
            name = chance.choice(MOVED)
            if name == "transport.locate":
                self.turn((name, chance.randint(1, 24)))
            self.call(name)
        elif kind < 19:
            self.there = not self.there or not self.all  # before the first bar there is nothing to go on with
            self.take(ThinkerState(self.there))
        else:
            self.pass_turns(chance.randrange(4))

    def happen(self, chance: Random, count: int) -> None:
        """So many things, bars between them."""
        for _ in range(count):
            self.do(chance)
            self.check_heard()
            if not self.playing and chance.random() < 0.7:
                self.call("transport.play")
            self.bars(chance.randrange(4))
            self.check_heard()
