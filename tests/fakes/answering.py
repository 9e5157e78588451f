"""An evening of phrases and answers in virtual time, with a thinker that composes at once."""

from __future__ import annotations

from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from tests.fakes.band import ROUTES, Thought, planner, tiny_mind

ANSWERING = Snapshot().with_values(
    [("play.way", "answer"), ("clock.bpm", 120.0), ("tune.seed", 4), ("tune.key", "C major"), ("answer.wait", 1.0),
     ("answer.time", "clock")]
)  # fmt: skip


MIND = tiny_mind()


class Evening:
    """A player that is performed to, a thinker that answers after `slow` turns of 10 ms, and what came of it."""

    def __init__(self, snapshot: Snapshot = ANSWERING, slow: int = 1, opening: tuple[Span, ...] = ()) -> None:
        self.player, self.thought, self.slow = Player(ROUTES, snapshot, opening), Thought(planner(snapshot, MIND)), slow
        self.asked: list[Rethink] = []
        self.messages: list[Message] = list(self.player.play(0.0))
        self.announced: list[Span] = []
        self._turn = 0
        self._hear(self.player.thinker_ready())

    def until(self, seconds: float, keys: dict[float, tuple[int, int]] | None = None) -> None:
        """Let time pass; keys: when which note is struck or (velocity 0) let go."""
        waiting = sorted((keys or {}).items())
        while self._turn * 0.01 < seconds:
            now = self._turn * 0.01
            while waiting and waiting[0][0] <= now:
                at, (note, velocity) = waiting.pop(0)
                heard = self.player.hear(ReceivedMidi(at, "keys", bytes((0x90, note, velocity))))
                self.messages += heard.messages
                self._hear(heard.requests)
            turn = self.player.advance(now)
            self.messages += turn.messages
            self.announced += turn.announced
            self._hear(turn.requests)
            if self._turn % self.slow == 0:
                self.thought.answer(self.player, 1)
            self._turn += 1

    def change(self, name: str, value: object) -> None:
        self._hear(self.player.change(self.player.snapshot.with_value(name, value), self._turn * 0.01))

    def _hear(self, requests: list[Rethink | Extend]) -> None:
        self.asked += [request for request in requests if isinstance(request, Rethink)]
        self.thought.ask(list(requests))
