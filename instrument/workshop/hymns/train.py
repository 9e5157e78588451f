"""Fine-tuning of the chorale voices on hymns: a second set of weights that begins where Bach's stopped.

Beginning there, and staying near, the two sets can be mixed number by number. Each epoch takes the hymns and, drawn
anew, some of Bach's chorales, so that what was learned of them is not lost. The epoch kept is the best on the hymns
kept for choosing; calibration as in `workshop.chorale.calibrate`. Nothing of Bach's weights is touched.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import BASS, CHAIN
from instrument.workshop.chorale.batches import Batches, Feed, held_out
from instrument.workshop.chorale.calibrate import calibrated
from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.jobs import Arrays, Trained, filled, measured
from instrument.workshop.chorale.trainer import ChoraleRecipe, ChoraleTrainer, Report

#: slower than from nothing, chosen by the hymns' and Bach's valid sides; others beside it are in docs/LOG.md
GENTLE = ChoraleRecipe(epochs=16, minutes=0, rate=2e-3, soft=0, seed=7)
#: what a voice has otherwise: the bass, which has most to learn, forgets least of Bach so
OF_VOICE: dict[int, dict[str, Any]] = {BASS: {"epochs": 20, "rate": 1e-3, "drop": 0.6}}


@dataclass(frozen=True, slots=True)
class Tuning:
    """One voice to be tuned. begin: the arrays that it starts from; bach: chorales of Bach's to each hymn, in an epoch;
    kept: folder for encoded epochs, which other tunings then share. The recipe's soft is how much of the loss is
    agreement with the weights that it starts from, 0 for none."""

    voice: int
    plan: Plan
    begin: Arrays
    recipe: ChoraleRecipe = GENTLE
    bach: float = 1.0
    device: str = "cpu"
    kept: Path | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """Pieces by side: train, valid and test, of hymns and of Bach's chorales."""

    hymns: Mapping[str, Sequence[Chorale]]
    bach: Mapping[str, Sequence[Chorale]]


class MixedFeed(Feed):
    """epoch(n): every hymn once, and as many chorales of Bach's as asked, drawn anew."""

    def __init__(self, tuning: Tuning, sides: Sides) -> None:
        recipe, self.others = tuning.recipe, list(sides.bach["train"])
        super().__init__(sides.hymns["train"], tuning.voice, recipe.batch, recipe.seed, recipe.transpose,
                         tuning.kept)  # fmt: skip
        self.drawn = min(len(self.others), round(tuning.bach * len(self.chorales)))
        self.hymns = list(self.chorales)
        self.chorales = [*self.hymns, *self.others[: self.drawn]]

    def epoch(self, number: int) -> Batches:
        picked = random.Random(f"bach {self.seed} {number}").sample(self.others, self.drawn)
        self.chorales = [*self.hymns, *picked]
        return super().epoch(number)


def tune(tuning: Tuning, sides: Sides, report: Report = lambda line: None) -> Trained:
    """Fine-tune one voice here and now; losses are the hymns'. blocks: minutes."""
    torch.set_num_threads(1)
    begin = filled(tuning.voice, tuning.plan, tuning.begin)
    teachers = [filled(tuning.voice, tuning.plan, tuning.begin)] if tuning.recipe.soft else []
    trainer = ChoraleTrainer(tuning.voice, tuning.plan, tuning.recipe, tuning.device, teachers)
    for model in (trainer.model, trainer.averaged, trainer.best):
        model.load_state_dict(begin.state_dict())
    watched = held_out(sides.hymns["valid"], tuning.voice)
    history = trainer.run(MixedFeed(tuning, sides), watched, report)
    arrays = {name: a.astype(np.float16).astype(np.float32) for name, a in trainer.best.arrays().items()}
    arrays, temperatures = calibrated(tuning.voice, tuning.plan, arrays, sides.hymns["valid"])
    losses = measured(tuning.voice, tuning.plan, arrays, sides.hymns)
    return Trained(arrays, history, losses, temperatures)


@dataclass(slots=True)
class _Here:
    """What a process that tunes keeps."""

    sides: Sides = field(default_factory=lambda: Sides({}, {}))


_here = _Here()


def _begin(sides: Sides) -> None:
    torch.set_num_threads(1)
    _here.sides = sides


def _work(tuning: Tuning) -> Trained:
    return tune(tuning, _here.sides)


def tune_all(tunings: Sequence[Tuning], sides: Sides, at_once: int) -> list[Trained]:
    """Each tuning in a process of its own, so many at once; in the order given. blocks: minutes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(at_once, len(tunings)), context, _begin, (sides,)) as pool:
        return list(pool.map(_work, tunings))


def voices_of(plan: Plan, arrays: Arrays, recipe: ChoraleRecipe, bach: float, device: str) -> list[Tuning]:
    """One tuning a voice, the slowest first."""
    mine = {voice: {n: a for n, a in arrays.items() if n in plan.shapes(voice)} for voice in CHAIN}
    return [Tuning(voice, plan, mine[voice], of_voice(recipe, voice), bach, device) for voice in reversed(CHAIN)]


def of_voice(recipe: ChoraleRecipe, voice: int) -> ChoraleRecipe:
    """The recipe of a voice: GENTLE with what it has otherwise; any other recipe as it is."""
    return replace(recipe, **OF_VOICE.get(voice, {})) if recipe == GENTLE else recipe
