"""Training one voice's product of experts: whole chorales in batches of like length, through the product.

AdamW with one cycle of the learning rate; a running average of the weights is what is looked at and kept, at
its best epoch on the chorales kept for choosing. Everything random comes from the recipe's seed.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from instrument.networks.chorale import NAMES
from instrument.networks.experts import Product, Views
from instrument.networks.plans import Plan
from instrument.workshop.chorale_views import PAD, Batch, Setting, drawn, encode
from instrument.workshop.chorales import Chorale


@dataclass(frozen=True, slots=True)
class Recipe:
    """epochs; batch: chorales; rate: peak learning rate; drop: dropout before the heads; drop_in: of fields;
    decay: of weights; clip: gradient norm; average: of the running mean of weights; transpose: semitones; seed."""

    epochs: int = 16
    batch: int = 12
    rate: float = 3e-3
    drop: float = 0.35
    drop_in: float = 0.1
    decay: float = 1e-3
    clip: float = 1.0
    average: float = 0.98
    transpose: int = 5
    seed: int = 1


Report = Callable[[str], None]


def rows(views: Views, targets: Tensor, chosen: slice) -> tuple[Views, Tensor]:
    """Some of the pieces, cut to the longest of them."""
    steps = int((targets[:, chosen] != PAD).any(1).sum())
    picked = Views(*(getattr(views, name)[:steps, chosen] for name in ("fields", "counts", "references", "gates")))
    return picked, targets[:steps, chosen]


def batches(
    chorales: Sequence[Chorale], voice: int, recipe: Recipe, rng: random.Random
) -> Iterator[tuple[Views, Tensor]]:
    """One epoch: each chorale once, in a setting drawn at random, batches in random order."""
    ordered = sorted(chorales, key=lambda c: c.steps * rng.uniform(0.9, 1.1))
    many = 6 * recipe.batch  # encoded together: the cost is by the step
    groups = [ordered[i : i + many] for i in range(0, len(ordered), many)]
    found = []
    for group in groups:
        whole = encode([(c, drawn(c, rng, recipe.transpose)) for c in group], voice)
        for first in range(0, len(group), recipe.batch):
            found.append(rows(whole.views, whole.targets, slice(first, first + recipe.batch)))
    rng.shuffle(found)
    yield from found


def nats(logs: Tensor, targets: Tensor) -> Tensor:
    """Summed negative log-likelihood over targets that count. logs: [steps, rows, 58]."""
    return torch.nn.functional.nll_loss(logs.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction="sum")


@torch.inference_mode()
def loss(model: Product, batch: Batch) -> float:
    """Mean nats a step."""
    model.eval()
    total = 0.0
    for first in range(0, batch.targets.shape[1], 8):
        views, targets = rows(batch.views, batch.targets, slice(first, first + 8))
        total += nats(model(views)[0], targets).item()
    return total / int((batch.targets != PAD).sum())


def held_out(chorales: Sequence[Chorale], voice: int, horizon: int = 0) -> Batch:
    """The pieces as written, longest last."""
    ordered = sorted(chorales, key=lambda c: c.steps)
    return encode([(c, Setting(horizon=horizon)) for c in ordered], voice)


def train_voice(
    train: Sequence[Chorale], valid: Sequence[Chorale], voice: int, plan: Plan, recipe: Recipe,
    report: Report = lambda line: None,
) -> tuple[Product, list[dict[str, float]]]:  # fmt: skip
    """The averaged model at its best epoch, and the history of losses (nats a step, at horizon 0)."""
    torch.manual_seed(recipe.seed * 100 + voice)
    rng = random.Random(recipe.seed * 100 + voice)
    model = Product(voice, plan, recipe.drop, recipe.drop_in)
    averaged = copy.deepcopy(model)
    best, least = copy.deepcopy(model), float("inf")
    optimiser = torch.optim.AdamW(_groups(model, recipe), lr=recipe.rate, betas=(0.9, 0.99))
    updates = recipe.epochs * sum(1 for _ in range(0, len(train), recipe.batch)) + recipe.epochs * 6
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=updates, pct_start=0.2)
    watched = held_out(valid, voice)
    history: list[dict[str, float]] = []
    done = 0
    for epoch in range(1, recipe.epochs + 1):
        model.train()
        total, count = 0.0, 0
        for views, targets in batches(train, voice, recipe, rng):
            counted = int((targets != PAD).sum())
            summed = nats(model(views)[0], targets)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(summed / counted)
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimiser.step()
            cycle.step()
            done += 1
            _average(averaged, model, min(recipe.average, done / (done + 10)))
            total, count = total + summed.item(), count + counted
        row = {"epoch": epoch, "train": total / count, "valid": loss(averaged, watched)}
        history.append(row)
        report(f"{NAMES[voice]} {plan.name} epoch {epoch}: train {row['train']:.4f}, valid {row['valid']:.4f}")
        if row["valid"] < least:
            least = row["valid"]
            best.load_state_dict(averaged.state_dict())
    return best.eval(), history


def _groups(model: Product, recipe: Recipe) -> list[dict[str, object]]:
    """Exponents and gates are not decayed."""
    free = [model.exponents, model.gate_place, model.gate_heard]
    kept = {id(p) for p in free}
    held = [p for p in model.parameters() if p.requires_grad and id(p) not in kept]
    return [{"params": held, "weight_decay": recipe.decay}, {"params": free, "weight_decay": 0.0}]


@torch.no_grad()
def _average(mean: Product, now: Product, keep: float) -> None:
    for a, b in zip(mean.parameters(), now.parameters(), strict=True):
        a.lerp_(b, 1 - keep)
