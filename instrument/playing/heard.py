"""What comes in at a MIDI port: the bytes of one message with the moment it arrived. A frozen value."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

#: first bytes of what moves the music as a whole: clock, start, continue, stop, song position
TRANSPORT = frozenset((0xF8, 0xFA, 0xFB, 0xFC, 0xF2))


@dataclass(frozen=True, slots=True)
class Heard:
    """at: seconds on the player clock, stamped where the message arrived, whole microseconds; port: the input's name,
    as the rig knows it; data: one whole MIDI message, never empty, status byte first."""

    at: float
    port: str
    data: bytes

    @property
    def transport(self) -> bool:
        """Clock, start, continue, stop or song position."""
        return self.data[0] in TRANSPORT


def is_switch(heard: Heard, switches: Container[tuple[str, int, int]]) -> bool:
    """Whether it is a note of those: (input or "", channel 1..16 or 0 for any, note). Pure."""
    if heard.data[0] & 0xE0 != 0x80 or len(heard.data) != 3:
        return False
    ports, channels = ("", heard.port), (0, (heard.data[0] & 0x0F) + 1)
    return any((port, channel, heard.data[1]) in switches for port in ports for channel in channels)
