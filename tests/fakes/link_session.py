"""Ableton Link session in virtual time."""

from __future__ import annotations

from instrument.playing.time.link_state import LinkState


class Session:
    """A session, in virtual time: beat 0 at 1.2 s."""

    def __init__(self, bpm: float = 120.0, quantum: float = 4.0) -> None:
        self.bpm, self.quantum, self.began = bpm, quantum, 1.2

    def at(self, now: float, playing: bool = False, begins: float = 0.0) -> LinkState:
        return LinkState(now, (now - self.began) * self.bpm / 60, self.bpm, self.quantum, 1, playing, begins)

    def seconds(self, beat: float) -> float:
        return self.began + beat * 60 / self.bpm
