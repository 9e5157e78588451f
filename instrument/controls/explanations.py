"""Explanations beside the music: readings, a line for people, what was weighed, why a note. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instrument.controls.control import Value

COUNTS = 0.005  #: a chance below this is not worth a place in the log


@dataclass(frozen=True, slots=True)
class ThinkerFigures:
    """Figures of the thinker: what it reads out and says.

    readings: new values by their names in the table of readings; line: one line for people, or "".
    """

    readings: Mapping[str, Value]
    line: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One token of the tune as it was chosen. token: as written; share: 0..1, its probability by the model alone
    likeliest: (token, probability) of the most probable tokens there, best first."""

    token: str
    share: float
    likeliest: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Thought:
    """How one measure came about. plan, start, end: of its span (ticks); choices: its tokens in order, empty where
    they were given, not composed."""

    plan: int
    start: int
    end: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class WrittenTokens:
    """The tune under way as far as it is composed, heard or not. tune: how many of the set came before it
    tokens: `M:` and `K:` first, `</s>` at the end of a whole one."""

    tune: int
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a voice struck this note. tick; voice; pitch: as sounded
    nats: what each expert gave to it: its weight times its log-probability, the experts' own frames set aside;
    with `normal` (the product's own, one for all tokens) they add up to the note's log-probability
    chances: of the pitches from `lowest` up, given that a note is struck, as the models count them
    hold, rest: chances that none is; shift: semitones from what sounds to the models' pitch
    """

    tick: int
    voice: str
    pitch: int
    nats: tuple[tuple[str, float], ...]
    normal: float
    lowest: int
    chances: tuple[float, ...]
    hold: float
    rest: float
    shift: int = 0


@dataclass(frozen=True, slots=True)
class ChordReason:
    """Why a chord was chosen. tick: where it begins; name: as players write it
    nats: what each expert gave to it, behind the chord before; chances: of the likeliest chords there, best first."""

    tick: int
    name: str
    nats: tuple[tuple[str, float], ...]
    chances: tuple[tuple[str, float], ...]

    def plain(self) -> dict[str, Any]:
        """For the log and the page: rounded, and of the chances those that count."""
        chances = {name: round(chance, 3) for name, chance in self.chances if chance >= COUNTS}
        nats = {name: round(value, 3) for name, value in self.nats}
        return {"tick": self.tick, "chord": self.name, "nats": nats, "chances": chances}


@dataclass(frozen=True, slots=True)
class Why:
    """Why the notes of one decision were chosen: to the conductor, for the log and the page. plan: of the request that
    the span answered, -1 for a melody played; chords: why its chords were."""

    reasons: tuple[Reason, ...]
    plan: int = -1
    chords: tuple[ChordReason, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For the log: rounded, and of the chances those that count."""
        said: dict[str, Any] = {"plan": self.plan, "why": [_plain(reason) for reason in self.reasons]}
        return {**said, "chords": [reason.plain() for reason in self.chords]} if self.chords else said


def _plain(why: Reason) -> dict[str, Any]:
    chances = {why.lowest + i: round(chance, 3) for i, chance in enumerate(why.chances) if chance >= COUNTS}
    return {
        "tick": why.tick, "voice": why.voice, "pitch": why.pitch, "nats": {n: round(v, 3) for n, v in why.nats},
        "normal": round(why.normal, 3), "chances": chances, "hold": round(why.hold, 3), "rest": round(why.rest, 3),
    }  # fmt: skip
