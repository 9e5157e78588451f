"""Expression of a channel: what bend, pressure, modulation, breath and expression make of its pitch and loudness.

Bend reaches two semitones either way, as General MIDI has it, or as far as registered parameter 0 says; modulation and
pressure make it wobble, pressure also louder; expression and breath are loudness, and breath never takes all of it,
since not every sender of it is blown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from instrument.controls.midi_messages import BREATH, EXPRESSION, MODULATION, RESET, MidiMessage
from instrument.playing.midi.input_channels import InputChannels
from instrument.playing.midi.output_message import Message

WOBBLE = 0.6  #: semitones of vibrato at the most
SWELL, SHALLOW = 0.5, 0.35  #: how much louder pressure makes it; what breath leaves when nobody blows
SEMITONE = 0.05946


@dataclass(frozen=True, slots=True)
class Expression:
    """Each 0..127, as it was sent last, but for bend, 0..16383."""

    bend: int = 8192
    modulation: int = 0
    pressure: int = 0
    breath: int = 127
    expression: int = 127

    def after(self, message: Message) -> Expression:
        """What a message makes of it; the same for one that is none of its business."""
        if message.kind == "bend":
            return replace(self, bend=message.number | message.value << 7)
        if message.kind == "pressure":
            return replace(self, pressure=message.number)
        if message.kind == "touch":
            return replace(self, pressure=message.value)
        if message.kind != "control":
            return self
        if message.number == RESET:
            return Expression()
        names = {MODULATION: "modulation", BREATH: "breath", EXPRESSION: "expression"}
        name = names.get(message.number)
        return self if name is None else replace(self, **{name: message.value})

    @property
    def wobble(self) -> float:
        """Depth of vibrato, as a ratio."""
        return max(self.modulation, self.pressure) / 127 * WOBBLE * SEMITONE

    @property
    def gain(self) -> float:
        """Loudness; 1 where nobody touched it."""
        return (1 + SWELL * self.pressure / 127) * self.blown

    @property
    def blown(self) -> float:
        """Loudness by breath and expression alone, 0..1."""
        breath = SHALLOW + (1 - SHALLOW) * self.breath / 127
        return breath * (self.expression / 127) ** 2


class Expressions:
    """Expression of all sixteen channels. thread: one.

    A channel that has members (see `Message`, "zone") speaks for them too: a member's note has its own bend and
    pressure and, besides, whatever the channel has.
    """

    def __init__(self) -> None:
        self._each = [Expression()] * 17
        self._channels = InputChannels(zones=False)

    def hear(self, message: Message) -> tuple[int, ...]:
        """Take a message in. The channels whose notes sound otherwise from now on."""
        channel = message.channel
        before, ratio = self._each[channel], self.ratio(channel)
        self._each[channel] = before.after(message)
        if message.kind == "control" and message.number == RESET:
            self._channels.release("", channel)
        self._channels.hear("", MidiMessage(message.kind, channel, message.number, message.value))
        moved = self._each[channel] != before or self.ratio(channel) != ratio
        return self._channels.reach("", channel) if moved else ()

    def lay_zone(self, channel: int, members: int) -> None:
        """So many members for channel 1 or 16, 0 for none; each with a bend of 48 semitones."""
        self._channels.configure("", channel, members)

    def reach(self, channel: int) -> tuple[int, ...]:
        """A channel and its members."""
        return self._channels.reach("", channel)

    def speaker(self, channel: int) -> int:
        """The channel that a member belongs to; any other itself."""
        return self._channels.manager("", channel) or channel

    def ratio(self, channel: int) -> float:
        """Of the pitch that sounds to the one that was struck."""
        return float(2 ** (self._channels.bend("", channel) / 12))

    def wobble(self, channel: int) -> float:
        """Depth of vibrato, as a ratio."""
        return max(self._each[channel].wobble, self._each[self.speaker(channel)].wobble)

    def gain(self, channel: int) -> float:
        """Loudness; 1 where nobody touched it."""
        speaker, own = self.speaker(channel), self._each[channel].gain
        return own if speaker == channel else own * self._each[speaker].gain

    def rest(self) -> tuple[int, ...]:
        """Every channel as nobody touched it. Those that sound otherwise from now on."""
        moved = tuple(n for n in range(1, 17) if self._each[n] != Expression() or self.ratio(n) != 1)
        self._each = [Expression()] * 17
        self._channels.rest()
        return moved
