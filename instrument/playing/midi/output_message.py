"""What leaves the scheduler: one MIDI-like message with its due time. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """due: seconds on the player clock; channel: 1..16; number, value: 0..127; port: its output's name

    kind: "on", "off" (note, velocity), "control" (controller, value), "program" (program),
    "touch" (note, pressure), "pressure" (pressure in `number`), "bend" (low seven bits, high seven bits);
    and for the whole port, whatever the channel: "clock", "start", "stop", "continue", "position" (value: 16th notes
    from the top, 0..16383)
    """

    due: float
    kind: str
    channel: int
    number: int
    value: int = 0
    port: str = ""

    def __reduce__(self) -> tuple[type[Message], tuple[float, str, int, int, int, str]]:
        """For pickle, which takes four times as long over the fields of a frozen dataclass."""
        return Message, (self.due, self.kind, self.channel, self.number, self.value, self.port)
