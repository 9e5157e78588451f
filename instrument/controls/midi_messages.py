"""Table of MIDI messages: name, status byte and data bytes of each, and what encodes and decodes them all.

The names are those that the whole instrument uses. Nobody else reads or writes status bytes. After the summary of
messages in the MIDI 1.0 Detailed Specification (MIDI Manufacturers Association).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageType:
    """Type of MIDI message: a row of the table.

    name: as `MidiMessage.kind`; status: the first byte, of a channel message with channel 1
    number, value: what its two data bytes are; "" for one that it lacks. wide: both are one number, low bits first
    """

    name: str
    status: int
    number: str = ""
    value: str = ""
    wide: bool = False

    @property
    def of_channel(self) -> bool:
        """Whether it is for one channel; the others are for the whole port."""
        return self.status < SYSEX

    @property
    def length(self) -> int:
        """Bytes, the status among them."""
        return 1 + bool(self.number) + bool(self.value)


SYSEX, SYSEX_END = 0xF0, 0xF7  #: around an exclusive message, of any length
TYPES: dict[str, MessageType] = {
    row.name: row
    for row in (
        MessageType("off", 0x80, "note", "velocity"),
        MessageType("on", 0x90, "note", "velocity"),
        MessageType("touch", 0xA0, "note", "pressure"),
        MessageType("control", 0xB0, "controller", "value"),
        MessageType("program", 0xC0, "program"),
        MessageType("pressure", 0xD0, "pressure"),
        MessageType("bend", 0xE0, "low seven bits", "high seven bits"),
        MessageType("time code", 0xF1, "quarter frame"),
        MessageType("position", 0xF2, "low seven bits", "high seven bits", wide=True),
        MessageType("song", 0xF3, "song"),
        MessageType("tune request", 0xF6),
        MessageType("clock", 0xF8),
        MessageType("start", 0xFA),
        MessageType("continue", 0xFB),
        MessageType("stop", 0xFC),
        MessageType("sensing", 0xFE),
        MessageType("reset", 0xFF),
    )
}
NOTES = ("on", "off")
_BY_STATUS = {row.status: row for row in TYPES.values()}
#: first bytes of what moves the music as a whole, machine control apart
TRANSPORT = frozenset(TYPES[name].status for name in ("clock", "start", "continue", "stop", "position"))

# controllers
MODULATION, BREATH, VOLUME, PAN, EXPRESSION = 1, 2, 7, 10, 11
BANK, BANK_FINE = 0, 32
SLIDE = 74  #: of MPE, where on the key the finger is
DATA, DATA_FINE, MORE, LESS = 6, 38, 96, 97  #: that set the parameter chosen last
NRPN_FINE, NRPN, RPN_FINE, RPN = 98, 99, 100, 101  #: that choose one
SUSTAIN, PORTAMENTO, SOSTENUTO, SOFT, LEGATO, SECOND_SUSTAIN = range(64, 70)
SOUND_OFF, RESET, NOTES_OFF = 120, 121, 123
ENDING = (SOUND_OFF, NOTES_OFF, 124, 125, 126, 127)  #: that end notes: all sound, all notes, and the modes


@dataclass(frozen=True, slots=True)
class MidiMessage:
    """MIDI message, decoded.

    kind: a name of TYPES; channel: 1..16, 0 for the whole port; number, value: 0..127, as its row calls them, 0
    where it has none; of a wide one, value is 0..16383 and number 0. A note-on without velocity is "off"."""

    kind: str
    channel: int
    number: int = 0
    value: int = 0


def decode(data: Sequence[int]) -> MidiMessage | None:
    """What one whole message says; None for an exclusive one, for one that is cut short, and for what is none. Pure."""
    if not data or not 0x80 <= data[0] <= 0xFF:
        return None
    row = _BY_STATUS.get(data[0] & 0xF0 if data[0] < SYSEX else data[0])
    if row is None or len(data) != row.length or max(data[1:], default=0) > 127:
        return None
    number, value = data[1] if row.number else 0, data[2] if row.value else 0
    if row.wide:
        number, value = 0, number | value << 7
    kind = "off" if row.name == "on" and value == 0 else row.name
    return MidiMessage(kind, (data[0] & 0x0F) + 1 if row.of_channel else 0, number, value)


def encode(kind: str, channel: int = 0, number: int = 0, value: int = 0) -> list[int]:
    """The bytes of a message. channel: 1..16; of a wide one value is the whole number. KeyError for no such kind."""
    row = TYPES[kind]
    if row.wide:
        number, value = value & 0x7F, value >> 7 & 0x7F
    return [row.status | (channel - 1) if row.of_channel else row.status, number, value][: row.length]


def channel_of(data: Sequence[int]) -> int:
    """The channel, 1..16, of a message's bytes; 0 for one of the whole port. Pure."""
    return (data[0] & 0x0F) + 1 if 0x80 <= data[0] < SYSEX else 0
