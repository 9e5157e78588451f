"""MIDI out: messages to bytes, and the port that takes them.

Ports are chosen by part of their name. Sending never raises: a port that has gone is marked `lost`, and the music goes
on. After a JACK server has died the library may one day block inside `send` for good; nothing in this process can help
it then, so what ends the notes must live in another process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from instrument.controls import midi_messages
from instrument.controls.midi_messages import (
    DATA,
    NOTES_OFF,
    NRPN,
    NRPN_FINE,
    RESET,
    RPN,
    RPN_FINE,
    SOFT,
    SOSTENUTO,
    SOUND_OFF,
    SUSTAIN,
    SYSEX,
    SYSEX_END,
    TYPES,
    MidiMessage,
)
from instrument.playing.midi.channel_controllers import SLID, Part, at_rest, part_of, rest, value_of
from instrument.playing.midi.input_channels import LOWER, UPPER, InputChannels
from instrument.playing.midi.output_message import MIXING, Message
from instrument.ports.midi import system
from instrument.ports.midi.system import CLIENT, IN, OUT, NoMidi

__all__ = ["MidiOutput", "NoMidi", "close_wire", "encode", "inputs", "open_output", "outputs"]

CLOSE_LIMIT = 1.0  #: seconds that closing may take
WHOLE = ("clock", "start", "continue", "stop")  #: kinds of message that are for the whole port, positions apart
ZONING = (RPN, RPN_FINE, NRPN, NRPN_FINE, DATA)  #: controllers that lay an MPE zone, or say what they set instead
OURS = 0x7D  #: manufacturer of exclusive messages that are nobody's


class Wire(Protocol):
    """The far side of a `MidiOutput`: takes the bytes of one message."""

    def send_message(self, data: list[int]) -> None: ...

    def close_port(self) -> None: ...


def encode(message: Message) -> list[int]:
    """The bytes of a message. KeyError for a kind there is not."""
    kind = message.kind
    if kind in MIXING:  # to our own sound alone; so that a log has it, as an exclusive message that is nobody's
        said = (MIXING.index(kind), message.channel - 1, message.number, message.value)
        return [SYSEX, OURS, *said, SYSEX_END]
    return midi_messages.encode(kind, message.channel, message.number, message.value)


class MidiOutput:
    """A port. name: as people know it; lost: why it takes no more, or None. thread: one at a time.

    It remembers which keys are down on the other side of the cable, so that they can be ended whatever happens here.
    """

    def __init__(self, wire: Wire | None, name: str, also: Sequence[str] = ()) -> None:
        """wire: None for one that is not there yet; also: other ports that might have been meant."""
        self.name, self.also = name, tuple(also)
        self.lost: str | None = None if wire else "not there"
        self.wire = wire
        self.sent = 0  #: messages, in all
        self.watch: Callable[[list[int]], None] | None = None  #: is told of each that has left
        self.down: set[tuple[int, int]] = set()  #: (channel 1..16, note)
        self.moved: set[tuple[int, Part]] = set()  #: (channel 1..16, pedal, bend or the like) that is not at rest
        self._used: set[int] = set()
        self._far = InputChannels()  # the other side's, as it has been told of zones
        self._closed = False
        system.opened(OUT, self)

    @property
    def whole(self) -> str:
        """The system's name."""
        return self.name

    @property
    def there(self) -> bool:
        """Whether it leads anywhere."""
        return self.lost is None and not self._closed

    def send(self, message: Message) -> None:
        """Send now, whatever its `due`. Channel 1..16 is 0..15 on the wire. raises: never, for a port that has gone."""
        if self.lost:
            return
        self.follow(message)
        self._send(encode(message))

    def raw(self, data: list[int]) -> None:
        """Send the bytes of one message as they are. raises: never, for a port that has gone."""
        self._send(data)

    def follow(self, message: Message) -> None:
        """Remember what a message does to the other side, without sending it."""
        if message.kind in TYPES and TYPES[message.kind].of_channel:
            self._used.add(message.channel)
        if message.kind == "on":
            self.down.add((message.channel, message.number))
        elif message.kind == "off":
            self.down.discard((message.channel, message.number))
        elif message.kind == "control" and message.number == RESET:
            self.moved = {(channel, part) for channel, part in self.moved if channel != message.channel or part == SLID}
        elif message.kind == "control" and message.number in ZONING:
            self._far.hear("", MidiMessage("control", message.channel, message.number, message.value))
        elif (part := self.part(message)) is not None:
            resting = at_rest(part, value_of(message))
            (self.moved.discard if resting else self.moved.add)((message.channel, part))

    def part(self, message: Message) -> Part | None:
        """Which part of its channel a message moves that does not stay so; None for none."""
        member = self._far.manager("", message.channel) is not None or (message.channel, SLID) in self.moved
        return part_of(message.kind, message.number, member)

    @property
    def zones(self) -> dict[int, int]:
        """The MPE zones that the other side has been told of: manager's channel, and how many members."""
        laid = {manager: len(self._far.reach("", manager)) - 1 for manager in (LOWER, UPPER)}
        return {manager: members for manager, members in laid.items() if members}

    def take_up(self, wire: Wire, name: str) -> None:
        """It has come back: what was left sounding on it is ended."""
        self.wire, self.name, self.lost = wire, name, None
        self.panic()

    def end(self, keys: Iterable[tuple[int, int]]) -> None:
        """End these keys, whether they are down or not. keys: (channel 1..16, note)."""
        for channel, note in keys:
            self._send(midi_messages.encode("off", channel, note))

    def rest(self, parts: Iterable[tuple[int, Part]]) -> None:
        """Put these to rest, wherever they are: (channel 1..16, pedal, bend or the like)."""
        for channel, part in parts:
            self._send(encode(rest(0.0, self.name, channel, part)))

    def panic(self, all_notes: bool = False) -> None:
        """End what sounds: the keys that are down; bend, pedals and the like to rest where they are not; pedals up (64,
        66, 67), all notes off (123), all sound off (120) on the channels used.

        all_notes: also a note-off for each of the 128 notes on all 16 channels; over a DIN cable that takes 2 s
        """
        if not self.lost:
            self.end(sorted(self.down))
            self.down.clear()
            self.rest(sorted(self.moved))
            self.moved.clear()
        for channel in sorted(self._used):
            for number in (SUSTAIN, SOSTENUTO, SOFT, NOTES_OFF, SOUND_OFF):
                self._send(midi_messages.encode("control", channel, number))
        if all_notes:
            for channel in range(1, 17):
                for note in range(128):
                    self._send(midi_messages.encode("off", channel, note))

    def close(self) -> None:
        """Close the port. Ends no notes: `panic` first. Safe to call twice. blocks: 1 s at most."""
        if not self._closed:
            self._closed = True
            if self.wire is not None and not self.lost:  # what has been lost may hang for ever when it is touched
                close_wire(self.wire, "MIDI")

    def _send(self, data: list[int]) -> None:
        if self._closed or self.lost or self.wire is None:
            return
        try:
            self.wire.send_message(data)
            self.sent += 1
            if self.watch is not None:
                self.watch(data)
        except Exception as error:  # rtmidi's errors, of several kinds; a cable must never stop the music
            self.lost = str(error) or type(error).__name__


