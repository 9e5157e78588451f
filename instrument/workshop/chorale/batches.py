"""Batches for one voice: every epoch anew, each chorale once, in a setting drawn at random.

An epoch depends on the recipe's seed, the voice and its number alone, so that it may be made beforehand, in
another process, and kept in a folder: a run with several models then makes each epoch once.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from instrument.networks.chorale.experts import Views
from instrument.networks.chorale.tokens import NAMES
from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.encode import PAD, ChoraleBatch, Setting, drawn, encode

FIELDS = ("fields", "counts", "references", "gates")
TOGETHER = 6  #: batches encoded at once: the cost is by the step
Batches = list[tuple[Views, Tensor]]


class Feed:
    """epoch(n) for n = 1, 2, ...: batches of like length, in random order. kept: a folder, or None for none.

    distinct: after so many epochs they come again. transpose: semitones at most.
    """

    def __init__(
        self, chorales: Sequence[Chorale], voice: int, batch: int, seed: int, transpose: int = 5,
        kept: Path | None = None, distinct: int = 10**9,
    ) -> None:  # fmt: skip
        self.chorales, self.voice, self.batch, self.seed = chorales, voice, batch, seed
        self.transpose, self.kept, self.distinct = transpose, kept, distinct

    def __len__(self) -> int:
        """Batches of an epoch."""
        many = TOGETHER * self.batch
        groups = [len(self.chorales[i : i + many]) for i in range(0, len(self.chorales), many)]
        return sum(-(-group // self.batch) for group in groups)

    def epoch(self, number: int) -> Batches:
        """From the folder, if it is there; else made, and kept where there is a folder."""
        number = (number - 1) % self.distinct + 1
        if self.kept is None:
            return self._made(number)
        path = self.kept / f"{NAMES[self.voice]}-{self.seed}-{self.batch}-{len(self.chorales)}-{number}.pt"
        if path.exists():
            return [(Views(*parts[:4]), parts[4]) for parts in torch.load(path, weights_only=True)]
        found = self._made(number)
        self.kept.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        torch.save([(*(getattr(v, name) for name in FIELDS), t) for v, t in found], part)
        part.replace(path)
        return found

    def _made(self, number: int) -> Batches:
        rng = random.Random(f"{self.seed} {self.voice} {number}")
        ordered = sorted(self.chorales, key=lambda c: c.steps * rng.uniform(0.9, 1.1))
        found: Batches = []
        for first in range(0, len(ordered), TOGETHER * self.batch):
            group = ordered[first : first + TOGETHER * self.batch]
            whole = encode([(c, drawn(c, rng, self.transpose)) for c in group], self.voice)
            for row in range(0, len(group), self.batch):
                found.append(_small(*cut(whole, slice(row, row + self.batch))))
        rng.shuffle(found)
        return found


def cut(batch: ChoraleBatch, chosen: slice) -> tuple[Views, Tensor]:
    """Some of the pieces, as long as the longest of them."""
    steps = int((batch.targets[:, chosen] != PAD).any(1).sum())
    views = Views(*(getattr(batch.views, name)[:steps, chosen] for name in FIELDS))
    return views, batch.targets[:steps, chosen]


def _small(views: Views, targets: Tensor) -> tuple[Views, Tensor]:
    """In 16 bits, as it is kept."""
    return Views(*(_short(getattr(views, name)) for name in FIELDS)), _short(targets)


def _short(tensor: Tensor) -> Tensor:
    return tensor.clone() if tensor.is_floating_point() else tensor.to(torch.int16)


def moved(views: Views, targets: Tensor, device: str) -> tuple[Views, Tensor]:
    """On a device, in the types that a model takes."""
    parts = [getattr(views, name).to(device, non_blocking=True) for name in FIELDS]
    whole = [part if part.is_floating_point() else part.long() for part in parts]
    return Views(*whole), targets.to(device, non_blocking=True).long()


def held_out(chorales: Sequence[Chorale], voice: int, horizon: int = 0, setting: Setting | None = None) -> ChoraleBatch:
    """The pieces as written, or in a setting, longest last."""
    ordered = sorted(chorales, key=lambda c: c.steps)
    return encode([(c, setting or Setting(horizon=horizon)) for c in ordered], voice)
