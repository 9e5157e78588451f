"""Fitting of the chord experts' numbers through their product: a linear-chain conditional random field.

Ahead, the likelihood of all chords of a tune given all its notes; live, of each chord given the notes before it and the
one struck with it, the filter's own odds. Roots and qualities are fitted, positions counted.
Source: J. Lafferty, A. McCallum and F. Pereira, Conditional Random Fields (2001).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from instrument.thinking.chords.experts.expert import Floats, Numbers
from instrument.thinking.chords.experts.melody import BEGUN, FOUND, KINDS, UNITS, kinds, tones
from instrument.thinking.chords.half_bars import PLACES
from instrument.thinking.chords.states import DEGREE, LEARNED, POSITION, QUALITIES, QUALITY
from instrument.workshop.chords.nottingham import NOBODY, BackedTune

STATES = 12 * len(QUALITIES)  #: those with the root in the bass
DECAY, LAYER_DECAY = 3e-5, 1e-4  #: nats a half bar that a number's square costs, and one of the layer's
STRETCH = 32  #: half bars of a tune that are fitted in a row
AHEAD = tuple(range(len(KINDS)))
#: what is known live of half bars that are over
PAST = (0, 1, 2, 3, 4, 6)
SEED = 1  #: of where the layer begins

_degree, _quality = torch.tensor(DEGREE[:STATES]), torch.tensor(QUALITY[:STATES])
_same = torch.eye(STATES)


class Product(nn.Module):
    """The numbers of all experts that learn, named as the experts ask for them. live: nothing to come is heard."""

    def __init__(self, live: bool = False) -> None:
        super().__init__()
        self._hears = _mask(PAST if live else AHEAD)[..., 0]

        def zeros(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(*shape))

        q, modes = len(QUALITIES), len(LEARNED)
        self.sounds, self.onset = zeros(len(KINDS), q, 12), zeros(len(KINDS), q, 12)
        self.tones, self.outer, self.begun_outer = zeros(2, q, FOUND), zeros(UNITS, STATES), zeros(UNITS, STATES)
        drawn = torch.randn(12 * len(KINDS) + len(PLACES), UNITS, generator=torch.Generator().manual_seed(SEED))
        self.inner = nn.Parameter(0.3 * drawn)
        self.share, self.after, self.moves = zeros(modes, 12, q), zeros(modes, 12, 12), zeros(12)
        self.place, self.keep = zeros(modes, len(PLACES), 12, q), zeros(2, len(PLACES))

    def states(self, batch: Batch) -> Tensor:
        """(tunes, half bars, STATES) of half bars that are over."""
        heard = batch.heard * self._hears
        found = heard.flatten(2) @ _spread(self.sounds) + self._anywhere(batch)
        for at in range(2):
            found = found + self.tones[at][_quality, batch.tones[:, :, at]]
        whole: Tensor = found + self._units(batch, heard) @ self.outer
        return whole

    def begun(self, batch: Batch) -> Tensor:
        """The same of half bars that have only begun."""
        heard = batch.heard * _mask(BEGUN)[..., 0]
        found = heard.flatten(2) @ _spread(self.onset) + self._anywhere(batch)
        whole: Tensor = found + self._units(batch, heard) @ self.begun_outer
        return whole

    def _units(self, batch: Batch, heard: Tensor) -> Tensor:
        place = torch.eye(len(PLACES))[batch.place]
        return torch.tanh(torch.cat([heard.flatten(2), place], 2) @ self.inner)

    def _anywhere(self, batch: Batch) -> Tensor:
        share = self.share[batch.mode][_degree, _quality]
        found: Tensor = share + self.place[batch.mode][:, _degree, _quality][batch.place]
        return found

    def between(self, mode: int) -> Tensor:
        """(STATES, STATES)."""
        up = (_degree[None, :] - _degree[:, None]) % 12
        found: Tensor = self.after[mode][_degree[:, None], _degree] + self.moves[up]
        return found


def _spread(numbers: Tensor) -> Tensor:
    above = (torch.arange(12)[:, None] - _degree) % 12
    return numbers[:, _quality[None, :], above].reshape(-1, STATES)


@dataclass(frozen=True, slots=True)
class Batch:
    """Stretches of tunes in a mode, half bar by half bar, the first playing of each. heard: (stretches, half bars,
    KINDS, 12); tones: (stretches, half bars, 2, STATES); place, triple, states: (stretches, half bars)
    lengths: (stretches,)."""

    mode: int
    heard: Tensor
    tones: Tensor
    place: Tensor
    triple: Tensor
    states: Tensor
    lengths: Tensor


def batches(tunes: Sequence[BackedTune], live: bool = False) -> list[Batch]:
    """A batch a mode. live: as it is heard while it is played."""
    groups = [[tune for tune in tunes if tune.half.mode == mode] for mode in LEARNED]
    return [_batch(mode, group, live) for mode, group in enumerate(groups) if group]


def _batch(mode: int, tunes: Sequence[BackedTune], live: bool) -> Batch:
    pieces = [(tune, rows) for tune in tunes for rows in _stretches(tune)]
    shape = len(pieces), STRETCH
    heard, place = np.zeros((*shape, len(KINDS), 12), np.float32), np.zeros(shape, np.int64)
    sounding = np.zeros((*shape, 2, STATES), np.int64)
    triple, states = np.zeros(shape, np.int64), np.full(shape, NOBODY)
    for row, (tune, rows) in enumerate(pieces):
        count = len(rows)
        heard[row, :count] = kinds(tune.half)[rows]
        sounding[row, :count] = tones(tune.half, not live)[:, rows, :STATES].transpose(1, 0, 2)
        place[row, :count], triple[row, :count] = tune.half.place[rows], tune.half.triple
        own = tune.states[rows]
        states[row, :count] = np.where(own == NOBODY, NOBODY, QUALITY[own] * 12 + DEGREE[own])
    counts = np.array([len(rows) for _, rows in pieces])
    return Batch(mode, *(torch.from_numpy(each) for each in (heard, sounding, place, triple, states, counts)))


def _stretches(tune: BackedTune) -> list[np.ndarray[tuple[int, ...], np.dtype[np.intp]]]:
    """The half bars of a tune as they are played first, in stretches of one length at most."""
    rows = np.flatnonzero(tune.fresh)
    return [rows[at : at + STRETCH] for at in range(0, len(rows), STRETCH)]


def loss_ahead(product: Product, batch: Batch) -> Tensor:
    """Nats of all chords, given all notes."""
    said, between = product.states(batch), product.between(batch.mode)
    keep, chords = product.keep[batch.triple, batch.place], batch.states.clamp(min=0)
    whole, kept = between.exp(), between.exp() * _same
    total = torch.logsumexp(said[:, 0], 1)
    alpha = (said[:, 0] - total[:, None]).exp()
    score = said[:, 0].gather(1, chords[:, :1])[:, 0]
    for t in range(1, said.shape[1]):
        live, top = t < batch.lengths, said[:, t].max(1).values.detach()
        onward = alpha @ whole + (keep[:, t].exp() - 1)[:, None] * (alpha @ kept)
        onward = onward * (said[:, t] - top[:, None]).exp()
        size = onward.sum(1)
        alpha = torch.where(live[:, None], onward / size[:, None], alpha)
        total = total + torch.where(live, size.log() + top, 0.0)
        old, new = chords[:, t - 1], chords[:, t]
        gain = said[:, t].gather(1, new[:, None])[:, 0] + between[old, new] + keep[:, t] * _same[old, new]
        score = score + torch.where(live, gain, 0.0)
    return (total - score).sum()


def loss_live(product: Product, batch: Batch) -> Tensor:
    """Nats of each chord, given what was played before it and what is struck with it."""
    said, begun = product.states(batch), product.begun(batch)
    between, keep = product.between(batch.mode), product.keep[batch.triple, batch.place]
    whole, kept = between.exp(), between.exp() * _same
    onward = torch.zeros(said.shape[0], STATES)
    loss = torch.zeros(())
    for t in range(said.shape[1]):
        if t:
            alpha = torch.softmax(onward + said[:, t - 1], 1)
            onward = (alpha @ whole + (keep[:, t].exp() - 1)[:, None] * (alpha @ kept) + 1e-30).log()
        odds = torch.log_softmax(onward + begun[:, t], 1)
        counts = (batch.states[:, t] >= 0) & (t < batch.lengths)
        loss = loss - (odds.gather(1, batch.states[:, t : t + 1].clamp(min=0))[:, 0] * counts).sum()
    return loss


def fit(tunes: Sequence[BackedTune], live: bool, rounds: int, say: Callable[[str], None]) -> Numbers:
    """The numbers of one way of knowing, fitted on these tunes. blocks: a minute of one core."""
    product, groups = Product(live), batches(tunes, live)
    count = sum(int(batch.lengths.sum()) for batch in groups)
    optimiser = torch.optim.LBFGS(product.parameters(), max_iter=rounds, line_search_fn="strong_wolfe")
    loss_of, done = loss_live if live else loss_ahead, 0

    def cost() -> float:
        nonlocal done
        optimiser.zero_grad()
        loss = torch.stack([loss_of(product, batch) for batch in groups]).sum() / count
        whole = loss + sum(_decay(name) * (each**2).sum() for name, each in product.named_parameters())
        whole.backward()  # type: ignore[no-untyped-call]
        done += 1
        if done % 10 == 0:
            say(f"{'live' if live else 'ahead'}: evaluation {done}, {loss.item():.3f} nats a half bar")
        return whole.item()

    optimiser.step(cost)  # type: ignore[no-untyped-call]
    names = {"begun_outer": "begun"}
    found = {names.get(name, name): np.round(each.detach().double().numpy(), 3)
             for name, each in product.named_parameters()}  # fmt: skip
    return {**found, "position": positions(tunes)}


def positions(tunes: Sequence[BackedTune]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(QUALITIES, 3) log-share of root, third and fifth in the bass; what is never written counts as half a time."""
    counts = np.full((len(QUALITIES), 3), 0.5)
    for tune in tunes:
        own = tune.states[tune.fresh & (tune.states != NOBODY)]
        np.add.at(counts, (QUALITY[own], POSITION[own]), 1)
    found: Floats = np.round(np.log(counts / counts.sum(axis=1, keepdims=True)), 3)
    return found


def _decay(name: str) -> float:
    return LAYER_DECAY if name in ("inner", "outer", "begun_outer") else DECAY


def _mask(kinds: Sequence[int]) -> Tensor:
    found = torch.zeros(len(KINDS), 1, 1)
    found[list(kinds)] = 1
    return found
