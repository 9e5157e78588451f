"""MIDI message that came in at a port: its bytes, with the moment it arrived. A frozen value."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from instrument.controls.knobs.knob import CONTROLLER
from instrument.controls.midi_messages import NOTES, SYSEX, TRANSPORT, MidiMessage, decode
from instrument.files.rig_file import RESERVED


@dataclass(frozen=True, slots=True)
class ReceivedMidi:
    """Received MIDI message.

    at: seconds on the player clock, stamped where the message arrived, whole microseconds; port: the input's name,
    as the rig knows it; data: one whole MIDI message, never empty, status byte first."""

    at: float
    port: str
    data: bytes

    def __reduce__(self) -> tuple[type[ReceivedMidi], tuple[float, str, bytes]]:
        """For pickle, which takes four times as long over the fields of a frozen dataclass."""
        return ReceivedMidi, (self.at, self.port, self.data)

    @property
    def message(self) -> MidiMessage | None:
        """What it says; None for an exclusive message and for what is cut short."""
        return decode(self.data)

    @property
    def over_network(self) -> bool:
        """Whether a page or an OSC message played it, which have no sound of their own."""
        return self.port.startswith(RESERVED)

    @property
    def transport(self) -> bool:
        """Clock, start, continue, stop, song position, or machine control."""
        return self.data[0] in TRANSPORT or self.data[0] == SYSEX


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """A note over OSC for a voice of the patch, whatever the keys do. at: seconds on the player clock; port: the input
    that holds it; pitch: 0..127; velocity: 1..127, 0: it ends."""

    at: float
    port: str
    voice: str
    pitch: int
    velocity: int


def is_switch(heard: ReceivedMidi, switches: Container[tuple[str, int, int]]) -> bool:
    """Whether it is one of those: (input or "", channel 1..16 or 0 for any, note, or 128 + controller). Pure."""
    message = heard.message
    if message is None or message.kind not in (*NOTES, "control"):
        return False
    ports, channels = ("", heard.port), (0, message.channel)
    number = message.number + (CONTROLLER if message.kind == "control" else 0)
    return any((port, channel, number) in switches for port in ports for channel in channels)
