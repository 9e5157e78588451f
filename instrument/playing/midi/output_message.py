"""Message that leaves the scheduler: one MIDI-like message with its due time. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Message to an output, with its due time.

    due: seconds on the player clock; channel: 1..16; number, value: 0..127; port: its output's name

    kind: "on", "off" (note, velocity), "control" (controller, value), "program" (program),
    "touch" (note, pressure), "pressure" (pressure in `number`), "bend" (low seven bits, high seven bits);
    and for the whole port, whatever the channel: "clock", "start", "stop", "continue", "position" (value: 16th notes
    from the top, 0..16383);
    and for the channels of our own sound, never on a cable: "gain" (0..1) and "place" (-1 left .. 1 right), each as
    `fine` has it, "timbre" (number: its place in `timbres.NAMES`), and "zone" (number: how many members the channel has
    whose notes bend each by itself, 0..15)
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


MIXING = ("gain", "place", "timbre", "zone")  #: kinds that only our own sound takes
FINEST = 16383


def fine(due: float, kind: str, channel: int, share: float, port: str) -> Message:
    """A "gain" or "place" of fourteen bits. share: 0..1, from one end to the other. Pure."""
    number = round(min(max(share, 0.0), 1.0) * FINEST)
    return Message(due, kind, channel, number >> 7, number & 127, port)


def share_of(message: Message) -> float:
    """What such a message says, 0..1. Pure."""
    return (message.number << 7 | message.value) / FINEST


@dataclass(frozen=True, slots=True)
class Silence:
    """End these notes now, put these controllers to rest, and forget what is held back; everything: also all 128 notes
    of all 16 channels."""

    offs: tuple[Message, ...]
    everything: bool = False
