"""Choice of a chord from what stands behind it: the state that was decided, or an open fifth where its third is in
doubt, and the reasons. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from instrument.music.chord import Chord, Quality
from instrument.thinking.chords.experts.expert import Floats
from instrument.thinking.chords.states import COUNT, DEGREE, QUALITY, STATES

TOLD = 4  #: chords that are told as having been likely


@dataclass(frozen=True, slots=True)
class Choice:
    """Choice of one chord. chord: as it sounds; state: decided; nats: what each expert gave to it
    chances: of the likeliest chords with what came before, and their share, best first
    instead: the likeliest on another root; gains: what each expert gave to the chord beyond what it gave to that."""

    chord: Chord
    state: int
    nats: tuple[tuple[str, float], ...]
    chances: tuple[tuple[Chord, float], ...]
    instead: Chord
    gains: tuple[tuple[str, float], ...]


def shares(odds: Floats) -> Floats:
    """(COUNT,) probabilities."""
    found = np.exp(odds - odds.max())
    whole: Floats = found / found.sum()
    return whole


def as_chord(state: int, odds: Floats, tonic: int, openness: float) -> Chord:
    """The chord of a state, without its third where that is in doubt: where the other third has at least a share of the
    root's chances that `openness` (0 never, 1 always) asks for."""
    if openness <= 0:
        return STATES[state].chord(tonic)
    here, minor = DEGREE[state] == DEGREE, QUALITY == 1
    share = shares(odds)
    low, high = share[here & minor].sum(), share[here & ~minor].sum()
    if STATES[state].position == 0 and min(low, high) >= 0.5 * (1 - openness) ** 2 * (low + high):
        return Chord((STATES[state].degree + tonic) % 12, Quality.OPEN)
    return STATES[state].chord(tonic)


def likely_chords(odds: Floats, tonic: int) -> tuple[tuple[Chord, float], ...]:
    """Chords with their positions taken together."""
    together = np.zeros((12, 3))
    np.add.at(together, (DEGREE, QUALITY), shares(odds))
    best = np.argsort(-together, axis=None)[:TOLD]
    return tuple((STATES[quality * 12 + degree].chord(tonic), float(together[degree, quality]))
                 for degree, quality in (divmod(int(at), 3) for at in best))  # fmt: skip


assert len(DEGREE) == COUNT
