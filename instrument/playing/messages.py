"""Messages between the player process and the main process. Frozen values that pickle as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from instrument.controls.control import Value
from instrument.controls.devices.output_choice import OURS, Only, ports_of
from instrument.controls.devices.plugged import NOTHING, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.files.rig_file import CLICK
from instrument.music.events import Span
from instrument.playing.schedule.route import Route, bending, up_of
from instrument.playing.sound.channel_sound import ChannelSound


@dataclass(frozen=True, slots=True)
class PlayerSetup:
    """How the player process is set up. voices: name -> (channel 1..16, program 0..127).

    midi: what is plugged in; with no output there, none is opened unless there is no sound
    soundfont: play through this file; silent: no sound card even if there is one
    dry: a MIDI port that leads nowhere, to measure with; record: a recording too
    recordings: where a recording goes when nothing else is there; bars: end after so many
    """

    snapshot: Snapshot
    opening: tuple[Span, ...]
    voices: Mapping[str, tuple[int, int]]
    sounds: Mapping[int, ChannelSound]
    title: str = "Lilt"
    midi: Plugged = NOTHING
    soundfont: Path | None = None
    silent: bool = False
    record: bool = False
    dry: bool = False
    recordings: Path = field(default_factory=lambda: Path("recordings"))
    bars: int | None = None
    levels: Mapping[str, float] = field(default_factory=dict)  #: of voices, 0..1
    ensemble: bool = False  #: others play with it, and the music begins when it is settled who leads

    def masters(self, outputs: Sequence[str]) -> tuple[str, ...]:
        """The MIDI ports among the outputs."""
        return tuple(name for name in outputs if name not in (*OURS, *(target.name for target in self.midi.osc)))

    def clicks(self, outputs: Sequence[str]) -> tuple[str, ...]:
        """The outputs that the click goes to: all, but those that the rig keeps for voices other than that."""
        only = {port.name: port.voices for port in self.midi.ends if port.voices is not None}
        return tuple(output for output in outputs if CLICK in only.get(output, (CLICK,)))

    def volume(self, voice: str) -> int | None:
        """The voice's level as controller 7 has it: loudness goes with its square."""
        return round(127 * self.levels[voice] ** 0.5) if voice in self.levels else None

    def only(self) -> Only:
        """The voices of those outputs that take certain ones."""
        return {port.name: port.voices for port in self.midi.ends if port.voices is not None}

    def routes(self, outputs: Sequence[str]) -> dict[str, Route]:
        """Where each voice goes, of the outputs that are there."""
        only, values = self.only(), self.snapshot.values
        found = {}
        for voice, (channel, program) in self.voices.items():
            ports = ports_of(str(values.get(f"voice.{voice}.output", "rig")), voice, outputs, only)
            up = up_of(voice, values)
            taken = [other for name, (other, _) in self.voices.items() if name != voice]
            bent = bending(voice, channel, values, taken)
            found[voice] = Route(ports, channel, program, self.volume(voice), up, **bent)
        return found

    def voices_by_channel(self) -> dict[int, str]:
        """The voices by the channels that they begin with, those of their MPE zones among them."""
        routes = self.routes(()).items()
        return {channel: voice for voice, route in routes for channel in (route.channel, *route.members)}


# to the player


@dataclass(frozen=True, slots=True)
class Change:
    """The controls have been turned. undone: version of the controls that are in force again, and with them the music
    as if they had been all along; top: tick where a tune began that is to be played again from there."""

    snapshot: Snapshot
    undone: int | None = None
    top: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """An action from the table: "transport.play", "transport.stop", "panic"; or "quit". at: seconds on the machine's
    clock at which a hand did it, where that is known."""

    name: str
    at: float | None = None


@dataclass(frozen=True, slots=True)
class NotesLine:
    """Here is a line on which the keys of pages and notes over OSC come, or those of one input. end: the reading one,
    pickled; port: that input, whose keys are let go when the line closes."""

    end: bytes
    port: str = ""


