"""Decoding of chords, exact: ahead by the forward-backward algorithm, live by its forward half, the filter. Pure.

`to_go` is the backward half: how well each state of a half bar goes on to the end of what is known. With `filtered`,
the forward half, it gives each state's share of all ways through the music; the likeliest root is played. Where chords
are drawn, `to_go` alone and the state before give a fair draw from all ways. (Viterbi's single best way agrees with
Nottingham's chords in a half bar of a hundred less: docs/chords.md.)
Source: L. Rabiner, A Tutorial on Hidden Markov Models (1989).
"""

from __future__ import annotations

import numpy as np

from instrument.thinking.chords.experts.expert import Floats
from instrument.thinking.chords.product import Weighed
from instrument.thinking.chords.states import DEGREE


def to_go(weighed: Weighed, first: int, last: int, temperature: float = 1.0) -> list[Floats]:
    """For half bars `first`..`last - 1`, (COUNT,) nats from each of its states to the end, its own not counted.
    temperature: of the ways that are summed; 0 takes the best alone, as Viterbi does. Costs 20 microseconds a half bar,
    some 300 at another temperature than 1."""
    ahead = np.zeros(weighed.states.shape[1])
    found = [ahead]
    for at in range(last - 1, first, -1):
        whole = weighed.states[at] + ahead
        if temperature == 1.0:
            top = whole.max()
            share = np.exp(whole - top)
            staying = np.expm1(weighed.keeps[at]) * (weighed.staying @ share)
            ahead = np.log(weighed.between @ share + staying) + top
        else:
            onward = weighed.step(at) + whole
            ahead = onward.max(axis=1) if temperature <= 0 else temperature * _log_sum(onward / temperature)
        found.append(ahead)
    return found[::-1]


def filtered(before: Floats, weighed: Weighed, at: int, said: Floats) -> Floats:
    """(COUNT,) log-probabilities of a half bar's states, from those of the one before. said: what is known of it."""
    share = np.exp(before - before.max())
    staying = np.expm1(weighed.keeps[at]) * (share @ weighed.staying)
    onward = np.log(share @ weighed.between + staying) + said
    top = onward.max()
    found: Floats = onward - top - np.log(np.exp(onward - top).sum())
    return found


def likeliest(odds: Floats) -> int:
    """The best state on the likeliest root, by odds in nats."""
    roots = np.zeros(12)
    np.add.at(roots, DEGREE, np.exp(odds - odds.max()))
    return int(np.where(roots.argmax() == DEGREE, odds, -np.inf).argmax())


def drawn(odds: Floats, temperature: float, chance: float) -> int:
    """A state drawn by its odds, in nats. chance: 0..1."""
    shares = np.exp((odds - odds.max()) / temperature).cumsum()
    return int(min(np.searchsorted(shares, chance * shares[-1], side="right"), len(odds) - 1))


def _log_sum(nats: Floats) -> Floats:
    top = nats.max(axis=1)
    found: Floats = top + np.log(np.exp(nats - top[:, None]).sum(axis=1))
    return found
