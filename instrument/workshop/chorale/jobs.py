"""Parallel trainings: voices, plans and seeds, each in a process of its own with one thread.

What comes back is measured on weights as they are written, through half precision. Every process reads the
chorales from the cache, which must be there.
"""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.networks.chorale.experts import ProductOfExperts
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import HORIZONS, NAMES
from instrument.workshop.chorale.batches import Feed, held_out
from instrument.workshop.chorale.calibrate import calibrated
from instrument.workshop.chorale.corpus import Chorale, Chorales, load_chorales
from instrument.workshop.chorale.split import sided
from instrument.workshop.chorale.trainer import ChoraleRecipe, ChoraleTrainer, History, Report, loss

Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Job:
    """One voice to train. kept: folder of encoded epochs; distinct: of them; teachers: arrays of plans."""

    voice: int
    plan: Plan
    recipe: ChoraleRecipe
    device: str = "cpu"
    kept: Path | None = None
    distinct: int = 10**9
    teachers: tuple[tuple[Plan, Arrays], ...] = ()

    @property
    def name(self) -> str:
        return f"{NAMES[self.voice]} {self.plan.name} {self.plan.hidden} seed {self.recipe.seed}"


@dataclass(frozen=True, slots=True)
class Trained:
    """Trained network of one job.

    arrays: as `Plan.shapes` names them, what half precision leaves; history: of training; losses: side to nats
    a step at each of HORIZONS; temperatures: of rest and hold, of pitches, that calibration took in."""

    arrays: Arrays
    history: History
    losses: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    temperatures: tuple[float, float] = (1.0, 1.0)


def train_job(job: Job, sides: Mapping[str, Sequence[Chorale]], report: Report = lambda line: None) -> Trained:
    """Train here and now. blocks: minutes."""
    teachers = [filled(job.voice, plan, arrays) for plan, arrays in job.teachers]
    trainer = ChoraleTrainer(job.voice, job.plan, job.recipe, job.device, teachers)
    feed = _feed(job, sides["train"])
    history = trainer.run(feed, held_out(sides["valid"], job.voice), report)
    arrays = {name: a.astype(np.float16).astype(np.float32) for name, a in trainer.best.arrays().items()}
    arrays, temperatures = calibrated(job.voice, job.plan, arrays, sides["valid"])
    return Trained(arrays, history, measured(job.voice, job.plan, arrays, sides), temperatures)


def _feed(job: Job, chorales: Sequence[Chorale]) -> Feed:
    seed = job.recipe.seed if job.kept is None else 1
    return Feed(chorales, job.voice, job.recipe.batch, seed, job.recipe.transpose, job.kept, job.distinct)


def filled(voice: int, plan: Plan, arrays: Arrays) -> ProductOfExperts:
    """A model with these numbers, ready to be asked."""
    model = ProductOfExperts(voice, plan)
    model.fill(dict(arrays))
    return model.eval()


def measured(
    voice: int, plan: Plan, arrays: Arrays, sides: Mapping[str, Sequence[Chorale]],
    names: Sequence[str] = ("valid", "test"),
) -> dict[str, tuple[float, ...]]:  # fmt: skip
    """Nats a step at each horizon, by side."""
    model = filled(voice, plan, arrays)
    return {side: tuple(loss(model, held_out(sides[side], voice, at)) for at in range(len(HORIZONS))) for side in names}


def train_jobs(
    jobs: Sequence[Job], at_once: int, report: Report, given: Chorales | None = None
) -> Iterator[tuple[int, Trained]]:
    """(index, result) of each job as it ends; `at_once` run side by side. Raises RuntimeError for one that failed.

    given: chorales other than the cached ones.
    """
    context = multiprocessing.get_context("spawn")
    lines: Any = context.Queue()
    with ProcessPoolExecutor(min(at_once, max(len(jobs), 1)), context, _begin, (lines, given)) as pool:
        try:
            for _ in pool.map(_encode, _to_encode(jobs)):
                pass
            running = {pool.submit(_work, job): index for index, job in enumerate(jobs)}
            while running:
                ended, _ = wait(running, 0.5, FIRST_COMPLETED)
                _tell(lines, report)
                for future in ended:
                    index = running.pop(future)
                    if (error := future.exception()) is not None:
                        raise RuntimeError(f"training of {jobs[index].name} failed: {error}") from error
                    yield index, future.result()
            _tell(lines, report)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _tell(lines: Any, report: Report) -> None:
    with suppress(queue.Empty):
        while True:
            report(lines.get_nowait())


_here: dict[str, Any] = {}  # of a process that trains: the chorales, and where lines go


def _begin(lines: Any, given: Chorales | None) -> None:
    torch.set_num_threads(1)
    _here.update(lines=lines, chorales=(given or load_chorales()).chorales)


def _work(job: Job) -> Trained:
    return train_job(job, sided(_here["chorales"], job.recipe.split), _here["lines"].put)


def _encode(task: tuple[Job, int]) -> None:
    job, number = task
    _feed(job, sided(_here["chorales"], job.recipe.split)["train"]).epoch(number)


def _to_encode(jobs: Sequence[Job]) -> list[tuple[Job, int]]:
    """The epochs that these jobs keep, each once."""
    wanted = {(j.voice, j.kept, min(j.distinct, j.recipe.epochs)): j for j in jobs if j.kept is not None}
    return [(job, number) for (_, _, many), job in wanted.items() for number in range(1, many + 1)]
