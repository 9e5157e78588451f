"""Ports that are plugged in: MIDI outputs and inputs, OSC targets, the microphone, learned knobs. Frozen values.

What a rig file says (`instrument.files.rig_file`) and what the command line asks for come to the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls.devices.microphone import Microphone
from instrument.controls.input_controls import MELODY
from instrument.controls.knobs.knob import Knob

#: how notes go out over OSC: ahead, in bundles with their time tags; at their moment, as messages alone; for SuperDirt
FORMATS = ("lilt", "plain", "dirt")


@dataclass(frozen=True, slots=True)
class OutputPort:
    """MIDI output of a rig.

    name: the rig's own, unique; port: part of the system's name, None: a port of ours; voices: None is all
    offset_ms: later, or earlier where negative; latency_ms: what the way adds, taken off besides
    sensing: active sensing goes there while notes sound."""

    name: str
    port: str | None
    offset_ms: float = 0.0
    voices: tuple[str, ...] | None = None
    latency_ms: float = 0.0
    sensing: bool = False

    @property
    def delay_ms(self) -> float:
        """How much later everything is sent; earlier where negative."""
        return self.offset_ms - self.latency_ms


@dataclass(frozen=True, slots=True)
class OscTarget:
    """A program that plays notes over OSC. name: the rig's own, unique among the outputs; host, port: where it listens
    format: one of FORMATS; sound: of SuperDirt's; offset_ms, voices: as of an output."""

    name: str
    host: str
    port: int
    format: str = "lilt"
    sound: str = "superpiano"
    offset_ms: float = 0.0
    voices: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class InputPort:
    """MIDI input of a rig. name: the rig's own, unique; port: part of the system's name, None: a port of ours
    thru: outputs that what is played goes on to; echo_ms: what comes back so soon after our sending is not heard
    listen: somebody else plays there, whose notes only tell what the chord is
    role: what its keys are for, one of ROLES; mpe: it plays MPE from the start, a lower zone of fifteen members."""

    name: str
    port: str | None
    thru: tuple[str, ...] = ()
    echo_ms: float = 30.0
    listen: bool = False
    role: str = MELODY
    mpe: bool = False


@dataclass(frozen=True, slots=True)
class Plugged:
    """The MIDI ports of a rig, its learned knobs, and the patches that Program Changes recall. A value."""

    outputs: tuple[OutputPort, ...] = ()
    inputs: tuple[InputPort, ...] = ()
    knobs: tuple[Knob, ...] = ()
    programs: tuple[str, ...] | None = None  #: None: all there are
    osc: tuple[OscTarget, ...] = ()
    microphone: Microphone | None = None

    @property
    def ends(self) -> tuple[OutputPort | OscTarget, ...]:
        """Everything that voices may be sent to, MIDI ports first."""
        return (*self.outputs, *self.osc)

    def __add__(self, other: Plugged) -> Plugged:
        """Both, each name once: the first keeps it."""
        outputs = {port.name: port for port in (*other.outputs, *self.outputs)}
        inputs = {port.name: port for port in (*other.inputs, *self.inputs)}
        programs = other.programs if self.programs is None else self.programs
        return Plugged(tuple(outputs.values()), tuple(inputs.values()), (*self.knobs, *other.knobs), programs,
                       tuple({one.name: one for one in (*other.osc, *self.osc)}.values()),
                       self.microphone or other.microphone)  # fmt: skip


NOTHING = Plugged()
