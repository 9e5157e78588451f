"""Pedals, bend, modulation, pressure, breath and expression of each output channel: who moved them, where they stand.

What an input has moved goes back to rest when the input goes, unless another one holds it. A pedal is up when the last
foot that was on it is; of everything else the newest hand counts. Breath and expression rest at full.
"""

from __future__ import annotations

from collections.abc import Collection

from instrument.controls.midi_messages import (
    BREATH,
    EXPRESSION,
    LEGATO,
    MODULATION,
    PORTAMENTO,
    RESET,
    SECOND_SUSTAIN,
    SLIDE,
    SOFT,
    SOSTENUTO,
    SUSTAIN,
)
from instrument.playing.midi.output_message import Message

PEDALS = (SUSTAIN, PORTAMENTO, SOSTENUTO, SOFT, LEGATO, SECOND_SUSTAIN)
LOUDNESS = (BREATH, EXPRESSION)
REST, FULL = (0, 0), (0, 127)
MIDDLE = (0, 64)  #: of a bend low and high seven bits; of a slide its value

Part = tuple[str, int]  #: kind of message, and of a controller or key its number
Place = tuple[str, int, Part]  #: output, channel 1..16, part


def part_of(kind: str, number: int) -> Part | None:
    """Which of the parts of a channel a message moves; None for one that is left as it stands. Pure."""
    if kind == "control":
        return (kind, number) if number in (*PEDALS, MODULATION, *LOUDNESS) else None
    if kind == "touch":
        return kind, number
    return (kind, 0) if kind in ("bend", "pressure") else None


def rest_of(part: Part) -> tuple[int, int]:
    """Where a part of a channel is when nobody has moved it. Pure."""
    if part[0] == "bend" or part == ("control", SLIDE):
        return MIDDLE
    return FULL if part[0] == "control" and part[1] in LOUDNESS else REST


def at_rest(part: Part, value: tuple[int, int]) -> bool:
    """Whether that part of a channel is where nobody has moved it. value: see `value_of`. Pure."""
    return value == rest_of(part)


def value_of(message: Message) -> tuple[int, int]:
    """Where a message moves its part to. Pure."""
    if message.kind == "bend":
        return message.number, message.value
    return 0, message.number if message.kind == "pressure" else message.value


def move(due: float, output: str, channel: int, part: Part, value: tuple[int, int]) -> Message:
    """The message that moves a part of a channel. Pure."""
    kind, number = part
    if kind == "bend":
        return Message(due, kind, channel, *value, output)
    if kind == "pressure":
        return Message(due, kind, channel, value[1], 0, output)
    return Message(due, kind, channel, number, value[1], output)


def rest(due: float, output: str, channel: int, part: Part) -> Message:
    """The message that moves a part back to where nobody has moved it. Pure."""
    return move(due, output, channel, part, rest_of(part))


class Controllers:
    """Controllers of the output channels, and who moved them.

    thread: the player's. blocks: never. Cost grows with what is moved, which MIDI bounds.
    """

    def __init__(self, slides: bool = False) -> None:
        """slides: controller 74 goes back to its middle too, as MPE has it; else it is left as it stands."""
        self._slides = slides
        self._moved: dict[Place, dict[str, tuple[int, int]]] = {}  # by input, the newest last

    def hear(self, source: str, message: Message) -> list[Message]:
        """An input moves a controller. source: the input. Returns what goes to the message's output."""
        if message.kind == "control" and message.number == RESET:
            return [message, *self.release(source, message.due, message.channel, message.port, again=True)]
        part = part_of(message.kind, message.number)
        if part is None and (message.kind, message.number) == ("control", SLIDE) and self._slides:
            part = "control", SLIDE
        if part is None:
            return [message]
        place, value = (message.port, message.channel, part), value_of(message)
        before = self._stands(place)
        hands = self._moved.setdefault(place, {})
        hands.pop(source, None)
        if not at_rest(part, value):
            hands[source] = value
        stands = self._stands(place)
        if not hands:
            del self._moved[place]
        if stands == value:
            return [message]
        return [move(message.due, message.port, message.channel, part, stands)] if stands != before else []

    def release(
        self, source: str, due: float, channel: int | None = None, output: str | None = None, again: bool = False
    ) -> list[Message]:
        """An input lets go of what it has moved, on one channel and output or on all. again: the other end has put
        everything to rest by itself, so that what others hold is said again."""
        messages = []
        for place in sorted(self._moved):
            port, on, part = place
            if channel not in (None, on) or output not in (None, port):
                continue
            before = self._stands(place)
            self._moved[place].pop(source, None)
            stands = self._stands(place)
            if not self._moved[place]:
                del self._moved[place]
            if stands != before or (again and not at_rest(part, stands)):
                messages.append(move(due, port, on, part, stands))
        return messages

    def rest(self, due: float, output: str | None = None, channels: Collection[int] | None = None) -> list[Message]:
        """Everything that anybody has moved goes back (on one output, or all; on those channels, or all), and is
        forgotten."""
        places = sorted(p for p in self._moved if output in (None, p[0]) and (channels is None or p[1] in channels))
        for place in places:
            del self._moved[place]
        return [rest(due, *place) for place in places]

    def bring(self, source: str, due: float, output: str, channel: int, part: Part, value: tuple[int, int]
              ) -> list[Message]:  # fmt: skip
        """An input moves a part of a channel to where it may stand already: nothing is said then."""
        if self._stands((output, channel, part)) == value:
            return []
        return self.hear(source, move(due, output, channel, part, value))

    def _stands(self, place: Place) -> tuple[int, int]:
        """Where a part stands, by those who hold it."""
        hands, (_, _, part) = self._moved.get(place), place
        if not hands:
            return rest_of(part)
        if part[0] == "control" and part[1] in PEDALS:
            return max(hands.values())
        return next(reversed(hands.values()))
