"""Roles in an ensemble as the player is told of them, bars of who leads, and the place of our music that it tells.

Frozen values that pickle and log as plain data.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.music.events import Span


@dataclass(frozen=True, slots=True)
class HeardBar:
    """A bar that whoever leads the ensemble has announced, at our ticks. span: without notes; sounds: whether it has a
    melody."""

    span: Span
    sounds: bool = True


@dataclass(frozen=True, slots=True)
class EnsembleRole:
    """What we do in an ensemble from the bar on that begins at `since` (ticks): "leads"; "follows" who leads; or
    "rests", while nobody leads or who leads stands still."""

    role: str
    since: int = 0


@dataclass(frozen=True, slots=True)
class MusicPlace:
    """Where our music is. tick: at `at`, in seconds that never go back; bpm: quarter notes a minute;
    playing: whether it runs."""

    tick: int
    at: float
    bpm: float
    playing: bool
