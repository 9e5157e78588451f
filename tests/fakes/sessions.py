"""Sessions in virtual time, logged as on stage: to record a way of playing, and to play a log again.

session = Session(tmp_path / "played.jsonl", stage)
session.run(2.0)                        # seconds in which nothing comes in
session.hear(0x90, 60, 90)              # MIDI at an input, now
session.take(Change(snapshot))          # whatever else a performance takes
assert replay(session.close()).same
"""

from __future__ import annotations

from pathlib import Path

from instrument.playing.messages import Act, PlayerSetup
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.time.clock import ManualClock, whole
from instrument.playing.turn import Entry, Exits
from instrument.ports.log.log_pipe import micro
from instrument.ports.log.session_log import SessionLog
from instrument.ports.outputs import LEAD


class Session:
    """A performance and its log. outputs: names; now: the first moment, in seconds."""

    def __init__(self, path: Path, setup: PlayerSetup, outputs: tuple[str, ...] = ("out",), now: float = 100.0) -> None:
        self.clock, self.log = ManualClock(now), SessionLog(path)
        self.performance = Performance(setup, outputs, LEAD)
        self.log.begin(setup, outputs, LEAD, micro(self.clock.now()))
        self.out: list[Message | Silence] = []
        self.told: list[object] = []
        self.take(Act("transport.play"))

    def take(self, *entries: Entry) -> Exits:
        """A turn, now."""
        now = whole(self.clock.now())
        exits = self.performance.turn(now, entries)
        tick = self.performance.player.scheduler.tick(now)
        self.log.turn(micro(now), tick, [], entries, exits.out, exits.faults)
        self.out += exits.out
        self.told += exits.told
        return exits

    def hear(self, *data: int, port: str = "keys") -> Exits:
        """A MIDI message comes in."""
        return self.take(ReceivedMidi(whole(self.clock.now()), port, bytes(data)))

    def run(self, seconds: float, turn: float = 0.005) -> None:
        """Let time pass."""
        ends = self.clock.now() + seconds
        while self.clock.now() < ends:
            self.clock.advance(turn)
            self.take()

    def close(self) -> Path:
        """Every note is ended. Returns the log's path."""
        now = whole(self.clock.now())
        self.out += (last := self.performance.close(now).out)
        self.log.end(micro(now), last)
        self.log.close()
        return self.log.path
