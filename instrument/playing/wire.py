"""What the player process and the conductor say to each other. Frozen values that pickle as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.scheduler import Route
from instrument.playing.synth import ChannelSound


@dataclass(frozen=True, slots=True)
class Stage:
    """How the player process is set up. voices: name -> (channel 1..16, program 0..127).

    midi: part of a port's name; None: no MIDI unless there is no sound; virtual: open a port of our own
    soundfont: play through this file; silent: no sound card even if there is one
    dry: a MIDI port that leads nowhere, to measure with; record: a recording too
    recordings: where a recording goes when nothing else is there; bars: end after so many
    """

    snapshot: Snapshot
    opening: tuple[Span, ...]
    voices: Mapping[str, tuple[int, int]]
    sounds: Mapping[int, ChannelSound]
    title: str = "Lilt"
    midi: str | None = None
    virtual: bool = False
    soundfont: Path | None = None
    silent: bool = False
    record: bool = False
    dry: bool = False
    recordings: Path = field(default_factory=lambda: Path("recordings"))
    bars: int | None = None

    def routes(self, ports: tuple[str, ...]) -> dict[str, Route]:
        return {name: Route(ports, channel, program) for name, (channel, program) in self.voices.items()}


# to the player


@dataclass(frozen=True, slots=True)
class Change:
    """The controls have been turned."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Act:
    """An action from the table: "transport.play", "transport.stop", "panic"; or "quit"."""

    name: str


@dataclass(frozen=True, slots=True)
class Thinker:
    """A thinker has come up, or gone."""

    up: bool


# to the conductor


@dataclass(frozen=True, slots=True)
class Opened:
    """What the player plays to. lines: for people, one each; recording: the files' stem, if it records;
    midi: the name of the port, if it plays to one of the system's."""

    lines: tuple[str, ...]
    recording: Path | None = None
    midi: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One line for people."""

    line: str


@dataclass(frozen=True, slots=True)
class Announced:
    """A span that will be heard and never change."""

    span: Span


@dataclass(frozen=True, slots=True)
class FirstNote:
    """The first note has been handed to a port or rendered. at: seconds on the machine's clock."""

    at: float


@dataclass(frozen=True, slots=True)
class Status:
    """Once a second. bar: spans announced; bpm: quarter notes a minute; ahead: bars planned beyond now;
    repeated: bars the player filled in; late_ms: worst lateness of a message since the last status."""

    playing: bool
    bar: int
    bpm: float
    ahead: float
    repeated: int
    late_ms: float

    def readings(self) -> dict[str, Value]:
        """By the names in the table of readings."""
        return {f"status.{field}": getattr(self, field) for field in self.__slots__}


@dataclass(frozen=True, slots=True)
class Ended:
    """The player has ended every note and closed its ports. figures: for `--json` and the bench."""

    figures: Mapping[str, float]
