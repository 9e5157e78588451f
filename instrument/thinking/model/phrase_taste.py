"""Taste in phrases: how much each term of their score weighs. A frozen value, as patches and controls state it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhraseTaste:
    """Weights, >= 0: likelihood, range, contour, cadence, novelty. low, high: MIDI notes of the written tune (on C)
    between which notes are welcome; shape: "free", "rise", "fall", "arch" or "dip"."""

    likelihood: float = 0.5
    range: float = 1.0
    contour: float = 1.0
    cadence: float = 1.0
    novelty: float = 2.0
    low: int = 0
    high: int = 127
    shape: str = "free"
