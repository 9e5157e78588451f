"""Several trainings at once, each in a process of its own with one thread: voices, plans, seeds.

What comes back is measured on weights as they are written, through half precision. Every process reads the
chorales from the cache, which must be there.
"""

from __future__ import annotations

import multiprocessing
import queue
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.networks.chorale import HORIZONS, NAMES
from instrument.networks.experts import Product
from instrument.networks.plans import Plan
from instrument.workshop.chorale_feed import Feed, held_out
from instrument.workshop.chorale_split import sided
from instrument.workshop.chorales import Chorale, Chorales, load_chorales
from instrument.workshop.train_chorale import History, Recipe, Report, Trainer, loss

Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Job:
    """One voice to train. kept: folder of encoded epochs; distinct: of them; teachers: arrays of plans."""

    voice: int
    plan: Plan
    recipe: Recipe
    device: str = "cpu"
    kept: Path | None = None
    distinct: int = 10**9
    teachers: tuple[tuple[Plan, Arrays], ...] = ()

    @property
    def name(self) -> str:
        return f"{NAMES[self.voice]} {self.plan.name} {self.plan.hidden} seed {self.recipe.seed}"


@dataclass(frozen=True, slots=True)
class Trained:
    """arrays: as `Plan.shapes` names them, what half precision leaves; history: of training; losses: side to nats
    a step at each of HORIZONS."""

    arrays: Arrays
    history: History
    losses: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def train_job(job: Job, sides: Mapping[str, Sequence[Chorale]], report: Report = lambda line: None) -> Trained:
    """Train here and now. blocks: minutes."""
    teachers = [filled(job.voice, plan, arrays) for plan, arrays in job.teachers]
    trainer = Trainer(job.voice, job.plan, job.recipe, job.device, teachers)
    feed = Feed(
        sides["train"], job.voice, job.recipe.batch, job.recipe.seed if job.kept is None else 1,
        job.recipe.transpose, job.kept, job.distinct,
    )  # fmt: skip
    history = trainer.run(feed, held_out(sides["valid"], job.voice), report)
    arrays = {name: a.astype(np.float16).astype(np.float32) for name, a in trainer.best.arrays().items()}
    return Trained(arrays, history, measured(job.voice, job.plan, arrays, sides))


def filled(voice: int, plan: Plan, arrays: Arrays) -> Product:
    """A model with these numbers, ready to be asked."""
    model = Product(voice, plan)
    model.fill(dict(arrays))
    return model.eval()


def measured(
    voice: int, plan: Plan, arrays: Arrays, sides: Mapping[str, Sequence[Chorale]],
    names: Sequence[str] = ("valid", "test"),
) -> dict[str, tuple[float, ...]]:  # fmt: skip
    """Nats a step at each horizon, by side."""
    model = filled(voice, plan, arrays)
    return {
        side: tuple(loss(model, held_out(sides[side], voice, at)) for at in range(len(HORIZONS))) for side in names
    }


def train_jobs(
    jobs: Sequence[Job], at_once: int, report: Report, given: Chorales | None = None
) -> Iterator[tuple[int, Trained]]:
    """(index, result) of each job as it ends; `at_once` run side by side. Raises RuntimeError for one that failed.

    given: chorales other than the cached ones.
    """
    context = multiprocessing.get_context("spawn")
    answers: Any = context.Queue()
    waiting, running = list(range(len(jobs))), dict[int, Any]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                index = waiting.pop(0)
                running[index] = context.Process(target=_work, args=(index, jobs[index], answers, given), daemon=True)
                running[index].start()
            try:
                index, kind, what = answers.get(timeout=2)
            except queue.Empty:
                dead = [i for i, p in running.items() if not p.is_alive()]
                if dead and answers.empty():
                    raise RuntimeError(f"training of {jobs[dead[0]].name} ended without a result") from None
                continue
            if kind == "line":
                report(what)
                continue
            running.pop(index).join()
            if kind == "failed":
                raise RuntimeError(f"training of {jobs[index].name} failed: {what}")
            yield index, what
    finally:
        for process in running.values():
            process.terminate()


def _work(index: int, job: Job, answers: Any, given: Chorales | None) -> None:
    torch.set_num_threads(1)
    try:
        sides = sided((given or load_chorales()).chorales)
        found = train_job(job, sides, lambda line: answers.put((index, "line", line)))
        answers.put((index, "done", found))
    except Exception:
        answers.put((index, "failed", traceback.format_exc()))
