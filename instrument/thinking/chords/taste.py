"""Taste of the backer: how much each expert counts, and what he is asked to play more or less of. A frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from instrument.controls.chord_controls import CHORD_EXPERTS
from instrument.controls.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Taste:
    """Taste of the backer.

    faders, heats: by expert, 1 where none is given; temperature: 0 plays the likeliest chords, above 0 draws them
    sevenths, slash: how likely such chords are, 1 as learned, 0 never; rate: how readily chords change, 1 as learned
    open: 0..1, from thirds wherever one is at all likely to open fifths everywhere; seed: of what is drawn."""

    faders: Mapping[str, float] = field(default_factory=dict)
    heats: Mapping[str, float] = field(default_factory=dict)
    temperature: float = 0.0
    sevenths: float = 1.0
    slash: float = 1.0
    rate: float = 1.0
    open: float = 0.0
    seed: int = 0


def taste(snapshot: Snapshot) -> Taste:
    """As the controls have it."""
    number = snapshot.number
    faders = {name: number(f"chords.expert.{_key(name)}") for name, _ in CHORD_EXPERTS}
    heats = {name: number(f"chords.heat.{_key(name)}") for name, _ in CHORD_EXPERTS}
    return Taste(
        faders, heats, number("chords.temperature"), number("chords.sevenths"), number("chords.slash"),
        number("chords.rate"), number("chords.open"), snapshot.seed,
    )  # fmt: skip


def _key(name: str) -> str:
    return name.replace(" ", "_")