@dataclass(frozen=True, slots=True)
class Switches:
    """Notes and pedals that are switches, not music: (the rig's input or "", channel 1..16 or 0 for any, note, or
    128 + number of a controller)."""

    notes: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Further:
    """Another tune's opening, from tick 0, to play where nothing is composed yet."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ThinkerState:
    """A thinker has come up, or gone."""

    up: bool


@dataclass(frozen=True, slots=True)
class AccompanistState:
    """An accompanist has come up, or gone."""

    up: bool


@dataclass(frozen=True, slots=True)
class Meet:
    """Here is an accompanist. end: of the line to it, pickled, since to take it over may take a while; cues out,
    voicings in; when it closes the accompanist has gone."""

    end: bytes


@dataclass(frozen=True, slots=True)
class Watch:
    """Here is another watch over the notes. end: of the line to it, pickled; number: which of them, from 0."""

    end: bytes
    number: int = 0


@dataclass(frozen=True, slots=True)
class Sweep:
    """To the process that looks: end every key of these outputs (the system's names), since nobody knows which are
    down; and its answer, when it has."""

    ports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """An input (by the rig's name) lets go of all that it holds: it has fallen silent, or more came than was heard."""

    port: str


@dataclass(frozen=True, slots=True)
class Plug:
    """A port (by the rig's name) has been plugged in again, or has gone. input: an input, not an output."""

    port: str
    there: bool
    input: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """The MIDI ports of the system: (API, name). jack: which run of the JACK server it is, below 0 if it has ended."""

    outputs: tuple[tuple[int, str], ...]
    inputs: tuple[tuple[int, str], ...]
    jack: int = 0


# to the conductor


@dataclass(frozen=True, slots=True)
class Stuck:
    """The accompanist does not answer any more."""


@dataclass(frozen=True, slots=True)
class PortsOpened:
    """What the player plays to. lines: for people, one each; recording: the files' stem, if it records;
    midi: the names of the system's ports that it plays to."""

    lines: tuple[str, ...]
    recording: Path | None = None
    midi: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One line for people."""

    line: str


@dataclass(frozen=True, slots=True)
class Watching:
    """The watchdog is at work. ports: the outputs, by the rig's names, on which it can end notes; systems: by the
    system's; log: the session log that it writes, which may have another name than was asked for, or ""."""

    ports: tuple[str, ...]
    systems: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """A span that will be heard and never change."""

    span: Span


@dataclass(frozen=True, slots=True)
class Sounding:
    """Notes as they sound, for pages and OSC subscribers. number: counts these messages, so that one that is missing
    is missed; notes: (seconds on the machine's clock, voice, pitch 0..127, velocity 1..127 or 0 for its end)
    moves: of notes that sound: (seconds, voice, pitch, "bend" or "pressure", semitones from its pitch or 0..127)."""

    number: int
    notes: tuple[tuple[float, str, int, int], ...]
    moves: tuple[tuple[float, str, int, str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FirstNote:
    """The first note has been handed to a port or rendered. at: seconds on the machine's clock."""

    at: float


@dataclass(frozen=True, slots=True)
class Status:
    """Once a second, with every beat, and when the music starts, stops or changes its tempo. bar: of the song;
    bpm: quarter notes a minute; ahead: bars planned beyond now; repeated: bars the player filled in;
    late_ms: worst lateness of a message since the last status; clock: the clock's readings by name;
    tick: what sounds now; at: when that was, in seconds on the machine's clock."""

    playing: bool
    bar: int
    bpm: float
    ahead: float
    repeated: int
    late_ms: float
    clock: Mapping[str, Value] = field(default_factory=dict)
    tick: int = 0
    at: float = 0.0

    def readings(self) -> dict[str, Value]:
        """By the names in the table of readings."""
        own = {f"status.{field}": getattr(self, field) for field in self.__slots__ if field not in ("clock", "at")}
        return {**own, **self.clock}


@dataclass(frozen=True, slots=True)
class PlayerEnded:
    """The player has ended every note and closed its ports. figures: for `--json` and the bench."""

    figures: Mapping[str, float]
