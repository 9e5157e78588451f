"""Requests of the player to the thinker. Frozen values that pickle as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span


@dataclass(frozen=True, slots=True)
class Rethink:
    """Compose from `start` on with these controls; what was planned beyond it is void.

    plan: number of this request, rising; the spans that answer it carry it
    start: ticks; after: the span that ends there, or None at the top
    before: the controls that `after` was composed with, so that what changed is known
    rewrite: what stands written beyond `after` is void too: the performer has taken another way
    wanted: ticks; what ends by then is composed and not given, because something else has been heard there meanwhile; a
    bar that would reach beyond begins there instead. 0: everything from `start` on is given
    heard: bars that whoever leads an ensemble has announced from `start` on, without notes, each with whether it has a
    melody
    """

    plan: int
    snapshot: Snapshot
    start: int
    after: Span | None
    before: Snapshot
    rewrite: bool = False
    wanted: int = 0
    heard: tuple[tuple[Span, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Extend:
    """Let the plan reach `until`. tick: where the music is. Both in ticks."""

    until: int
    tick: int = 0


@dataclass(frozen=True, slots=True)
class Laid:
    """Told beside the requests: the player has planned these spans by itself, from what it remembers. snapshot: the
    controls that they count as composed with, where they have another plan's number now."""

    spans: tuple[Span, ...]
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class ThinkerReady:
    """The thinker has loaded its model and can be asked."""


@dataclass(frozen=True, slots=True)
class TurnBack:
    """A control has done its work and goes back, if it stands where it stood. was, value: before and then."""

    name: str
    was: Value
    value: Value


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """How long the way from the player to the thinker and back takes, in seconds, beyond the line between processes of
    this machine. Told to both: what is asked for begins later by as much, and a plan's lead is worth less."""

    seconds: float
