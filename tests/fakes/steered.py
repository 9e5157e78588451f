"""Player steered in virtual time: a turn of its loop and a change of its controls, for every evening in tests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.messages import Change
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.playing.schedule.tick_result import TickResult
from instrument.rig.way_back.way_back import WayBack


class Steered(ABC):
    """now: seconds; spans, messages: what was announced and sent so far."""

    now: float
    snapshot: Snapshot
    player: Player
    back: WayBack
    spans: list[Span]
    messages: list[Message]

    @abstractmethod
    def hear(self, requests: Iterable[object]) -> None:
        """What the player asks of the thinker."""

    @abstractmethod
    def think(self) -> None:
        """The thinker answers."""

    def turned(self, change: Change) -> None:
        self.snapshot = change.snapshot
        self.hear(self.player.change(change.snapshot, self.now, change.undone, change.top))

    def pass_turn(self, seconds: float) -> TickResult:
        """A turn of the loop."""
        self.now += seconds
        self.think()
        turn = self.player.advance(self.now)
        self.messages += turn.messages
        self.hear(turn.requests)
        for span in turn.announced:
            self.back.announced(span)
        self.spans += turn.announced
        return turn
