"""An evening in virtual time in which known tunes are played and practised, steered as the conductor steers.

evening = KnownEvening(JIG)
evening.bars(8)
evening.change(("practice.speed", 60.0))
evening.call(REEL)                            # another tune, from the bar that is not announced
"""

from __future__ import annotations

from typing import Any

from instrument.controls.control import Value
from instrument.controls.practice import tempo_of
from instrument.controls.requests import Extend, Laid, Rethink, TurnBack
from instrument.controls.snapshot import Snapshot
from instrument.files.repertoire import Repertoire, repertoire_of, values_with
from instrument.music.events import Span
from instrument.playing.messages import Change
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.rig.way_back.way_back import WayBack
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.phrase_by_phrase import PhrasePlanner
from instrument.thinking.tune.loader import WriterFactory
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from tests.fakes.band import ROUTES, tiny_mind
from tests.fakes.steered import Steered

MIND = tiny_mind()
TURN = 0.02  #: seconds

#: a jig with a pick-up, repeats, two endings and chords
JIG = """X:1
T:The Test Jig
R:jig
M:6/8
L:1/8
K:D
A|:"D"d2d fed|"G"gfg "A7"ecA|"D"d2d fed|1"A7"ecA "D"d2A:|2"A7"ecA "D"d3|
|:"Bm"b2b afd|"Em"efe "Zz9"d3|"G"b2b afd|"A"efe d3:|
"""
#: a reel of two parts, no pick-up
REEL = """X:2
T:The Test Reel
R:reel
M:4/4
L:1/8
K:Edor
|:E2BE dEBE|E2BE AFDF|E2BE dEBE|BABc dAFD:|
|:d2fd c2ec|defg afge|d2fd c2ec|BABc dAFD:|
"""
#: a tune whose meter changes half way
MIXED = """X:3
T:Two Meters
M:4/4
L:1/8
K:G
|:G2B2 d2B2|c2A2 G4:|
M:6/8
|:gdB gdB|ABc B2G:|
"""
#: a bar too long, a bar too short
WRONG = """X:4
T:Miscounted
M:4/4
L:1/8
K:C
C2E2 G2c2|C2E2 G2c2 d|e2c2 A2|G8|
"""


def repertoire(*texts: str) -> Repertoire:
    return repertoire_of("\n".join(texts), "test")


def snapshot_of(tunes: Repertoire, at: int = 0, *turned: tuple[str, Value]) -> Snapshot:
    """The controls with a known tune to play, as a patch has them."""
    known = tunes.window(at, 1)
    first = Snapshot().with_values([("tune.seed", 3), ("clock.bpm", 240.0), ("search.lookahead", 3)])
    stated = {"clock.bpm"}
    values = values_with(first.values, known, stated)
    return first.with_known(known, values.items()).with_values(turned)


class KnownEvening(Steered):
    def __init__(self, tunes: Repertoire, at: int = 0, *turned: tuple[str, Value]) -> None:
        self.now = 10.0
        self.tunes, self.snapshot = tunes, snapshot_of(tunes, at, *turned)
        self.player = Player(ROUTES, self.snapshot, ())
        how = Arrangement({}, "fifth")
        planner = PhrasePlanner(WriterFactory(MIND).writer, how, self.snapshot)
        self.mind = SpansWithVoices(planner, lambda: None, how)  # type: ignore[arg-type, return-value]
        self.back = WayBack(self.snapshot, lambda: self.now)
        self.until, self.loads = 0, 1
        self.spans: list[Span] = []  #: announced, as they are played
        self.messages: list[Message] = []
        self.tempos: list[tuple[int, float]] = []  #: (tick, quarter notes a minute) at every turn where it is another
        self.hear(self.player.thinker_ready())
        self.think()
        self.messages += self.player.play(self.now)

    # the conductor

    def change(self, *changes: tuple[str, Value]) -> None:
        self.turned(self.back.turn(self.snapshot, list(changes)))

    def call(self, tunes: Repertoire, at: int = 0) -> None:
        """Another known tune, with its own key and meter."""
        self.loads += 1
        self.tunes, known = tunes, tunes.window(at, self.loads)
        values = values_with(self.snapshot.values, known, {"clock.bpm"})
        changes = [(name, value) for name, value in values.items() if value != self.snapshot.values[name]]
        self.turned(self.back.known(self.snapshot, known, changes))

    def act(self, name: str) -> None:
        done = {"undo": self.back.undo, "redo": self.back.redo, "tune.back": self.back.tune_back}[name](self.snapshot)
        if done[0] is not None:
            self.turned(done[0])

    # time

    def turn(self) -> list[Span]:
        turn = self.pass_turn(TURN)
        for told in turn.told:
            if isinstance(told, TurnBack) and self.snapshot.values[told.name] == told.was:
                self.turned(Change(self.snapshot.with_value(told.name, told.value)))
        if not self.tempos or self.tempos[-1][1] != self.player.scheduler.bpm:
            self.tempos.append((self.player.scheduler.tick(self.now), self.player.scheduler.bpm))
        return turn.announced

    def bars(self, count: int) -> list[Span]:
        """Until so many spans more are announced; returns those."""
        begun = len(self.spans)
        for _ in range(1 + count * 2000):
            if len(self.spans) >= begun + count:
                return self.spans[begun:]
            self.turn()
        raise AssertionError("the music does not go on")

    # the thinker

    def hear(self, requests: Any) -> None:
        for request in requests:
            if isinstance(request, Rethink):
                self.back.asked(request)
                self.mind.rethink(request)
            elif isinstance(request, Extend):
                self.until = request.until
            elif isinstance(request, Laid) and request.snapshot is not None:
                self.back.tunes.asked(request.spans[0].plan, request.snapshot)

    def think(self) -> None:
        while self.mind.plan and self.mind.tick < self.until:
            self.hear(self.player.receive(self.mind.next_span()))

    @property
    def tempo(self) -> float:
        """What the controls ask for."""
        return tempo_of(self.snapshot.values)


def melody(span: Span) -> list[tuple[int, int]]:
    """(ticks from the span's end, pitch) of its melody: what a bar says, wherever it is played and whatever silence
    precedes it."""
    return sorted((note.start - span.end, note.pitch) for note in span.notes if note.voice == "melody")
