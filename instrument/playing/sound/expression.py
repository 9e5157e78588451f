"""Expression of a channel: what bend, pressure, modulation, breath and expression make of its pitch and loudness. Pure.

Bend reaches two semitones either way, as General MIDI has it; modulation and pressure make it wobble, pressure also
louder; expression and breath are loudness, and breath never takes all of it, since not every sender of it is blown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from instrument.controls.midi_messages import BREATH, EXPRESSION, MODULATION, RESET
from instrument.playing.midi.output_message import Message

REACH = 2.0  #: semitones
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
    def ratio(self) -> float:
        """Of the pitch that sounds to the one that was struck."""
        return float(2 ** ((self.bend - 8192) / 8192 * REACH / 12))

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
