"""Latency of MIDI: our output led back to our input and timed, with the system and whatever hangs between.

Either a cable of our own inside the system, or two chosen ports that a cable, a DAW or an interface joins. What is sent
is a controller without a meaning on channel 16, so that nothing sounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from instrument.controls.midi_messages import decode, encode
from instrument.playing.time.clock import Clock
from instrument.ports.midi import system
from instrument.ports.midi.output import close_wire
from instrument.ports.midi.system import CLIENT, IN, OUT, NoMidi
from instrument.ports.system.quiet import quiet_stderr

ROUNDS = 120  #: messages, each with a value of its own
EVERY = 0.007  #: seconds between them: no multiple of a usual period
PATIENCE = 0.5  #: seconds that the last may take
LABEL = "cable"


@dataclass(frozen=True, slots=True)
class Looped:
    """Latency of one MIDI loop.

    port: the output, as the system calls it; ways: milliseconds each message took, shortest first; lost: how many
    did not come back."""

    port: str
    ways: tuple[float, ...]
    lost: int

    @property
    def median(self) -> float:
        return self.ways[len(self.ways) // 2]

    @property
    def p99(self) -> float:
        return self.ways[min(len(self.ways) - 1, len(self.ways) * 99 // 100)]


def measure(clock: Clock, out: str | None = None, into: str | None = None) -> Looped:
    """Send and wait. out, into: parts of the names of two ports; with neither, a cable of our own.

    Raises NoMidi, one line: a port that is not there, or nothing came back. blocks: a second and a half.
    """
    sender, hearer, name = _chosen(out, into) if out and into else _own()
    try:
        return time(sender.send_message, lambda hear: listen(hearer, hear), clock, name)
    finally:
        hearer.cancel_callback()
        close_wire(hearer, "loop in")
        close_wire(sender, "loop out")


PROBE = (16, 3)  #: channel and controller that carry the rounds


def time(
    send: Callable[[list[int]], None], listen: Callable[[Callable[[list[int]], None]], None], clock: Clock, name: str
) -> Looped:
    """The measuring itself. listen: is given what hears each message, in any thread. Raises NoMidi if none is heard."""
    came: dict[int, float] = {}

    def hear(data: list[int]) -> None:
        said = decode(data)
        if said is not None and (said.kind, said.channel, said.number) == ("control", *PROBE):
            came.setdefault(said.value, clock.now())

    listen(hear)
    sent: dict[int, float] = {}
    due = clock.now() + 0.05
    for value in range(ROUNDS):
        clock.sleep_until(due)
        sent[value] = clock.now()
        send(encode("control", *PROBE, value))
        due += EVERY
    clock.sleep_until(due + PATIENCE)
    ways = sorted((came[value] - at) * 1000 for value, at in sent.items() if value in came)
    if not ways:
        raise NoMidi(f'nothing sent to "{name}" came back. Join its cable to the input, and try again.')
    return Looped(name, tuple(ways), ROUNDS - len(ways))


def listen(wire: Any, hear: Callable[[list[int]], None]) -> None:
    """Hand every message of an input to `hear`."""
    wire.ignore_types(sysex=True, timing=True, active_sense=True)
    wire.set_callback(lambda event, _=None: hear(event[0]))


def _chosen(out: str, into: str) -> tuple[Any, Any, str]:
    sender, name, _ = system.open_named(OUT, out)
    try:
        return sender, system.open_named(IN, into, f"{CLIENT} in")[0], name
    except NoMidi:
        close_wire(sender, "loop out")
        raise


def _own() -> tuple[Any, Any, str]:
    sender = system.open_own(OUT, LABEL)
    try:
        with quiet_stderr():
            hearer = system.rtmidi().MidiIn(sender.get_current_api(), f"{CLIENT} loop")
            place = next(i for i, name in enumerate(hearer.get_ports()) if LABEL in name)
            hearer.open_port(place, LABEL)
    except Exception as error:  # the library's own kinds
        close_wire(sender, "loop out")
        raise NoMidi(f"no cable of our own can be laid here ({error or type(error).__name__})") from None
    return sender, hearer, f"{CLIENT} (virtual)"
