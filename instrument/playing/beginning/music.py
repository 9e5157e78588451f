"""Music that is started, stopped, moved and composed anew, as far as others act on the player."""

from __future__ import annotations

from typing import Protocol

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.beginning.beginning import Beginning
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.play_modes import PlayModes
from instrument.playing.schedule.lookahead import LookAhead
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.schedule.tick_result import Request
from instrument.playing.time.sync import Sync
from instrument.playing.voices.accompaniment import Accompaniment


class Music(Protocol):
    """What external sync, the end of a set and the way back need of the player."""

    snapshot: Snapshot
    scheduler: Scheduler
    buffer: LookAhead
    modes: PlayModes
    accompaniment: Accompaniment
    beginning: Beginning
    time: Sync
    plan: int

    @property
    def playing(self) -> bool: ...
    def play(self, now: float) -> list[Message]: ...
    def stop(self, now: float, faded: bool = False) -> list[Message]: ...
    def locate(self, tick: int, now: float) -> tuple[list[Message], bool]: ...
    def ask(self, start: int, after: Span | None) -> list[Request]: ...
    def think_again(self) -> list[Request]: ...
    def void(self) -> None: ...
    def led_from(self, tick: int) -> bool: ...
