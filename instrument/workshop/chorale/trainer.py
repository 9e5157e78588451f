"""Training one voice's product of experts: whole chorales in batches of like length, through the product.

AdamW with one cycle of the learning rate; a running average of the weights is what is looked at and kept, at
its best epoch on the chorales kept for choosing. Everything random comes from the recipe's seed; a run that its
minutes end before its epochs is the one thing that a slower machine does otherwise.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from instrument.networks.chorale.experts import ProductOfExperts
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import NAMES
from instrument.playing.time.clock import Clock, SystemClock
from instrument.workshop.chorale.batches import Feed, cut, moved
from instrument.workshop.chorale.encode import PAD, ChoraleBatch

WARM = 0.2  #: of a run, in which the learning rate rises


@dataclass(frozen=True, slots=True)
class ChoraleRecipe:
    """epochs; minutes: at most, 0 for no limit; batch: chorales; rate: peak learning rate; drop: dropout before the
    heads; drop_in: of fields; decay: of weights; clip: gradient norm; average: of the running mean of weights;
    transpose: semitones; soft: how much of the loss is agreement with teachers, where there are any, 0..1; seed;
    split: one of `split.SPLITS`."""

    epochs: int = 20
    minutes: float = 14.0
    batch: int = 12
    rate: float = 3e-3
    drop: float = 0.45
    drop_in: float = 0.15
    decay: float = 0.02
    clip: float = 1.0
    average: float = 0.98
    transpose: int = 5
    soft: float = 0.7
    seed: int = 1
    split: str = "tune"


Report = Callable[[str], None]
History = list[dict[str, float]]


def nats(logs: Tensor, targets: Tensor) -> Tensor:
    """Summed negative log-likelihood over targets that count. logs: [steps, rows, 58]."""
    return torch.nn.functional.nll_loss(logs.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction="sum")


@torch.inference_mode()
def loss(model: ProductOfExperts, batch: ChoraleBatch) -> float:
    """Mean nats a step."""
    model.eval()
    total = torch.zeros(())
    device = str(model.exponents.device)
    for first in range(0, batch.targets.shape[1], 8):
        views, targets = moved(*cut(batch, slice(first, first + 8)), device)
        total = total + nats(model(views)[0], targets).cpu()
    return float(total) / int((batch.targets != PAD).sum())


class ChoraleTrainer:
    """One run. model learns, averaged is its running mean, best that at its best epoch.

    teachers: models whose mean prediction the model is drawn to, besides the notes themselves.
    """

    def __init__(
        self,
        voice: int,
        plan: Plan,
        recipe: ChoraleRecipe,
        device: str = "cpu",
        teachers: Sequence[ProductOfExperts] = (),
        clock: Clock | None = None,
    ) -> None:
        torch.manual_seed(recipe.seed * 100 + voice)
        self.voice, self.plan, self.recipe, self.device = voice, plan, recipe, device
        self.model = ProductOfExperts(voice, plan, recipe.drop, recipe.drop_in).to(device)
        self.averaged, self.best = copy.deepcopy(self.model), copy.deepcopy(self.model)
        for module in (*self.model.modules(), *self.averaged.modules(), *self.best.modules()):
            if isinstance(module, nn.LSTM):
                module.flatten_parameters()
        self.teachers = [teacher.to(device).eval() for teacher in teachers]
        self.optimiser = torch.optim.AdamW(_groups(self.model, recipe), lr=recipe.rate, betas=(0.9, 0.99))
        self.clock = clock or SystemClock()
        self.began, self.updates = self.clock.now(), 0

    def run(self, feed: Feed, watched: ChoraleBatch, report: Report = lambda line: None) -> History:
        """Train; returns each epoch's losses, nats a step, `valid` of the averaged model on `watched`."""
        history: History = []
        total, least = self.recipe.epochs * len(feed), math.inf
        while self._done(total) < 1:
            number = len(history) + 1
            row = {"epoch": float(number), "train": self._epoch(feed, number, total)}
            row["valid"] = loss(self.averaged, watched)
            row["minutes"] = (self.clock.now() - self.began) / 60
            history.append(row)
            report(
                f"{NAMES[self.voice]} {self.plan.name} epoch {number}: train {row['train']:.4f}, "
                f"valid {row['valid']:.4f}, {row['minutes']:.1f} min"
            )
            if row["valid"] < least:
                least = row["valid"]
                self.best.load_state_dict(self.averaged.state_dict())
        self.best.eval()
        return history

    def _done(self, total: int) -> float:
        """How much of the run is behind, by updates or by the clock, whichever is further."""
        by_time = (self.clock.now() - self.began) / 60 / self.recipe.minutes if self.recipe.minutes else 0.0
        return max(self.updates / total, by_time)

    def _epoch(self, feed: Feed, number: int, total: int) -> float:
        self.model.train()
        summed, count = torch.zeros((), device=self.device), 0
        for views, targets in feed.epoch(number):
            if (done := self._done(total)) >= 1 and count:
                break
            counted = int((targets != PAD).sum())
            views, targets = moved(views, targets, self.device)
            logs = self.model(views)[0]
            said = nats(logs, targets)
            aim = said
            if self.teachers:
                aim = torch.lerp(said, self._disagreement(logs, self._taught(views), targets), self.recipe.soft)
            self._update(aim / counted, min(done, 1.0))
            summed, count = summed + said.detach(), count + counted
        return float(summed) / count

    @torch.no_grad()
    def _taught(self, views: object) -> Tensor:
        """[steps, rows, 58] probabilities, the teachers' mean."""
        return torch.stack([teacher(views)[0].exp() for teacher in self.teachers]).mean(0)

    def _disagreement(self, logs: Tensor, taught: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy with the teachers, summed over the steps that count."""
        return -((taught * logs).sum(-1) * (targets != PAD)).sum()

    def _update(self, aim: Tensor, done: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = rate(self.recipe.rate, done)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(aim)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimiser.step()
        self.updates += 1
        keep = min(self.recipe.average, self.updates / (self.updates + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.averaged.parameters()), list(self.model.parameters()), 1 - keep)


def rate(peak: float, done: float) -> float:
    """Learning rate when `done` (0..1) of the run is behind: up from a 25th, down to nearly nothing."""
    if done < WARM:
        return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * done / WARM)) / 2)
    return peak * (0.0001 + 0.9999 * (1 + math.cos(math.pi * (done - WARM) / (1 - WARM))) / 2)


def _groups(model: ProductOfExperts, recipe: ChoraleRecipe) -> list[dict[str, object]]:
    """Exponents and gates are not decayed."""
    free = [model.exponents, model.gate_place, model.gate_heard]
    kept = {id(p) for p in free}
    held = [p for p in model.parameters() if p.requires_grad and id(p) not in kept]
    return [{"params": held, "weight_decay": recipe.decay}, {"params": free, "weight_decay": 0.0}]
