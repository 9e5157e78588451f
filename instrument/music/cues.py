"""Cues to the accompanist and the voicings that it answers with. Frozen values in ticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from instrument.music.chord import PlacedChord
from instrument.music.grid import Grid

#: the accompanying voices in the order in which they are decided, and are struck
CHAIN = ("bass", "tenor", "alto")


def of_those(count: int, there: Iterable[str]) -> tuple[str, ...]:
    """So many of the voices that are there: the bass before the alto, the tenor last; in the order of CHAIN. Pure."""
    voices = [voice for voice in ("bass", "alto", "tenor") if voice in set(there)][:count]
    return tuple(voice for voice in CHAIN if voice in voices)


@dataclass(frozen=True, slots=True)
class Sung:
    """The melody's note as a performer plays it. number: rises with each; tick: where it was struck; ended: tick at
    which the last key was let go, or None while one is held."""

    number: int
    pitch: int
    velocity: int
    tick: int
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """How the melody stands. number: rises; tick: where the music is; grid: where steps fall
    note: the newest that leads, None before the first; step: whose moment has come, None if the cue is a key's
    others: MIDI notes that others sound, whom it only listens to, lowest first."""

    number: int
    tick: int
    grid: Grid
    note: Sung | None = None
    step: int | None = None
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Voiced:
    """One voice as it stands after a decision. pitch: MIDI, None for silence; struck: tick of its step."""

    voice: str
    pitch: int | None
    struck: int


@dataclass(frozen=True, slots=True)
class Voicing:
    """The answer to a cue: how every voice shall stand. number: the cue's; tick: from when on
    chord: the backer's, that stands now, or None where nobody is backed."""

    number: int
    tick: int
    voices: tuple[Voiced, ...]
    chord: PlacedChord | None = None
