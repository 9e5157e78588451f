"""Trainer of the folk model, epoch by epoch: batches, the loss, and checkpoints from which it goes on.

Whole tunes of similar length go in a batch, cut into chunks that carry their state on (truncated
back-propagation), each batch from the zero state and `<s>`. AdamW with warm-up and a cosine to zero; a
running average of the weights is what is evaluated and kept. The recipe "folk-rnn-like" takes its settings from
folk-rnn v2's configuration; in what it departs from the original: `instrument.workshop.folk.recipes`.

What learns is one class for both ways of training, `update.Learner`; this and `cuda_learner.CudaLearner` only feed it,
and are two because their feeds exclude each other. Here batches are as long as their tunes, cut into chunks whose
state is carried on, the rate falls with epochs, and a run can stop, go on to the bit, and be shared by processes. There
tunes stand whole in rows of a few fixed lengths, since a CUDA graph replays fixed shapes, the rate falls with time,
and nothing is read back. One class would hold both loops behind a flag, and share no line between them.
"""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from instrument.networks.folk.folkrnn import FolkRNN, rows_of
from instrument.networks.folk.look_back import OTHERS, LookBack
from instrument.workshop.folk.batches import TokenBatch
from instrument.workshop.folk.distributed import ALONE, Share
from instrument.workshop.folk.recipes import FOLK_RNN, LILT, RECIPES, FolkRecipe
from instrument.workshop.folk.update import Learner

__all__ = ["FOLK_RNN", "LILT", "PAD", "RECIPES", "FolkRecipe", "FolkTrainer", "batches", "loss", "nats"]

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
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction="sum")


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


def hidden(look: LookBack, rows: Tensor, share: float) -> Tensor:
    """The inputs [steps, beams, inputs], a share of them saying nothing: each source with its agreement, and each other
    input, hidden all through a tune."""
    sources, beams = (len(look.nothing) - OTHERS) // 2, rows.shape[1]
    hide = torch.rand(beams, sources + OTHERS) < share
    every = torch.cat((hide[:, :sources], hide), 1)  # a source's token and its agreement go together
    return torch.where(every, torch.from_numpy(look.nothing), rows)


class FolkTrainer:
    """One run of training; `save` and `load` make it resumable at an epoch's end.

    sizes: hidden units, layers; corpus: a mark of the training data, so that a run does not go on with other
    data unawares ("" for none). On one CPU thread a resumed run equals an uninterrupted one bit for bit.
    """

    def __init__(
        self, vocab: int, recipe: FolkRecipe, device: str = "cpu", sizes: tuple[int, int] = (512, 3), corpus: str = "",
        share: Share = ALONE, look: LookBack | None = None,
    ) -> None:  # fmt: skip
        """look: of the vocabulary, where the recipe has look-back inputs. Raises ValueError, one line."""
        if recipe.look and look is None:
            raise ValueError(f'the recipe "{recipe.name}" needs the vocabulary for its look-back inputs')
        if recipe.octave or recipe.shift or recipe.thin:
            raise ValueError(f'the recipe "{recipe.name}" is trained by --tries {recipe.name}, not one epoch at a time')
        self.recipe, self.device, self.corpus, self.share = recipe, device, corpus, share
        self.look = look if recipe.look else None
        self.learner = Learner(vocab, replace(recipe, hidden=sizes[0]), device, sizes[1], share=share, look=self.look)
        self.epoch, self.updates, self.history = 0, 0, list[dict[str, float]]()

    @property
    def model(self) -> FolkRNN:
        """What learns."""
        return self.learner.model

    @property
    def averaged(self) -> FolkRNN:
        """The running mean of its weights: what is evaluated and kept."""
        return self.learner.averaged

    def run_epoch(self, tunes: Sequence[Sequence[int]], bar: tqdm | None = None) -> float:
        """One pass over the tunes; returns the mean training loss in nats a token."""
        self.model.train()
        rng = random.Random(self.recipe.seed * 1000 + self.epoch)
        torch.manual_seed((self.recipe.seed * 1000 + self.epoch) * self.share.world + self.share.rank)
        size, seen = sum(map(len, tunes)), 0
        self.learner.seen.zero_()
        for tokens, targets in batches(tunes, self.recipe.batch, rng):
            state: Tensor | None = None
            parts = [torch.split(each, self.recipe.chunk) for each in (tokens, targets, self._looks(tokens))]
            for piece, goal, looks in zip(*parts, strict=True):
                self.learner.rate.fill_(
                    self.recipe.rate_at((self.epoch + seen / size) / self.recipe.epochs, self.epoch, self.updates)
                )
                self.learner.keep.fill_(self.recipe.keep_at(self.updates))
                state = self.learner.step(self.share.of(self._batch(piece, goal, looks)), state)
                self.updates += 1
                counted = int((goal != PAD).sum())
                seen += counted
                if bar is not None:
                    bar.update(counted)
        self.epoch += 1
        total, count = self.learner.seen.tolist()
        return float(total / count)

    def _looks(self, tokens: Tensor) -> Tensor:
        """The look-back inputs [steps, beams, inputs] of whole tunes, some of them hidden; [steps, beams] of nothing
        where there are none."""
        if self.look is None:
            return torch.zeros_like(tokens)
        return hidden(self.look, rows_of(self.look, tokens), self.recipe.hide)

    def _batch(self, tokens: Tensor, targets: Tensor, looks: Tensor) -> TokenBatch:
        counts = (targets != PAD).float()
        on = self.device
        told = looks.to(on) if self.look else None
        return TokenBatch(tokens.to(on), targets.clamp(min=0).to(on), counts.to(on), told)

    def save(self, path: Path) -> None:
        """Write a checkpoint; an interrupted write leaves the old one whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        torch.save(
            {
                **self.learner.state_dict(), "epoch": self.epoch, "updates": self.updates, "history": self.history,
                "recipe": asdict(self.recipe), "corpus": self.corpus,
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
            self.learner.load_state_dict(kept)
        except (RuntimeError, ValueError, KeyError):
            raise ValueError(f"{path} holds a model of another size; use another folder, or start over") from None
        self.epoch, self.updates, self.history = kept["epoch"], kept["updates"], kept["history"]
