"""Reasons for a chord: what each expert gave to it behind the one before, and beyond the next likeliest root. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from instrument.thinking.chords.choice import Choice, as_chord, likely_chords
from instrument.thinking.chords.decoding import likeliest
from instrument.thinking.chords.experts.expert import Floats
from instrument.thinking.chords.product import Product, Weighed
from instrument.thinking.chords.states import DEGREE, STATES

Nats = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Reasoning:
    """One half bar as it is decided. at: its place in `weighed`; before: the state before it, None for none
    said: (COUNT,) what was played last time."""

    weighed: Weighed
    product: Product
    at: int
    before: int | None
    said: Floats

    def choice(self, state: int, odds: Floats, tonic: int, openness: float) -> Choice:
        """The chord that is played for a state, and why."""
        other = likeliest(np.where(DEGREE[state] == DEGREE, -1e9, odds))
        nats = self.nats(state)
        gains = tuple((name, own - its) for (name, own), (_, its) in zip(nats, self.nats(other), strict=True))
        chord = as_chord(state, odds, tonic, openness)
        return Choice(chord, state, nats, likely_chords(odds, tonic), STATES[other].chord(tonic), gains)

    def nats(self, state: int) -> Nats:
        """What each expert gave to a state."""
        weighed, before, found = self.weighed, self.before, list[tuple[str, float]]()
        for expert in self.product.experts:
            nats = float(weighed.by[expert.name][self.at, state]) if expert.name in weighed.by else 0.0
            if before is not None and expert.name in weighed.moved:
                nats += float(weighed.moved[expert.name][before, state])
            if expert.name == "change" and before is not None:
                nats += float(weighed.after(self.at, before)[state] - weighed.moves[before, state])
            if expert is self.product.last_time:
                nats += float(self.said[state])
            found.append((expert.name, nats))
        return tuple(found)
