"""Score of a phrase among several candidates: likelihood, cadence, novelty, range, contour. Pure; no torch.

Each term is a number of which more is better, in units that weigh about alike: one unit is worth as much as a quarter
of a nat a token of likelihood. The weights are controls (`wish.*`), so a patch states its taste.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instrument.music.note import Note
from instrument.music.ticks import QUARTER
from instrument.thinking.model.phrase_taste import PhraseTaste

A_UNIT = 0.25  #: nats a token that one unit is worth
FREE_RUN = 8  #: notes that any two tunes may share


@dataclass(frozen=True, slots=True)
class ScoredPhrase:
    """What is weighed. notes: of the phrase, as written (on C); nats: mean log-probability a token, <= 0
    closes: it ends a part; shared: notes in its longest run that a training tune has too, 0 if unknown."""

    notes: tuple[Note, ...]
    nats: float
    closes: bool = False
    shared: int = 0


def score(phrase: ScoredPhrase, taste: PhraseTaste) -> float:
    """How well a phrase meets a taste, in units; only differences mean anything."""
    if not phrase.notes:
        return taste.likelihood * phrase.nats / A_UNIT - 10.0
    return (
        taste.likelihood * phrase.nats / A_UNIT
        + taste.range * in_range(phrase.notes, taste.low, taste.high)
        + taste.contour * contour(phrase.notes, taste.shape)
        + taste.cadence * (cadence(phrase.notes) if phrase.closes else 0.0)
        + taste.novelty * novelty(phrase.shared)
    )


def in_range(notes: Sequence[Note], low: int, high: int) -> float:
    """-4..0: minus four times the share of notes outside low..high."""
    outside = sum(not low <= note.pitch <= high for note in notes)
    return -4.0 * outside / len(notes) if notes else 0.0


def contour(notes: Sequence[Note], shape: str) -> float:
    """-1..1: correlation of pitch over time with a line up ("rise"), down, an arch or a dip; 0 for "free"."""
    if shape == "free" or len(notes) < 3:
        return 0.0
    pitches = np.array([note.pitch for note in notes], float)
    line = np.linspace(-1.0, 1.0, len(notes))
    model = {"rise": line, "fall": -line, "arch": -line * line, "dip": line * line}[shape]
    spread = float(pitches.std() * model.std())
    return float(((pitches - pitches.mean()) * (model - model.mean())).mean() / spread) if spread else 0.0


def cadence(notes: Sequence[Note]) -> float:
    """0..1: how final the last note is. The tonic 1, its third or fifth 0.4; half as much if shorter than a quarter."""
    last = max(notes, key=lambda note: (note.end, note.pitch))
    place = {0: 1.0, 7: 0.4, 4: 0.4, 3: 0.4}.get(last.pitch % 12, 0.0)
    return place if last.duration >= QUARTER else place / 2


def novelty(shared: int) -> float:
    """0 or below: minus one for each further eight notes in a row that a training tune has too."""
    return -max(0, shared - FREE_RUN) / 8
