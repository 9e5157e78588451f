"""An evening in virtual time with everything that turns controls: a player, a composer that answers at once or late,
and the way back as the conductor has it.

    evening = Evening(seed=3)
    evening.bars(4)                                   # until four bars more are announced
    evening.change(("tune.temperature", 0.3))
    evening.act("undo")
    evening.spans                                     # announced, in order
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any

from instrument.controls.control import Value
from instrument.controls.requests import Extend, Laid, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Span
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.playing.schedule.lookahead import LookAhead
from instrument.rig.way_back.way_back import WayBack
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Planner
from instrument.thinking.tune.loader import WriterFactory
from instrument.thinking.voices.choir import Choir
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from tests.fakes.band import ROUTES, tiny_mind
from tests.fakes.steered import Steered

MIND = tiny_mind()
TURN = 0.05  #: seconds
FIRST: list[tuple[str, Value]] = [("clock.bpm", 240.0), ("search.lookahead", 3)]


class Evening(Steered):
    """late: turns that the composer takes for each answer; choir: sings under the tune."""

    def __init__(
        self, seed: int = 3, late: int = 0, turned: list[tuple[str, Value]] | None = None, choir: Choir | None = None
    ) -> None:  # fmt: skip
        self.now, self.late = 10.0, late
        self.snapshot = Snapshot().with_values([("tune.seed", seed), *FIRST, *(turned or [])])
        self.player = Player(ROUTES, self.snapshot, ())
        planner = Planner(WriterFactory(MIND), Arrangement({}, "fifth"), self.snapshot)
        how = Arrangement({"melody": 0, "alto": 0, "tenor": 0, "bass": 0} if choir else {})
        self.mind = SpansWithVoices(planner, lambda: choir, how)  # type: ignore[arg-type, return-value]
        self.back = WayBack(self.snapshot, lambda: self.now)
        self.until = self.wait = 0
        self.gone = False
        self.spans: list[Span] = []
        self.messages: list[Message] = []
        self.said: list[str] = []
        self.laid = 0
        self.hear(self.player.thinker_ready())
        self.think()
        self.messages += self.player.play(self.now)

    # the conductor

    def change(self, *changes: tuple[str, Value]) -> None:
        if refused := self.back.refusal(self.snapshot, list(changes)):
            self.said.append(refused)
            return
        self.turned(self.back.turn(self.snapshot, list(changes)))

    def act(self, name: str) -> None:
        here, line = self.snapshot, ""
        if name in ("loop.begin", "loop.end"):
            bar = int(self.player.led.place(self.now).get("tune.bar", 0))
            changes, line = self.back.loop_at(here, name, bar)
            if changes:
                self.change(*changes)
        elif name == "tune.new":
            self.turned(self.back.new_tune(here))
        else:
            done = {"undo": self.back.undo, "redo": self.back.redo, "tune.back": self.back.tune_back}[name](here)
            line = done[1]
            if done[0] is not None:
                self.turned(done[0])
        self.said += [line] if line else []

    # time

    def turn(self) -> list[Span]:
        """A turn of the loop: returns what it announced."""
        turn = self.pass_turn(TURN)
        if not self.late:
            self.think()
        return turn.announced

    def bars(self, count: int) -> None:
        """Until so many bars more are announced."""
        wanted = len(self.spans) + count
        for _ in range(1 + count * 200):
            if len(self.spans) >= wanted:
                return
            self.turn()
        raise AssertionError("the music does not go on")

    # the thinker

    def hear(self, requests: Any) -> None:
        for request in requests:
            if isinstance(request, Rethink):
                self.back.asked(request)
                self.mind.rethink(request)
                self.wait = self.late
            elif isinstance(request, Extend):
                self.until = request.until
            elif isinstance(request, Laid):
                self.laid += len(request.spans)
                if request.snapshot is not None:
                    self.back.tunes.asked(request.spans[0].plan, request.snapshot)

    def think(self) -> None:
        if self.wait:
            self.wait -= 1
            return
        while not self.gone and self.mind.plan and self.mind.tick < self.until and not self.wait:
            self.hear(self.player.receive(self.mind.next_span()))

    @property
    def buffer(self) -> LookAhead:
        return self.player.buffer


@cache
def untouched(choir: Choir | None = None) -> tuple[Span, ...]:
    """What is announced in an evening in which nothing is turned, for the many that are compared with it."""
    evening = Evening(choir=choir)
    evening.bars(23 if choir else 95)
    return tuple(evening.spans)


def sounding(spans: Sequence[Span], start: int = 0, end: int = 2**60) -> list[Note]:
    """What sounds from `start` on and begins before `end`, in order."""
    return sorted(
        (n for span in spans for n in span.notes if start <= n.start < end), key=lambda n: (n.start, n.pitch, n.voice)
    )


def tune_of(spans: Sequence[Span], voice: str = "") -> list[tuple[int, int, int, str]]:
    """The notes from the first of them on, wherever that is. voice: only this one's."""
    notes = [note for note in sounding(spans) if voice in ("", note.voice)]
    first = notes[0].start if notes else 0
    return [(n.start - first, n.duration, n.pitch, n.voice) for n in notes]


def joins(spans: list[Span]) -> None:
    assert all(a.end == b.start for a, b in itertools.pairwise(spans)), "a gap, or an overlap"


def from_tick(spans: list[Span], tick: int) -> list[Span]:
    return [span for span in spans if span.start >= tick]


def as_if(ours: Sequence[Span], theirs: Sequence[Span], tick: int) -> None:
    """From `tick` on the same notes, bar for bar; where bar lines lay elsewhere, later by as much as the first is."""
    here = next(span for span in ours if span.start == tick)
    there = next(span for span in theirs if span.start <= tick < span.end)
    assert (here.tune, here.bar) == (there.tune, there.bar)
    shift, ends = here.start - there.start, ours[-1].end
    assert theirs[-1].end > ends - shift, "the other evening must be as long"
    found = [(n.start - shift, n.duration, n.pitch, n.voice) for n in sounding(ours, tick)]
    wanted = [(n.start, n.duration, n.pitch, n.voice) for n in sounding(theirs, tick - shift, ends - shift)]
    other = next((pair for pair in itertools.zip_longest(found, wanted) if pair[0] != pair[1]), None)
    assert other is None and len(found) > 10, f"{other} of {len(found)}"


def runs(spans: Sequence[Span]) -> list[list[Span]]:
    """A list for each time that a tune was played from its top."""
    found: list[list[Span]] = []
    for span in spans:
        if not found or span.bar == 0 or span.tune != found[-1][-1].tune:
            found.append([])
        found[-1].append(span)
    return found


TURNS: list[tuple[str, Any]] = [
    ("tune.temperature", 0.3), ("tune.seed", 99), ("tune.key", "A dorian"), ("tune.key", "E major"),
    ("search.beam", 2), ("tune.guard", False), ("tune.meter", "6/8"), ("form.parts", 3), ("tune.again", 0.0),
]  # fmt: skip
