"""MIDI message that came in at a port: its bytes, with the moment it arrived. A frozen value."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from instrument.controls.knobs.knob import CONTROLLER
from instrument.files.rig_file import RESERVED
from instrument.playing.midi.machine_control import SYSEX

#: first bytes of what moves the music as a whole: clock, start, continue, stop, song position
TRANSPORT = frozenset((0xF8, 0xFA, 0xFB, 0xFC, 0xF2))


@dataclass(frozen=True, slots=True)
class ReceivedMidi:
    """at: seconds on the player clock, stamped where the message arrived, whole microseconds; port: the input's name,
    as the rig knows it; data: one whole MIDI message, never empty, status byte first."""

    at: float
    port: str
    data: bytes

    def __reduce__(self) -> tuple[type[ReceivedMidi], tuple[float, str, bytes]]:
        """For pickle, which takes four times as long over the fields of a frozen dataclass."""
        return ReceivedMidi, (self.at, self.port, self.data)

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
    kind = heard.data[0] & 0xF0
    if kind not in (0x80, 0x90, 0xB0) or len(heard.data) != 3:
        return False
    ports, channels = ("", heard.port), (0, (heard.data[0] & 0x0F) + 1)
    number = heard.data[1] + (CONTROLLER if kind == 0xB0 else 0)
    return any((port, channel, number) in switches for port in ports for channel in channels)
