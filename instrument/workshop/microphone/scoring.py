"""Notes heard set beside notes played: right where onset and pitch agree, and how late each was known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from instrument.workshop.microphone.material import TrueNote

ONSET = 0.05  #: seconds by which an onset may be off


@dataclass(frozen=True, slots=True)
class Known:
    """A note that was heard. at: its onset, seconds; pitch: MIDI number, fractions for cents; known: seconds, when it
    was told."""

    at: float
    pitch: float
    known: float


@dataclass(slots=True)
class Score:
    """Score of a transcription.

    right, heard, played: notes; latencies: seconds from onset to when the note was told, of those that are right.
    """

    right: int = 0
    heard: int = 0
    played: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """0..1; the harmonic mean of how many that were heard are right, and how many that were played were heard."""
        return 2 * self.right / max(1, self.heard + self.played)

    def add(self, other: Score) -> None:
        self.right, self.heard, self.played = (
            self.right + other.right,
            self.heard + other.heard,
            self.played + other.played,
        )
        self.latencies += other.latencies


def score(played: Sequence[TrueNote], heard: Sequence[Known]) -> Score:
    """Each note played and each heard is matched once, in time; within 50 ms and 50 cents. Pure."""
    left = sorted(heard, key=lambda each: each.at)
    found = Score(heard=len(left), played=len(played))
    for note in sorted(played, key=lambda each: each.begins):
        near = [h for h in left if abs(h.at - note.begins) <= ONSET and abs(h.pitch - note.pitch) <= 0.5]
        if near:
            best = min(near, key=lambda each: abs(each.at - note.begins))
            left.remove(best)
            found.right += 1
            found.latencies.append(best.known - note.begins)
    return found
