"""Training of all three voices, with teachers or without.

Some 290 chorales are soon learned by heart: one network over-fits long before it has learned what it could. So
several are trained that err in different places (seeds, dropout, decay), and then a pupil that is drawn to their mean
prediction as well as to the notes. It is no larger than one of them, and better than the best. (Drawn to the teachers
alone, with less dropout, a pupil is no better than they: docs/LOG.md.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import CHAIN
from instrument.workshop.chorale.corpus import Chorales
from instrument.workshop.chorale.jobs import Arrays, Job, Trained, train_jobs
from instrument.workshop.chorale.trainer import ChoraleRecipe, Report

TEACHING = 0.45  #: of the time goes to the teachers, where there are any
DISTINCT = 32  #: epochs that differ, where they are kept
VARIED: tuple[dict[str, Any], ...] = (
    {}, {"drop": 0.35, "drop_in": 0.1, "decay": 0.001}, {"drop": 0.5, "drop_in": 0.25, "decay": 0.1},
    {"drop": 0.6, "drop_in": 0.15, "decay": 0.05},
)  #: what teachers differ in, besides their seeds  # fmt: skip


def train_voices(
    plan: Plan, recipe: ChoraleRecipe, device: str, epochs: Path, teachers: int, at_once: int, report: Report,
    given: Chorales | None = None,
) -> dict[int, Trained]:  # fmt: skip
    """Each voice's model. epochs: folder for what all are trained on, where there are teachers; blocks: minutes."""
    if not teachers:
        recipe = replace(recipe, minutes=each(recipe.minutes, len(CHAIN), at_once))
        jobs = [Job(voice, plan, recipe, device) for voice in _slowest_first()]
        return {jobs[index].voice: found for index, found in train_jobs(jobs, at_once, report, given)}
    masters = _masters(plan, recipe, device, epochs, teachers, at_once, report, given)
    recipe = replace(recipe, minutes=each(recipe.minutes * (1 - TEACHING), len(CHAIN), at_once))
    jobs = [
        Job(voice, plan, recipe, device, epochs, DISTINCT, tuple(masters[voice])) for voice in _slowest_first()
    ]  # fmt: skip
    return {jobs[index].voice: found for index, found in train_jobs(jobs, at_once, report, given)}


def _masters(
    plan: Plan, recipe: ChoraleRecipe, device: str, epochs: Path, teachers: int, at_once: int, report: Report,
    given: Chorales | None,
) -> dict[int, list[tuple[Plan, Arrays]]]:  # fmt: skip
    recipe = replace(recipe, minutes=each(recipe.minutes * TEACHING, teachers * len(CHAIN), at_once))
    jobs = [
        Job(voice, plan, replace(recipe, seed=recipe.seed + n, **VARIED[n % len(VARIED)]), device, epochs, DISTINCT)
        for n in range(teachers) for voice in _slowest_first()
    ]  # fmt: skip
    masters: dict[int, list[tuple[Plan, Arrays]]] = {voice: [] for voice in CHAIN}
    for index, found in train_jobs(jobs, at_once, report, given):
        masters[jobs[index].voice].append((plan, found.arrays))
        report(f"teacher {jobs[index].name}, {jobs[index].recipe.drop}: {found.losses['valid'][0]:.4f} valid")
    return masters


def each(minutes: float, jobs: int, at_once: int) -> float:
    """How long each of so many jobs may take, if all together may take `minutes`."""
    return minutes / -(-jobs // at_once)


def _slowest_first() -> Iterator[int]:
    return reversed(CHAIN)
