"""`run.py train chorale`: from music21's chorales to the weights of all three voices, with a model card.

The three voices are trained side by side, a process and a thread each. The losses in the card are of the weights
as written, on tunes kept out of training; the voices are measured as they are played: each knows the soprano
and what was decided before it at a step, and of every voice only what has been.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import CHAIN, HORIZONS, NAMES
from instrument.networks.chorale.weights import save
from instrument.networks.weight_files import Card
from instrument.playing.time.clock import today
from instrument.workshop.chorale.corpus import Chorale, Chorales, load_chorales
from instrument.workshop.chorale.distill import train_voices
from instrument.workshop.chorale.jobs import Trained
from instrument.workshop.chorale.split import SIDES, sided
from instrument.workshop.chorale.trainer import ChoraleRecipe, Report

KNOWN_AHEAD = {0: "live", 4: "one beat known", 16: "one bar known"}
ABOUT = (
    "Held-out losses are of these very weights, on whole tunes kept out of training, as written and not transposed. "
    "Alto: soprano, tenor and bass known at the step; tenor: soprano and bass; bass: the soprano alone. Nothing to "
    "come is known but the melody as far as stated. Valid was looked at in training (it chose the epoch), test was not."
)
FIELD_ABOUT = (
    "For comparison with published figures only: learned on the train side of the split that these are of, where half "
    "of the held-out melodies stand on the train side too, in other settings. "
    + ABOUT.replace("on whole tunes kept out of training", "on the settings kept out of training")
)
PUBLISHED = (
    "For comparison: Sam Goree, in 'Taking the Product', reports 776 for the product against 3405 for the best single "
    "expert. There the interval to be predicted was among an expert's inputs, and its author took the claim "
    "back later. Here no model sees its "
    "own voice at the step, or anything later; `tests/networks/chorale/test_experts.py` holds it bit for bit."
)
CORPUS = {
    "name": "Chorales of J. S. Bach, as music21 brings them",
    "origin": "Four-part settings, out of copyright.",
    "transcribers": "Margaret Greentree, as the files say, and the makers of music21.",
    "terms": "The encoders ask not to have the files passed on: they are read where pip puts them, and only what was "
    "learned from them stands here.",
}


def train_chorale(
    out: Path, work: Path, plan: Plan, recipe: ChoraleRecipe, device: str = "cpu", report: Report = lambda line: None,
    command: str = "", given: Chorales | None = None, at_once: int = 3, teachers: int = 0,
) -> Card:  # fmt: skip
    """Read, split, train three voices, measure, write; returns the card.

    out: stem of the weights; work: folder for the list of files left out and the course of training
    given: chorales other than the corpus; at_once: trainings side by side
    teachers: first train so many models of each voice, and then those that are kept, on what they agree about
    Raises FileNotFoundError without music21, ValueError for an unknown plan, RuntimeError when a training fails.
    blocks: a quarter of an hour on two cores.
    """
    plan.parts(CHAIN[0])
    chorales = given or load_chorales(report=report)
    sides = tell(chorales, work, report, recipe.split)
    epochs = work / ("epochs" if recipe.split == "tune" else f"epochs-{recipe.split}")
    found = train_voices(plan, recipe, device, epochs, teachers, at_once, report, given)
    return write(out, work, plan, recipe, found, chorales, sides, report, command)


def tell(chorales: Chorales, work: Path, report: Report, which: str = "tune") -> dict[str, list[Chorale]]:
    """The sides of a split; what was left out is listed in the work folder."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / "chorales_left_out.txt"
    path.write_text("".join(f"{name}: {reason}\n" for name, reason in chorales.refused), encoding="utf-8")
    report(f"{len(chorales.chorales)} chorales, {len(chorales.refused)} left out (each with its reason in {path})")
    sides = sided(chorales.chorales, which)
    for side, members in sides.items():
        report(f"{side}: {len(members)} chorales, {_steps(members)} steps")
    return sides


def write(
    out: Path, work: Path, plan: Plan, recipe: ChoraleRecipe, found: Mapping[int, Trained], chorales: Chorales,
    sides: Mapping[str, Sequence[Chorale]], report: Report, command: str,
    tables: Sequence[dict[str, Any]] = (),
) -> Card:  # fmt: skip
    """Write the weights and their card from three trained voices."""
    losses = {
        f"{NAMES[voice]}, {side}, {KNOWN_AHEAD[reach]}": round(found[voice].losses[side][at], 4)
        for voice in reversed(CHAIN) for side in SIDES[1:] for at, reach in enumerate(HORIZONS)
    }  # fmt: skip
    card: Card = {
        "name": f"Chorale weights, {plan.name}",
        "about": ABOUT if recipe.split == "tune" else FIELD_ABOUT,
        "unit": "step",
        "losses": losses,
        "published": PUBLISHED,
        "split": {side: {"tunes": len(sides[side]), "tokens": _steps(sides[side])} for side in SIDES},
        "tables": [exponents(plan, found), temperatures(found), *tables],
        "corpora": [{**CORPUS, "tunes": len(chorales.chorales)}],
        "left_out": _reasons(chorales),
        "recipe": asdict(recipe),
        "epochs": ", ".join(f"{NAMES[v]} {len(found[v].history)}" for v in reversed(CHAIN)),
        "command": command,
        "date": today()[:10],
    }
    arrays = {name: array for trained in found.values() for name, array in trained.arrays.items()}
    save(plan, arrays, out, card)
    course = {NAMES[voice]: trained.history for voice, trained in found.items()}
    (work / "chorale_course.json").write_text(json.dumps(course, indent=1) + "\n", encoding="utf-8")
    for name, value in losses.items():
        if name.endswith(KNOWN_AHEAD[0]):
            report(f"{name}: {value:.4f} nats a step")
    report(f"weights written to {out.with_suffix('.safetensors')}, their card beside them")
    return card


def exponents(plan: Plan, found: Mapping[int, Trained]) -> dict[str, Any]:
    """The learned exponents of every head, as a table: before the gates, and their least and most with them."""
    rows = []
    for voice in reversed(CHAIN):
        arrays, stem = found[voice].arrays, NAMES[voice]
        place = arrays[f"{stem}.gate_place"][:24]
        for index, head in enumerate(plan.heads(voice)):
            own = float(arrays[f"{stem}.exponents"][index])
            bent = own * np.exp(place[:, None, index] + arrays[f"{stem}.gate_heard"][None, :, index])
            middle = np.median(bent.reshape(-1, 2), 0)
            rows.append([stem, head.name, f"{own:.2f}", f"{middle[0]:.2f}", f"{middle[1]:.2f}"])
    heads = ["voice", "head", "exponent", "gated, rest and hold", "gated, pitches"]
    return {"title": "Learned exponents (gated: median over places and articulations)", "heads": heads, "rows": rows}


def temperatures(found: Mapping[int, Trained]) -> dict[str, Any]:
    """What calibration took into the gates."""
    rows = [[NAMES[v], *(f"{t:.2f}" for t in found[v].temperatures)] for v in reversed(CHAIN)]
    return {"title": "Temperatures fitted on the valid side, taken into the gates", "heads":
            ["voice", "of rest and hold", "of pitches"], "rows": rows}  # fmt: skip


def _reasons(chorales: Chorales) -> dict[str, int]:
    """Reasons and their counts; the names of copied pieces are pooled."""
    pooled = Counter(re.sub(r"^a copy of .*", "a copy of another", reason) for _, reason in chorales.refused)
    return dict(pooled.most_common())


def _steps(chorales: Sequence[Chorale]) -> int:
    return sum(chorale.steps for chorale in chorales)
