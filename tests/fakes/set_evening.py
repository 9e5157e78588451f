"""An evening of sets in virtual time, led as a conductor leads it, with a thinker that answers within the turn."""

from __future__ import annotations

import itertools
from collections import Counter

from instrument.controls.control import Value
from instrument.controls.requests import TurnBack
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.playing.sets.calling import calling
from instrument.playing.sets.fade import EXPRESSION
from tests.fakes.band import ROUTES, Thought, planner, tiny_mind

MIND = tiny_mind()


FAST: dict[str, Value] = {"clock.bpm": 300.0, "play.human": 0.0}


def controls(seed: int = 3, **turned: Value) -> Snapshot:
    return Snapshot().with_values([
        ("tune.seed", seed), *FAST.items(), *((n.replace("_", ".", 1), v) for n, v in turned.items()),
    ])  # fmt: skip


class Evening:
    """A player with a thinker that answers within the turn, led as a conductor leads it. `now` is in seconds."""

    def __init__(self, snapshot: Snapshot, turn: float = 0.05) -> None:
        self.snapshot, self.now, self.turn = snapshot, 0.0, turn
        self.player = Player(ROUTES, snapshot, ())
        self.thought = Thought(planner(snapshot, MIND, "tonic"))
        self.messages: list[Message] = []
        self.announced: list[Span] = []
        self.told: list[object] = []
        self.thought.ask(list(self.player.thinker_ready()))
        self.messages += self.player.play(0.0)

    def step(self) -> None:
        turn = self.player.advance(self.now)
        self.thought.ask(turn.requests)
        self.thought.answer(self.player, 40)
        self.messages += [*(turn.silence or ()), *turn.messages]
        self.announced += turn.announced
        self.told += turn.told
        for back in turn.told:
            if isinstance(back, TurnBack) and self.snapshot.values[back.name] == back.was:
                self.change(self.snapshot.with_value(back.name, back.value))
        self.now += self.turn

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / self.turn)):
            self.step()

    def until(self, bars: int) -> None:
        """Until so many measures are announced, or the music has stopped."""
        for _ in range(20_000):
            if len(self.announced) >= bars or not self.player.scheduler.playing:
                return
            self.step()
        raise AssertionError("the music goes on and nothing is announced")

    def change(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.thought.ask(self.player.change(snapshot, self.now))

    def call(self, action: str) -> None:
        called = calling(self.snapshot, action)
        assert called is not None
        self.change(called)

    def play(self) -> None:
        self.messages += self.player.play(self.now)


def hanging(messages: list[Message]) -> Counter[tuple[str, int, int]]:
    """Notes that are on at the end."""
    down: Counter[tuple[str, int, int]] = Counter()
    for message in messages:
        if message.kind in ("on", "off"):
            down[message.port, message.channel, message.number] += 1 if message.kind == "on" else -1
    return Counter({key: count for key, count in down.items() if count > 0})


def joined(spans: list[Span]) -> bool:
    return all(a.end == b.start for a, b in itertools.pairwise(spans))


def levels(messages: list[Message]) -> set[int]:
    """The expression that each channel was left with."""
    last = {(m.port, m.channel): m.value for m in messages if m.kind == "control" and m.number == EXPRESSION}
    return set(last.values())
