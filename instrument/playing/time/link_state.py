"""State of an Ableton Link session: beat and tempo at a moment, and whether the others play. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkState:
    """State of an Ableton Link session.

    at: seconds on the player clock; beat: quarter notes at that moment, whose place in the quantum is shared by all
    peers; bpm: quarter notes a minute; quantum: quarter notes in a bar; peers: others; playing: whether start and stop
    are shared and the session plays; begins: the beat of the bar line that it began on, or begins on."""

    at: float
    beat: float
    bpm: float
    quantum: float
    peers: int = 0
    playing: bool = False
    begins: float = 0.0
