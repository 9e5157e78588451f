"""Route of a voice: the outputs and the channel that its notes go to, and how much higher they are sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from instrument.controls.control import Value
from instrument.controls.output_choice import OURS
from instrument.playing.midi.output_message import Message


@dataclass(frozen=True, slots=True)
class Route:
    """Where a voice goes. ports: names of outputs; channel: 1..16; program: 0..127
    volume: controller 7, 0..127, on outputs that are not ours; None: left as it is
    transpose: semitones that it is sent higher; pan: controller 10, like volume."""

    ports: tuple[str, ...]
    channel: int
    program: int = 0
    volume: int | None = None
    transpose: int = 0
    pan: int | None = None

    def pitch(self, pitch: int) -> int:
        """The key that sounds for a pitch, 0..127."""
        moved = pitch + self.transpose
        while not 0 <= moved <= 127:
            moved += 12 if moved < 0 else -12
        return moved


def up_of(voice: str, values: Mapping[str, Value]) -> int:
    """Semitones that a voice is sent higher, as its controls stand. What is composed has its octave already; what you
    play has it from here. Pure."""
    octaves = int(values.get("voice.soprano.octave", 0)) if voice == "soprano" else 0
    return int(values.get(f"voice.{voice}.transpose", 0)) + 12 * octaves


def programs(routes: Iterable[Route], now: float, only: str | None = None) -> list[Message]:
    """Each channel's program, volume and pan, on all outputs or on one. now: seconds. Pure."""
    messages = []
    for route in routes:
        for port in route.ports:
            if only in (None, port):
                messages.append(Message(now, "program", route.channel, route.program, 0, port))
                if route.volume is not None and port not in OURS:
                    messages.append(Message(now, "control", route.channel, 7, route.volume, port))
                if route.pan is not None and port not in OURS:
                    messages.append(Message(now, "control", route.channel, 10, route.pan, port))
    return messages
