"""MIDI machine control (MMC): play, stop and locate, as DAWs and desks send them in system-exclusive messages. Pure.

F0 7F device 06 command F7, whatever the device: an instrument is asked what everybody is asked. What else there is
(record, wind, shuttle) is passed over, and so is what is longer than a command may be.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls.midi_messages import SYSEX, SYSEX_END

_PLAY, _STOP = (0x02, 0x03), (0x01, 0x09)  # at once and deferred; stop and pause
LONGEST = 52  #: bytes: 48 of commands at most, and what is around them
_RATES = (24.0, 25.0, 29.97, 30.0)  # frames a second, by the two bits above the hours


@dataclass(frozen=True, slots=True)
class MachineCommand:
    """Command of MIDI machine control. what: "play", "stop" or "locate"; seconds: of a locate, from the top."""

    what: str
    seconds: float = 0.0


def is_machine_control(data: bytes) -> bool:
    """Whether that is a command of machine control."""
    whole = 6 <= len(data) <= LONGEST and data[0] == SYSEX and data[-1] == SYSEX_END
    return whole and data[1] == 0x7F and data[3] == 0x06


def understood(data: bytes) -> MachineCommand | None:
    """What is commanded; None for what is not obeyed."""
    if not is_machine_control(data):
        return None
    command, rest = data[4], data[5:-1]
    if command in _PLAY:
        return MachineCommand("play")
    if command in _STOP:
        return MachineCommand("stop")
    if command == 0x44 and len(rest) >= 6 and rest[1] == 0x01:
        hours, minutes, seconds, frames = rest[2], rest[3], rest[4], rest[5]
        whole = (hours & 0x1F) * 3600 + (minutes & 0x3F) * 60 + (seconds & 0x3F)
        return MachineCommand("locate", whole + (frames & 0x1F) / _RATES[hours >> 5 & 3])
    return None
