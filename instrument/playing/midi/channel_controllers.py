"""Pedals, bend, modulation and pressure of each output channel: which input moved them, and where they stand.

What an input has moved goes back to rest when the input goes, unless another one holds it. A pedal is up when the last
foot that was on it is; of bend, modulation and pressure the newest hand counts.
"""

from __future__ import annotations

from instrument.controls.midi_messages import (
    LEGATO,
    MODULATION,
    PORTAMENTO,
    RESET,
    SECOND_SUSTAIN,
    SOFT,
    SOSTENUTO,
    SUSTAIN,
)
from instrument.playing.midi.output_message import Message

PEDALS = (SUSTAIN, PORTAMENTO, SOSTENUTO, SOFT, LEGATO, SECOND_SUSTAIN)
REST = (0, 0)
MIDDLE = (0, 64)  #: of a bend: low and high seven bits

Part = tuple[str, int]  #: kind of message, and of a controller or key its number
Place = tuple[str, int, Part]  #: output, channel 1..16, part


def part_of(kind: str, number: int) -> Part | None:
    """Which of the parts of a channel a message moves; None for one that is left as it stands. Pure."""
    if kind == "control":
        return (kind, number) if number in (*PEDALS, MODULATION) else None
    if kind == "touch":
        return kind, number
    return (kind, 0) if kind in ("bend", "pressure") else None


def at_rest(part: Part, value: tuple[int, int]) -> bool:
    """Whether that part of a channel is where nobody has moved it. value: see `value_of`. Pure."""
    return value == (MIDDLE if part[0] == "bend" else REST)


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
    return move(due, output, channel, part, MIDDLE if part[0] == "bend" else REST)


class Controllers:
    """thread: the player's. blocks: never. Cost grows with what is moved, which MIDI bounds."""

    def __init__(self) -> None:
        self._moved: dict[Place, dict[str, tuple[int, int]]] = {}  # by input, the newest last

    def hear(self, source: str, message: Message) -> list[Message]:
        """An input moves a controller. source: the input. Returns what goes to the message's output."""
        if message.kind == "control" and message.number == RESET:
            return [message, *self.release(source, message.due, message.channel, message.port, again=True)]
        part = part_of(message.kind, message.number)
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

    def rest(self, due: float, output: str | None = None) -> list[Message]:
        """Everything that anybody has moved goes back (on one output, or all), and is forgotten."""
        places = sorted(place for place in self._moved if output in (None, place[0]))
        for place in places:
            del self._moved[place]
        return [rest(due, *place) for place in places]

    def _stands(self, place: Place) -> tuple[int, int]:
        """Where a part stands, by those who hold it."""
        hands, (_, _, part) = self._moved.get(place), place
        if not hands:
            return MIDDLE if part[0] == "bend" else REST
        if part[0] == "control" and part[1] in PEDALS:
            return max(hands.values())
        return next(reversed(hands.values()))
