"""What leaves the scheduler: one MIDI-like message with its due time. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """due: seconds on the player clock; kind: "on", "off", "control" or "program"; channel: 1..16;
    number: note, controller or program, 0..127; value: velocity or controller value; port: its output's name."""

    due: float
    kind: str
    channel: int
    number: int
    value: int = 0
    port: str = ""
