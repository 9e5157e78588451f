"""Decoding of chords: ahead exactly, by what is still to come from every state; live by the forward filter. Pure.

`to_go` is the backward half of Viterbi's algorithm (of the forward-backward algorithm where chords are drawn): how well
each state of a half bar can go on to the end of what is known. With it the best, or a fairly drawn, way forward is found
a step at a time, which leaves room for an expert that goes by what was decided before.
Source: L. Rabiner, A Tutorial on Hidden Markov Models (1989).
"""

from __future__ import annotations

import numpy as np

from instrument.thinking.chords.experts.expert import Floats
from instrument.thinking.chords.product import Weighed


def to_go(weighed: Weighed, first: int, last: int, temperature: float = 0.0) -> list[Floats]:
    """For half bars `first`..`last - 1`, (COUNT,) nats from each of its states to the end, its own not counted."""
    ahead = np.zeros(weighed.states.shape[1])
    found = [ahead]
    for at in range(last - 1, first, -1):
        onward = weighed.step(at) + (weighed.states[at] + ahead)
        ahead = onward.max(axis=1) if temperature <= 0 else temperature * _log_sum(onward / temperature)
        found.append(ahead)
    return found[::-1]


def filtered(before: Floats, weighed: Weighed, at: int, said: Floats) -> Floats:
    """(COUNT,) log-probabilities of a half bar's states, from those of the one before. said: what is known of it."""
    top = before.max()
    step = weighed.step(at)
    onward = np.log(np.exp(before - top) @ np.exp(step - step.max()) + 1e-300) + said
    found: Floats = onward - _log_sum(onward[None, :])[0]
    return found


def pick(odds: Floats, temperature: float, chance: float) -> int:
    """The state with the best odds, in nats; above temperature 0 one drawn by `chance`, 0..1."""
    if temperature <= 0:
        return int(odds.argmax())
    shares = np.exp((odds - odds.max()) / temperature).cumsum()
    return int(min(np.searchsorted(shares, chance * shares[-1], side="right"), len(odds) - 1))


def _log_sum(nats: Floats) -> Floats:
    top = nats.max(axis=1)
    found: Floats = top + np.log(np.exp(nats - top[:, None]).sum(axis=1))
    return found
