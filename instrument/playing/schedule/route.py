"""Route of a voice: the outputs and the channel that its notes go to, and how much higher they are sent. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from instrument.controls.control import Value
from instrument.controls.devices.output_choice import OURS
from instrument.controls.devices.zones import members_of
from instrument.controls.midi_messages import DATA, DATA_FINE, RPN, RPN_FINE
from instrument.playing.midi.output_message import Message

RANGE = 2  #: semitones of a full bend where nobody has said
BEND_RANGE, ZONE = 0, 6  #: registered parameters: semitones of a full bend, and members of an MPE zone


@dataclass(frozen=True, slots=True)
class Route:
    """Where a voice goes. ports: names of outputs; channel: 1..16; program: 0..127
    volume: controller 7, 0..127, on outputs that are not ours; None: left as it is
    transpose: semitones that it is sent higher; pan: controller 10, like volume
    bends: whether bends of keys reach it; bend_range: semitones of a full one; members: channels of its zone, nearest
    first, whose notes bend each by itself; none: all on its own channel."""

    ports: tuple[str, ...]
    channel: int
    program: int = 0
    volume: int | None = None
    transpose: int = 0
    pan: int | None = None
    bends: bool = True
    bend_range: int = RANGE
    members: tuple[int, ...] = ()

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


def bending(voice: str, channel: int, values: Mapping[str, Value], taken: Collection[int]) -> dict[str, Any]:
    """The fields of a voice's route that say how it bends, as its controls stand. Pure.

    taken: channels of the other voices
    """
    how = str(values.get(f"voice.{voice}.bend", "channel"))
    members = members_of(channel, taken) if how == "mpe" else ()
    range_ = int(values.get(f"voice.{voice}.bend_range", RANGE))
    return {"bends": how != "off", "bend_range": range_, "members": members}


def parameter(now: float, port: str, channel: int, number: int, value: int) -> list[Message]:
    """A registered parameter of a channel, 0..127, set to a value, and none chosen behind it. Pure."""
    pairs = ((RPN, 0), (RPN_FINE, number), (DATA, value), (DATA_FINE, 0), (RPN, 127), (RPN_FINE, 127))
    return [Message(now, "control", channel, which, to, port) for which, to in pairs]


def bend_setup(route: Route, before: Route | None, port: str, now: float) -> list[Message]:
    """What tells an output how a voice bends. before: what it knows; None: nothing. Pure."""
    known = before or Route((), route.channel)
    messages: list[Message] = []
    if route.members != known.members:
        messages += parameter(now, port, route.channel, ZONE, len(route.members))
        if port in OURS:
            messages.append(Message(now, "zone", route.channel, len(route.members), 0, port))
    if route.bend_range != known.bend_range or (route.members != known.members and route.bend_range != RANGE):
        messages += parameter(now, port, route.channel, BEND_RANGE, route.bend_range)
    return messages


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
                messages += bend_setup(route, None, port, now)
    return messages
