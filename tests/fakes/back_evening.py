"""An evening in virtual time with everything that turns controls: a player, a composer that answers at once or late,
and the way back as the conductor has it.

    evening = Evening(seed=3)
    evening.bars(4)                                   # until four bars more are announced
    evening.change(("tune.temperature", 0.3))
    evening.act("undo")
    evening.spans                                     # announced, in order
"""

from __future__ import annotations

from typing import Any

from instrument.controls.control import Value
from instrument.controls.requests import Extend, Laid, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Span
from instrument.playing.messages import Change
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

MIND = tiny_mind()
TURN = 0.05  #: seconds
FIRST: list[tuple[str, Value]] = [("clock.bpm", 240.0), ("search.lookahead", 3)]


class Evening:
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

    def turned(self, change: Change) -> None:
        self.snapshot = change.snapshot
        self.hear(self.player.change(change.snapshot, self.now, change.undone, change.top))

    # time

    def turn(self) -> list[Span]:
        """A turn of the loop: returns what it announced."""
        self.now += TURN
        self.think()
        turn = self.player.advance(self.now)
        self.messages += turn.messages
        self.hear(turn.requests)
        for span in turn.announced:
            self.back.announced(span)
        self.spans += turn.announced
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


def sounding(spans: list[Span], start: int = 0, end: int = 2**60) -> list[Note]:
    """What sounds from `start` on and begins before `end`, in order."""
    return sorted(
        (n for span in spans for n in span.notes if start <= n.start < end), key=lambda n: (n.start, n.pitch, n.voice)
    )


def tune_of(spans: list[Span], voice: str = "") -> list[tuple[int, int, int, str]]:
    """The notes from the first of them on, wherever that is. voice: only this one's."""
    notes = [note for note in sounding(spans) if voice in ("", note.voice)]
    first = notes[0].start if notes else 0
    return [(n.start - first, n.duration, n.pitch, n.voice) for n in notes]
