"""Play modes of a performance: all of them, and the one that is in force. No time, no devices.

A change of `play.way` takes hold at the next turn of the loop; then the plan is thought again.
"""

from __future__ import annotations

from collections.abc import Callable

from instrument.controls.snapshot import Snapshot
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.answer import Answer
from instrument.playing.modes.free_time import Silent
from instrument.playing.modes.hold import Hold
from instrument.playing.modes.play_mode import ModeResult, PlayMode
from instrument.playing.modes.tap_mode import Tap
from instrument.playing.schedule.scheduler import Scheduler


class PlayModes:
    """Play modes of a performance, and which is in force. thread: the player's. blocks: never."""

    def __init__(self, scheduler: Scheduler, snapshot: Snapshot, free: Callable[[], bool] = lambda: False) -> None:
        """free: whether nobody else gives the time or goes by ours."""
        self._modes = {
            "listen": PlayMode(scheduler), "answer": Answer(scheduler, free), "tap": Tap(scheduler),
            "hold": Hold(scheduler), "accompany": Silent(scheduler),
        }  # fmt: skip
        self.current = self._modes["listen"]
        self._chosen = self._find(snapshot)
        self._switched = False

    def choose(self, snapshot: Snapshot) -> Snapshot:
        """The controls have been turned. Returns them with what the keys ask for."""
        self._chosen = self._find(snapshot)
        return self.over(snapshot)

    def over(self, snapshot: Snapshot) -> Snapshot:
        """The controls with what the keys ask for now."""
        return self._chosen.over(snapshot)

    def begin(self, now: float) -> list[Message]:
        """Bring the chosen way into force, if another is. now: seconds."""
        if self._chosen is self.current:
            return []
        left, self.current, self._switched = self.current, self._chosen, True
        return left.end(now) + self.current.begin(now)

    def hear(self, heard: ReceivedMidi) -> ModeResult:
        """A channel message of the performer's."""
        return self.current.hear(heard)

    def advance(self, now: float) -> ModeResult:
        """Each turn, before the scheduler's."""
        messages = self.begin(now)
        played = self.current.advance(now)
        played.messages[:0] = messages
        played.ask, self._switched = played.ask or self._switched, False
        return played

    def unhear(self, port: str, now: float, channel: int | None = None, pedals: bool = True) -> ModeResult:
        """An input lets go of its keys, on one channel or all."""
        return self.current.unhear(port, now, channel, pedals)

    def forget(self) -> None:
        """The ledger has ended every note."""
        self.current.forget()

    def _find(self, snapshot: Snapshot) -> PlayMode:
        return self._modes[snapshot.mode.name]
