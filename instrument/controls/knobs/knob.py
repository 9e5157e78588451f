"""One knob, pad or wheel of a controller, and what it turns. A frozen value, and how its messages are read. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls.control import Control, Value
from instrument.controls.midi_messages import MidiMessage, decode

KINDS = ("cc", "cc14", "nrpn", "note", "bend")
MODES = ("absolute", "relative", "offset", "sign", "toggle")
KEPT_OUT = frozenset((0, 6, 32, 38, *range(96, 102), *range(120, 128)))  #: bank, data, (N)RPN, modes
PEDALS = frozenset(range(64, 70))  #: controllers that are music while nobody has learned them
MOST_CLICKS = 32  #: no encoder turns farther in a message; what says so is no encoder
CONTROLLER = 128  #: is added to a controller's number where it stands among notes (`wire.Switches`)
FINE = 100  #: clicks of an encoder from one end of a fader to the other


@dataclass(frozen=True, slots=True)
class Knob:
    """Knob, pad or wheel that turns a control.

    turns: dotted name of a control or action; port: the rig's name of the input, "" for any
    channel: 1..16, 0 for any
    kind: "cc", "cc14" (two controllers, 32 apart), "nrpn", "note" or "bend"
    number: of the controller or note, 0..127, or of the parameter, 0..16383
    mode: "absolute" (with pick-up); an encoder's "relative" (two's complement), "offset" (64 is rest), "sign" (the
    high bit is the sign); or "toggle" (each press turns it on)."""

    turns: str
    kind: str
    number: int
    port: str = ""
    channel: int = 0
    mode: str = "absolute"

    @property
    def place(self) -> tuple[str, int, str, int]:
        """What it is, whatever it turns; one controller of fourteen bits or seven alike."""
        return ("cc" if self.kind == "cc14" else self.kind), self.number, self.port, self.channel

    def __str__(self) -> str:
        """As people say it: "CC 21 of keys", "note 36 of pads"."""
        names = {"cc": "CC {}", "cc14": "CC {} (14 bits)", "nrpn": "NRPN {}", "note": "note {}"}
        return names.get(self.kind, "pitch bend").format(self.number) + (f" of {self.port}" if self.port else "")


@dataclass(frozen=True, slots=True)
class Moved:
    """A message of a controller. kind: "cc", "nrpn", "note", "bend" or "program"; channel: 1..16; value: 0..127, of a
    bend and an NRPN 0..16383; a note's velocity, 0 for its end."""

    port: str
    channel: int
    kind: str
    number: int
    value: int

    def __str__(self) -> str:
        """The last message, as shown: "keys: CC 21 = 64, channel 1"."""
        name = {"cc": "CC", "nrpn": "NRPN", "note": "note", "bend": "pitch bend", "program": "program"}[self.kind]
        number = "" if self.kind in ("bend", "program") else f" {self.number}"
        return f"{self.port}: {name}{number} = {self.value}, channel {self.channel}"

    @property
    def highest(self) -> int:
        """The highest value that such a message may have."""
        return 16383 if self.kind in ("bend", "nrpn") else 127


def moved(port: str, data: bytes) -> Moved | None:
    """What a MIDI message of a controller says; None for one that no knob, pad or wheel sends. Pure."""
    match decode(data):
        case MidiMessage("on", channel, note, velocity):
            return Moved(port, channel, "note", note, velocity)
        case MidiMessage("off", channel, note):
            return Moved(port, channel, "note", note, 0)
        case MidiMessage("control", channel, controller, value):
            return Moved(port, channel, "cc", controller, value)
        case MidiMessage("bend", channel, low, high):
            return Moved(port, channel, "bend", 0, low | high << 7)
        case MidiMessage("program", channel, program):
            return Moved(port, channel, "program", 0, program)
    return None


def clicks(mode: str, value: int) -> int:
    """How far an encoder was turned: clicks, negative to the left. Pure."""
    if mode == "offset":
        return value - 64 if value else 0  # 0 is no turn, but what a button or a fader's end sends
    if value < 64:
        return value
    return 64 - value if mode == "sign" or value < 96 else value - 128  # 65 is no turn of two's complement


def turned(control: Control, value: Value, by: int) -> Value:
    """The control's value after so many clicks; it stops at its ends. Pure."""
    if control.stepped:
        place = control.place(str(value)) + by
        return control.choices[min(max(place, 0), len(control.choices) - 1)]
    if control.kind == "bool":
        return by > 0
    if control.kind == "int" and control.high - control.low <= 2 * FINE:
        return int(min(max(float(value) + by, control.low), control.high))
    return control.from_fader(min(max(control.to_fader(value) + by / FINE, 0.0), 1.0))


def pressed(control: Control, value: Value) -> Value | None:
    """The control's value after the press of a pad: the other one, or the next choice; None for a number. Pure."""
    if control.kind == "bool":
        return not value
    if control.stepped:
        return control.choices[(control.place(str(value)) + 1) % len(control.choices)]
    return None
