"""Training the folk model: batches, the loss, and a trainer that stops and goes on.

Whole tunes of similar length go in a batch, cut into chunks that carry their state on (truncated
back-propagation), each batch from the zero state and `<s>`. AdamW with warm-up and a cosine to zero; a
running average of the weights is what is evaluated and kept. The recipe "folk-rnn" is the original's:
RMSprop at 0.003, times 0.97 an epoch after the 20th, batch 64, dropout 0.5, gradients clipped at 5.
"""

from __future__ import annotations

import copy
import json
import math
import pickle
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from instrument.networks.folkrnn import FolkRNN
from instrument.workshop.recipes import FOLK_RNN, LILT, RECIPES, Recipe

__all__ = ["FOLK_RNN", "LILT", "PAD", "RECIPES", "Recipe", "Trainer", "batches", "loss", "nats"]

PAD = -100  #: a target that does not count


def batches(tunes: Sequence[Sequence[int]], batch: int, rng: random.Random) -> Iterator[tuple[Tensor, Tensor]]:
    """(tokens, targets) [steps, beams] of one epoch, similar lengths together, in random order.

    tunes: numbers with `<s>` and `</s>`. Targets past the end of a tune are PAD.
    """
    by_length = sorted(tunes, key=lambda t: len(t) * rng.uniform(0.9, 1.1))
    groups = [by_length[i : i + batch] for i in range(0, len(by_length), batch)]
    rng.shuffle(groups)
    for group in groups:
        steps = max(map(len, group)) - 1
        tokens = torch.zeros(steps, len(group), dtype=torch.long)
        targets = torch.full((steps, len(group)), PAD)
        for beam, tune in enumerate(group):
            tokens[: len(tune) - 1, beam] = torch.tensor(tune[:-1])
            targets[: len(tune) - 1, beam] = torch.tensor(tune[1:])
        yield tokens, targets


def nats(logits: Tensor, targets: Tensor) -> Tensor:
    """Summed cross-entropy in nats over targets that count."""
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction="sum"
    )


@torch.inference_mode()
def loss(model: FolkRNN, tunes: Sequence[Sequence[int]], device: str = "cpu") -> float:
    """Mean nats a token over whole tunes, `</s>` counted and `<s>` not."""
    model.eval()
    total, count = 0.0, 0
    for tokens, targets in batches(tunes, 32, random.Random(0)):
        logits, _ = model.sequence(tokens.to(device))
        total += nats(logits, targets.to(device)).item()
        count += int((targets != PAD).sum())
    return total / count


class Trainer:
    """One run of training; `save` and `load` make it resumable at an epoch's end.

    sizes: hidden units, layers; corpus: a mark of the training data, so that a run does not go on with other
    data unawares ("" for none). On one CPU thread a resumed run equals an uninterrupted one bit for bit.
    """

    def __init__(
        self, vocab: int, recipe: Recipe, device: str = "cpu", sizes: tuple[int, int] = (512, 3), corpus: str = ""
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.device, self.corpus = recipe, device, corpus
        self.model = FolkRNN(vocab, *sizes, drop=recipe.drop)
        if recipe.name == "lilt":
            self.model.reset()
        self.model.to(device)
        self.averaged = copy.deepcopy(self.model)
        learned = [p for p in self.model.parameters() if p.requires_grad]
        self.optimiser: torch.optim.Optimizer
        if recipe.name == "folk-rnn":
            self.optimiser = torch.optim.RMSprop(learned, recipe.rate, alpha=0.9, eps=1e-6)
        else:
            self.optimiser = torch.optim.AdamW(learned, recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.decay)
        self.epoch, self.updates, self.history = 0, 0, list[dict[str, float]]()

    def rate(self, done: float) -> float:
        """Learning rate when `done` (0..1) of the run is behind."""
        if self.recipe.name == "folk-rnn":
            return self.recipe.rate * 0.97 ** max(0, self.epoch - 20)
        warm = min(1.0, (self.updates + 1) / 200)
        return self.recipe.rate * warm * (0.02 + 0.98 * (1 + math.cos(math.pi * min(1.0, done))) / 2)

    def run_epoch(self, tunes: Sequence[Sequence[int]], bar: tqdm | None = None) -> float:
        """One pass over the tunes; returns the mean training loss in nats a token."""
        self.model.train()
        rng = random.Random(self.recipe.seed * 1000 + self.epoch)
        torch.manual_seed(self.recipe.seed * 1000 + self.epoch)
        size, seen, total, count = sum(map(len, tunes)), 0, 0.0, 0
        for tokens, targets in batches(tunes, self.recipe.batch, rng):
            state = self.model.start(tokens.shape[1])
            for piece, goal in zip(
                torch.split(tokens, self.recipe.chunk), torch.split(targets, self.recipe.chunk), strict=True
            ):
                counted = int((goal != PAD).sum())
                value, state = self._update(
                    piece.to(self.device), goal.to(self.device), counted, state,
                    (self.epoch + seen / size) / self.recipe.epochs,
                )  # fmt: skip
                seen, total, count = seen + counted, total + value, count + counted
                if bar is not None:
                    bar.update(counted)
                    bar.set_postfix_str(f"loss {value / max(counted, 1):.3f}", refresh=False)
        self.epoch += 1
        return total / count

    def _update(
        self, tokens: Tensor, targets: Tensor, counted: int, state: Tensor, done: float
    ) -> tuple[float, Tensor]:
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(done)
        logits, state = self.model.sequence(tokens, state.detach())
        summed = nats(logits, targets)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(summed / max(counted, 1))
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimiser.step()
        self.updates += 1
        self._average()
        return summed.item(), state

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self.recipe.average, self.updates / (self.updates + 10)) if self.recipe.average else 0.0
        for mean, now in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)

    def save(self, path: Path) -> None:
        """Write a checkpoint; an interrupted write leaves the old one whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        torch.save(
            {
                "model": self.model.state_dict(), "averaged": self.averaged.state_dict(),
                "optimiser": self.optimiser.state_dict(), "epoch": self.epoch, "updates": self.updates,
                "history": self.history, "recipe": asdict(self.recipe),
                "corpus": self.corpus,
            },
            part,
        )  # fmt: skip
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same recipe and corpus (epochs may differ). Raises ValueError, one line."""
        try:
            kept = torch.load(path, map_location=self.device, weights_only=True)
            recipe, corpus = dict(kept["recipe"]), kept.get("corpus", "")
        except (RuntimeError, ValueError, KeyError, TypeError, AttributeError, EOFError, pickle.UnpicklingError):
            raise ValueError(f"{path}: not a checkpoint of this trainer, or damaged; delete it to start over") from None
        if {**recipe, "epochs": self.recipe.epochs} != asdict(self.recipe):
            raise ValueError(f"{path} was made with another recipe: {json.dumps(recipe)}; use another folder")
        if corpus and self.corpus and corpus != self.corpus:
            raise ValueError(f"{path} was made with other tunes; use another folder, or start over")
        try:
            self.model.load_state_dict(kept["model"])
            self.averaged.load_state_dict(kept["averaged"])
            self.optimiser.load_state_dict(kept["optimiser"])
        except (RuntimeError, ValueError, KeyError):
            raise ValueError(f"{path} holds a model of another size; use another folder, or start over") from None
        self.epoch, self.updates, self.history = kept["epoch"], kept["updates"], kept["history"]
