"""What comes in at a MIDI port: the bytes of one message with the moment it arrived. A frozen value."""

from __future__ import annotations

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
