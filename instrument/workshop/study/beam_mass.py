"""Mass of the joint distribution that a beam keeps, with distance and entropy, at many places of many tunes.

Trees of up to `ROWS` states at a depth are enumerated; of larger ones the figures are estimated by drawing from the
full joint distribution. The distance needs no estimate of its own: scaling what is kept to one moves exactly the
mass that is not kept, so the total variation from the full joint is one minus the kept mass (mode "tree", joint 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import Stepper, Trails

ROWS = 4096  #: states of the last depth that are enumerated
DRAWS = 128  #: tuples at each place where they are not


@dataclass(frozen=True, slots=True)
class KeptMass:
    """Means over the places. mass: 0..1, kept of the full joint; entropy: nats, of the leaves scaled to one;
    exact: enumerated, not estimated."""

    mass: float
    entropy: float
    exact: bool

    @property
    def distance(self) -> float:
        """Total variation, 0..1, between what is drawn from and the full joint."""
        return 1 - self.mass


@dataclass(frozen=True, slots=True)
class MassPlaces:
    """Places at which the mass of a beam is measured.

    states: [places, layers, 2, hidden]; logits: [places, vocab], of what comes next; ends: [vocab], the tokens at
    which a tuple ends; never: [vocab], those that do not come; trails: [places], of a model that looks back."""

    states: Tensor
    logits: Tensor
    ends: Tensor
    never: Tensor
    trails: Trails


def kept(stepper: Stepper, places: MassPlaces, n: int, beta: int) -> KeptMass:
    """Of a tree of n tokens and beta branches, 0 for all. Pure but for torch's generator where it must draw."""
    width = beta or stepper.vocab
    exact = width ** (n - 1) <= ROWS
    measure = _enumerated if exact else _drawn
    masses, entropies = zip(
        *(measure(stepper, places, place, n, width) for place in range(len(places.states))), strict=True
    )
    return KeptMass(sum(masses) / len(masses), sum(entropies) / len(entropies), exact)


def _logs(logits: Tensor, places: MassPlaces) -> Tensor:
    return torch.log_softmax(logits.double().masked_fill(places.never, -torch.inf), 1)


@torch.inference_mode()
def _enumerated(stepper: Stepper, places: MassPlaces, place: int, n: int, width: int) -> tuple[float, float]:
    states, logs = places.states[place : place + 1], _logs(places.logits[place : place + 1], places)
    trails = places.trails[place : place + 1]
    above, whole = torch.zeros(1, dtype=torch.float64, device=states.device), []
    for depth in range(n):
        best, tokens = logs.topk(width, 1)  # [rows, width]
        leaves, tokens = (above[:, None] + best).view(-1), tokens.view(-1)
        parents = torch.arange(len(states), device=states.device).repeat_interleave(width)
        done = places.ends[tokens] | torch.isinf(leaves)
        whole.append(leaves[done] if depth < n - 1 else leaves)
        above, on = leaves[~done], tokens[~done]
        if depth == n - 1 or not len(on):
            break
        trails = stepper.follow(trails[parents[~done].cpu().numpy()], on)
        logits, states = stepper.step(on, states[parents[~done]], trails)
        logs = _logs(logits, places)
    leaves = torch.cat(whole)
    leaves = leaves[~torch.isinf(leaves)]
    mass = leaves.exp().sum()
    shares = leaves.exp() / mass
    return float(mass), float(-(shares * shares.log()).sum())


@torch.inference_mode()
def _drawn(stepper: Stepper, places: MassPlaces, place: int, n: int, width: int) -> tuple[float, float]:
    """By tuples from the full joint: the share within the beam, and minus the mean log-probability of those."""
    states = places.states[place : place + 1].expand(DRAWS, -1, -1, -1)
    trails = places.trails[[place] * DRAWS]
    logs = _logs(places.logits[place : place + 1], places).expand(DRAWS, -1)
    total = torch.zeros(DRAWS, dtype=torch.float64, device=states.device)
    inside = torch.ones(DRAWS, dtype=torch.bool, device=states.device)
    open_ = torch.ones_like(inside)
    for depth in range(n):
        tokens = torch.multinomial(logs.exp(), 1)[:, 0]
        chosen = logs.gather(1, tokens[:, None])[:, 0]
        inside &= ~open_ | ((logs > chosen[:, None]).sum(1) < width)
        total += torch.where(open_, chosen, 0.0)
        open_ = open_ & ~places.ends[tokens]
        if depth < n - 1:
            trails = stepper.follow(trails, tokens)
            logits, states = stepper.step(tokens, states, trails)
            logs = _logs(logits, places)
    mass = float(inside.double().mean())
    return mass, float(-total[inside].mean() + torch.log(inside.double().mean())) if mass else 0.0
