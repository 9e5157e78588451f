"""Pedals, bend, modulation, pressure, breath, expression and slides of each output channel: who moved them, where to.

One table says what a channel can be left in and where each of that rests (`RESTING`). What an input has moved goes
back there when the input goes, unless another one holds it. A pedal is up when the last foot that was on it is; of
everything else the newest hand counts. Controller 74 is a slide on the member channels of an MPE zone; anywhere else it
is a sound's brightness, which is left as it was set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

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
    MidiMessage,
)
from instrument.playing.midi.input_channels import InputChannels
from instrument.playing.midi.output_message import Message

PEDALS = (SUSTAIN, PORTAMENTO, SOSTENUTO, SOFT, LEGATO, SECOND_SUSTAIN)
REST, FULL = (0, 0), (0, 127)
MIDDLE = (0, 64)  #: of a bend low and high seven bits; of a slide its value

Part = tuple[str, int]  #: kind of message, and of a controller or key its number
Place = tuple[str, int, Part]  #: output, channel 1..16, part

BEND, PRESSURE, SLID = ("bend", 0), ("pressure", 0), ("control", SLIDE)
#: what of a channel does not stay as it is moved, and where it is when nobody has moved it; pressure of one key
#: ("touch") is at 0, whichever key it is
RESTING: dict[Part, tuple[int, int]] = {
    **{("control", number): REST for number in (*PEDALS, MODULATION)},
    **{("control", number): FULL for number in (BREATH, EXPRESSION)},
    BEND: MIDDLE,
    PRESSURE: REST,
    SLID: MIDDLE,
}
OF_MEMBERS = frozenset({SLID})  #: of these, what only a zone's member channels have


def part_of(kind: str, number: int, member: bool = False) -> Part | None:
    """Which of the parts of a channel a message moves; None for one that is left as it stands. member: whether the
    channel is a member of an MPE zone. Pure."""
    if kind == "touch":
        return kind, number
    part = kind, number if kind == "control" else 0
    return part if part in RESTING and (member or part not in OF_MEMBERS) else None


def rest_of(part: Part) -> tuple[int, int]:
    """Where a part of a channel is when nobody has moved it. Pure."""
    return RESTING.get(part, REST)


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

    def __init__(self) -> None:
        self._moved: dict[Place, dict[str, tuple[int, int]]] = {}  # by input, the newest last
        self._told = InputChannels()  # zones that inputs have told outputs of
        #: whether a channel, 1..16, of an output is a member of a voice's zone
        self.zoned: Callable[[str, int], bool] = lambda output, channel: False

    def hear(self, source: str, message: Message, member: bool = False) -> list[Message]:
        """An input moves a controller. source: the input; member: whether it is of a member channel there. Returns what
        goes to the message's output."""
        if message.kind == "control" and message.number == RESET:
            return [message, *self.release(source, message.due, message.channel, message.port, again=True)]
        member = member or self._member(message.port, message.channel)
        part = part_of(message.kind, message.number, member)
        if part is None:
            self._told.hear(message.port, MidiMessage(message.kind, message.channel, message.number, message.value))
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
        """An input moves a part of a voice's channel to where it may stand already: nothing is said then."""
        if self._stands((output, channel, part)) == value:
            return []
        return self.hear(source, move(due, output, channel, part, value), part in OF_MEMBERS)

    def _member(self, output: str, channel: int) -> bool:
        """Whether a slide of that channel is one, of a zone of the output's."""
        held = (output, channel, SLID) in self._moved
        return held or self._told.manager(output, channel) is not None or self.zoned(output, channel)

    def _stands(self, place: Place) -> tuple[int, int]:
        """Where a part stands, by those who hold it."""
        hands, (_, _, part) = self._moved.get(place), place
        if not hands:
            return rest_of(part)
        if part[0] == "control" and part[1] in PEDALS:
            return max(hands.values())
        return next(reversed(hands.values()))