def close_wire(wire: Wire, name: str) -> None:
    """Close a port without waiting for a driver that hangs. thread: any. blocks: 1 s at most."""
    closing = threading.Thread(target=_close, args=(wire,), name=f"closing {name}", daemon=True)
    closing.start()
    closing.join(CLOSE_LIMIT)


def _close(wire: Wire) -> None:
    try:
        wire.close_port()
        delete = getattr(wire, "delete", None)  # rtmidi keeps the client until told
        if delete is not None:
            delete()
    except Exception:  # it has gone already
        return


def outputs() -> list[str]:
    """Names of the ports we can play to, but for our own. Empty where the system has no MIDI.

    Each asking opens and closes a client of every API: not more than once in a few seconds.
    """
    return _names(OUT)


def inputs() -> list[str]:
    """Names of the ports we can hear, but for our own. Empty where the system has no MIDI."""
    return _names(IN)


def open_output(name_part: str | None = None, virtual: bool = False, end: str = "") -> MidiOutput:
    """A port by part of its name, in either case; or, virtual, a port of our own that others connect to.

    With neither, the first port that leads out of the machine. end: the rig's name of it, where JACK's ports shall be
    our own client's. Raises NoMidi, one line. thread: any. blocks: for the moment that the system takes.
    """
    if virtual:
        return MidiOutput(system.open_own(OUT, end=end), f"{CLIENT} (virtual)")
    wire, whole, also = system.open_named(OUT, name_part, end=end)
    return MidiOutput(wire, whole, also)


def _names(kind: str) -> list[str]:
    try:
        return list(dict.fromkeys(name for _, name in system.ports(kind) if name))
    except NoMidi:
        return []
