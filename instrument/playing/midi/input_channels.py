"""Channels of the inputs: MPE zones, bend ranges, and how far each channel is bent, pressed and slid.

Zones and ranges are set by registered parameters, 0 (bend range) and 6 (MPE configuration), after MIDI Polyphonic
Expression 1.0 (MIDI Manufacturers Association): a lower zone whose manager is channel 1 and whose members follow it
upwards, an upper one whose manager is channel 16 and whose members follow it downwards. A parameter that is chosen by
halves, or none, sets nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from instrument.controls.midi_messages import (
    DATA,
    DATA_FINE,
    LESS,
    MORE,
    NRPN,
    NRPN_FINE,
    RPN,
    RPN_FINE,
    SLIDE,
    MidiMessage,
)

LOWER, UPPER = 1, 16  #: managers' channels
MEMBERS = 15  #: of a zone at the most
RANGE, MEMBER_RANGE, WIDEST = 2.0, 48.0, 96.0  #: semitones
CENTRE, UNMOVED = 8192, 64  #: of a bend and of a slide
NOTHING = 127  #: both halves of the parameter that is none


@dataclass(slots=True)
class _Channel:
    """Where a channel stands. range: semitones, None where it was never said; parameter: the halves chosen."""

    bend: int = CENTRE
    pressure: int = 0
    slide: int = UNMOVED
    range: float | None = None
    parameter: list[int] = field(default_factory=lambda: [NOTHING, NOTHING])


@dataclass(slots=True)
class _Input:
    """members: how many each zone has, by its manager's channel."""

    members: dict[int, int] = field(default_factory=lambda: {LOWER: 0, UPPER: 0})
    channels: defaultdict[int, _Channel] = field(default_factory=lambda: defaultdict(_Channel))


class InputChannels:
    """Channels of the MIDI inputs, MPE zones included. thread: the player's, or the synth's. blocks: never."""

    def __init__(self, zones: bool = True) -> None:
        """zones: whether an MPE configuration is heeded."""
        self._zones = zones
        self._inputs: defaultdict[str, _Input] = defaultdict(_Input)

    def hear(self, port: str, said: MidiMessage) -> bool:
        """A message of an input's. True where it has laid zones anew, which lets go of all that is held there."""
        if not said.channel:
            return False
        channel = self._inputs[port].channels[said.channel]
        if said.kind == "bend":
            channel.bend = said.number | said.value << 7
        elif said.kind == "pressure":
            channel.pressure = said.number
        elif said.kind == "control":
            return self._control(port, channel, said)
        return False

    def configure(self, port: str, manager: int, members: int) -> None:
        """Lay a zone of so many members, 0 for none; the other one gives way where they would meet."""
        one = self._inputs[port]
        other = UPPER if manager == LOWER else LOWER
        one.members[manager] = members
        one.members[other] = max(0, min(one.members[other], MEMBERS - 1 - members))
        one.channels.clear()

    def manager(self, port: str, channel: int) -> int | None:
        """The manager's channel of the zone that a channel is a member of; None for any other channel."""
        members = self._inputs[port].members
        if LOWER < channel <= LOWER + members[LOWER]:
            return LOWER
        return UPPER if UPPER - members[UPPER] <= channel < UPPER else None

    def reach(self, port: str, channel: int) -> tuple[int, ...]:
        """The channels that a message on a channel is for: a manager's whole zone, any other alone."""
        members = self._inputs[port].members.get(channel, 0)
        step = 1 if channel == LOWER else -1
        return tuple(channel + step * n for n in range(members + 1))

    def bend(self, port: str, channel: int, usual: float = RANGE, alone: bool = False) -> float:
        """Semitones that a note of a channel is bent. usual: those of a full bend where nobody has said, of an input
        without zones; alone: of a zone's member without what its manager bends all of them."""
        member = self.manager(port, channel)
        if member is not None:
            return self._own(port, channel, MEMBER_RANGE) + (0.0 if alone else self._own(port, member, RANGE))
        return self._own(port, channel, RANGE if self._inputs[port].members.get(channel) else usual)

    def pressure(self, port: str, channel: int) -> int:
        """How hard a channel is pressed, 0..127; a member as hard as its manager at least."""
        channels, member = self._inputs[port].channels, self.manager(port, channel)
        return max(channels[channel].pressure, channels[member].pressure if member else 0)

    def slide(self, port: str, channel: int) -> int:
        """How far up the key a channel's finger is, 0..127."""
        return self._inputs[port].channels[channel].slide

    def release(self, port: str, channel: int | None = None) -> None:
        """An input lets go of what it has moved, on one channel or all; its zones and ranges stay."""
        for number, one in self._inputs[port].channels.items():
            if channel in (None, number):
                one.bend, one.pressure, one.slide = CENTRE, 0, UNMOVED

    def rest(self) -> None:
        """Every input lets go."""
        for port in self._inputs:
            self.release(port)

    def _own(self, port: str, channel: int, usual: float) -> float:
        one = self._inputs[port].channels[channel]
        return (one.bend - CENTRE) / CENTRE * (usual if one.range is None else one.range)

    def _control(self, port: str, channel: _Channel, said: MidiMessage) -> bool:
        number, value = said.number, said.value
        if number == SLIDE:
            channel.slide = value
        elif number in (RPN, RPN_FINE):
            channel.parameter[number == RPN_FINE] = value
        elif number in (NRPN, NRPN_FINE):  # a parameter of somebody's own, which is none of ours
            channel.parameter = [NOTHING, NOTHING]
        elif number == DATA and channel.parameter == [0, 6]:
            if self._zones and said.channel in (LOWER, UPPER) and value <= MEMBERS:
                self.configure(port, said.channel, value)
                return True
        elif number in (DATA, DATA_FINE, MORE, LESS) and channel.parameter == [0, 0]:
            self._set_range(port, said.channel, number, value)
        return False

    def _set_range(self, port: str, number: int, how: int, value: int) -> None:
        """The bend range of a channel, or of all members of its zone."""
        manager = self.manager(port, number)
        before = self._inputs[port].channels[number].range
        semitones = (MEMBER_RANGE if manager else RANGE) if before is None else before
        if how == DATA:
            semitones = float(value)
        elif how == DATA_FINE:
            semitones = int(semitones) + min(value, 99) / 100
        else:
            semitones += 1 if how == MORE else -1
        for one in self.reach(port, manager)[1:] if manager else (number,):
            self._inputs[port].channels[one].range = min(max(semitones, 0.0), WIDEST)
