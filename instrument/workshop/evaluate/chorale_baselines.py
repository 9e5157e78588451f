"""`run.py train chorale --rivals`: what the product is compared with, all trained alike in one run.

The product on one trunk; the same heads on networks of their own; the seed's four experts so; each expert alone;
one LSTM of the same size, hearing everything or only pitches and the place.
Figures are kept beside the weights, with the command that made them; `run.py evaluate chorale` shows them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import CHAIN, NAMES
from instrument.networks.chorale.weights import SHIPPED, save
from instrument.playing.time.clock import today
from instrument.workshop.chorale.corpus import Chorales, load_chorales
from instrument.workshop.chorale.distill import DISTINCT, each
from instrument.workshop.chorale.jobs import Job, Trained, train_jobs
from instrument.workshop.chorale.train import tell
from instrument.workshop.chorale.trainer import ChoraleRecipe, Report

FIGURES = SHIPPED.with_name("chorale_rivals.json")


def size(plan: Plan) -> int:
    """Learned numbers, all three voices."""
    return sum(math.prod(shape) for voice in CHAIN for shape in plan.shapes(voice).values())


def sized(name: str, like: Plan) -> Plan:
    """The plan of this name whose size is nearest."""
    return min((Plan(name, hidden) for hidden in range(1, 1025)), key=lambda plan: abs(size(plan) - size(like)))


def rivals(product: Plan) -> dict[str, Plan]:
    """By what they are called in figures."""
    alone = {expert: Plan(expert, product.hidden) for expert in ("spacing", "contour", *EXPERTS)}  # the best first
    alike = {name: sized(name, product) for name in ("single", "single-metre", "separate")}
    return {"product": product, **alone, **alike, "seed": sized("seed", product)}


def train_rivals(
    work: Path, product: Plan, recipe: ChoraleRecipe, device: str, at_once: int, report: Report, command: str,
    given: Chorales | None = None, keep: Sequence[str] = (), voices: Sequence[int] = CHAIN,
) -> dict[str, Any]:  # fmt: skip
    """Train all of them, these voices; the figures are written to work/chorale_rivals.json as they come.

    keep: rivals whose weights are kept in `work` too. blocks: two hours on two cores.
    """
    chorales = given or load_chorales(report=report)
    tell(chorales, work, report)
    plans = rivals(product)
    kept = work / "epochs"
    recipe = replace(recipe, minutes=each(recipe.minutes, len(plans) * len(voices), at_once))
    jobs = [(name, Job(voice, plan, recipe, device, kept, DISTINCT)) for name, plan in plans.items()
            for voice in voices]  # fmt: skip
    found: dict[str, dict[int, Trained]] = {name: {} for name in plans}
    figures: dict[str, Any] = {}
    for index, trained in train_jobs([job for _, job in jobs], at_once, report, given):
        name, job = jobs[index]
        found[name][job.voice] = trained
        valid, test = (trained.losses[side][0] for side in ("valid", "test"))
        report(f"{name}, {NAMES[job.voice]}: {valid:.4f} valid, {test:.4f} test")
        figures = {"command": command, "date": today()[:10], "recipe": asdict(recipe), "rivals": told(plans, found)}
        (work / FIGURES.name).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        if name in keep and len(found[name]) == len(CHAIN):  # weights are of all voices
            arrays = {key: array for part in found[name].values() for key, array in part.arrays.items()}
            save(plans[name], arrays, work / f"chorale_{name}", {"name": f"Chorale weights, {name}"})
    return figures


def told(plans: Mapping[str, Plan], found: Mapping[str, Mapping[int, Trained]]) -> dict[str, Any]:
    """Sizes and losses, nats a step at each of HORIZONS, by rival, voice and side."""
    return {
        name: {
            "hidden": plan.hidden, "parameters": size(plan),
            "nats": {NAMES[v]: {s: [round(x, 4) for x in nats] for s, nats in t.losses.items()}
                     for v, t in found[name].items()},
            "epochs": {NAMES[v]: len(t.history) for v, t in found[name].items()},
        }
        for name, plan in plans.items() if found[name]
    }  # fmt: skip
