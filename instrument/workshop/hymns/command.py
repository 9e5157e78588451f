"""`run.py train hymns` and `run.py evaluate hymns`: from a folder of hymns to a second set of weights, with a card."""

from __future__ import annotations

import re
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.styles import BEGAN, Styles, beside, load_styles
from instrument.networks.chorale.tokens import CHAIN, HORIZONS, NAMES
from instrument.networks.chorale.weights import SHIPPED, ExpertWeights, load, save
from instrument.networks.weight_files import Card, WeightsError, mark_of_file, stem_of
from instrument.playing.time.clock import today
from instrument.workshop.chorale.corpus import Chorales, load_chorales
from instrument.workshop.chorale.jobs import Trained
from instrument.workshop.chorale.split import SIDES
from instrument.workshop.chorale.split import sided as bach_sided
from instrument.workshop.chorale.train import CORPUS, KNOWN_AHEAD, exponents, temperatures
from instrument.workshop.chorale.trainer import ChoraleRecipe, Report
from instrument.workshop.hymns.corpus import as_written, load_hymns
from instrument.workshop.hymns.measure import STYLES, losses, table, writing_figures
from instrument.workshop.hymns.split import sided
from instrument.workshop.hymns.train import GENTLE, Sides, of_voice, tune_all, voices_of

ABOUT = (
    "Trained on from the weights of Bach's chorales beside these, so that harmony.style can mix the two sets. Held-out "
    "losses are of these very weights, on hymns whose tunes, and any chorale of Bach's on the same tune, were kept out "
    "of training. Valid chose the epoch, test was not looked at. How every mixture does stands in the table."
)
HYMNAL: dict[str, Any] = {
    "name": "The Open Hymnal",
    "origin": "Hymns in four voices in ABC, not set by Bach, nor by anyone who died after 1955; openhymnal.org, "
    "editions 2005 to 2014.",
    "transcribers": "Brian J. Dumont and others, as the files say.",
    "terms": "Each file says that it is in the public domain (openhymnal.org/copying.html: in the USA, nobody may "
    "restrict the use of these parts). The files are not shipped: the command is told where they are.",
}


def both_sides(folder: Path, bach: Chorales | None, report: Report) -> tuple[Chorales, Sides]:
    """The hymns of a folder, and hymns and chorales by side. Raises ValueError, one line, where a side is empty."""
    hymns = load_hymns(folder)
    sides = Sides(sided(hymns.chorales), bach_sided((bach or load_chorales(report=report)).chorales))
    if empty := [side for side in SIDES if not sides.hymns[side]]:
        raise ValueError(
            f"{folder}: of the hymns that the split names, the {empty[0]} side has none there; give the whole Open "
            f"Hymnal ({len(hymns.chorales)} hymns read, {len(hymns.refused)} files left out)"
        )
    for side in SIDES:
        report(f"{side}: {len(sides.hymns[side])} hymns, {as_written(sides.hymns[side])} steps")
    return hymns, sides


def train_hymns(
    folder: Path, out: Path | None, work: Path, report: Report, recipe: ChoraleRecipe = GENTLE, bach: float = 1.0,
    device: str = "cpu", at_once: int = 3, given: Chorales | None = None, weights: Path | None = None,
) -> Card:  # fmt: skip
    """Read, split, tune three voices, measure, write; returns the card.

    out: stem, None for beside the weights that they begin from; weights: those, None for the shipped ones; given:
    chorales of Bach's other than music21's. Raises ValueError for a folder without hymns, WeightsError,
    FileNotFoundError without music21. blocks: minutes.
    """
    hymns, sides = both_sides(folder, given, report)
    work.mkdir(parents=True, exist_ok=True)
    path = work / "hymns_left_out.txt"
    path.write_text("".join(f"{name}: {reason}\n" for name, reason in hymns.refused), encoding="utf-8")
    report(f"{len(hymns.chorales)} hymns, {len(hymns.refused)} files left out (each with its reason in {path})")
    begin = load(weights or SHIPPED)
    voices = voices_of(begin.plan, begin.arrays, recipe, bach, device)
    found = dict(zip(reversed(CHAIN), tune_all(voices, sides, at_once), strict=True))
    command = "python run.py " + shlex.join(sys.argv[1:])
    return write(out, weights, begin, found, hymns, sides, _told(recipe, bach), command, report)


def write(
    out: Path | None, weights: Path | None, begin: ExpertWeights, found: dict[int, Trained], hymns: Chorales,
    sides: Sides, recipe: dict[str, Any], command: str, report: Report, at: Sequence[float] = STYLES,
) -> Card:  # fmt: skip
    """Measure every mixture; write the weights and their card."""
    arrays: dict[str, Any] = {name: array for trained in found.values() for name, array in trained.arrays.items()}
    styles = Styles.of(begin, replace(begin, arrays=arrays))
    figures = losses(styles, sides, "test", at)
    for line in table(figures, "test", at):
        report(line)
    first = stem_of(weights or SHIPPED, SHIPPED.name).with_suffix(".safetensors")
    card: Card = {
        "name": "Chorale weights, hymns' style",
        "about": ABOUT,
        BEGAN: mark_of_file(first),
        "unit": "step",
        "losses": {
            f"{NAMES[voice]}, {side}, {KNOWN_AHEAD[reach]}": round(found[voice].losses[side][index], 4)
            for voice in reversed(CHAIN) for side in SIDES[1:] for index, reach in enumerate(HORIZONS)
        },
        "split": {s: {"tunes": len(sides.hymns[s]), "tokens": as_written(sides.hymns[s])} for s in SIDES},
        "tables": [mixtures(figures, at), *own_tables(begin.plan, found)],
        "corpora": [
            {**HYMNAL, "tunes": sum(len(sides.hymns[side]) for side in SIDES)},
            {**CORPUS, "tunes": sum(len(sides.bach[side]) for side in SIDES)},
        ],
        "left_out": dict(Counter(re.sub(r"^a copy of .*", "a copy of another", why)
                                 for _, why in hymns.refused).most_common()),
        "recipe": recipe,
        "epochs": ", ".join(f"{NAMES[v]} {len(found[v].history)}" for v in reversed(CHAIN)),
        "command": command,
        "date": today()[:10],
    }  # fmt: skip
    stem = out or beside(weights)
    save(begin.plan, arrays, stem, card)
    report(f"weights written to {stem.with_suffix('.safetensors')}, their card beside them")
    return card


def own_tables(plan: Plan, found: dict[int, Trained]) -> list[dict[str, Any]]:
    """Exponents and temperatures, as of the first set; none of weights that were brought from elsewhere."""
    return [exponents(plan, found), temperatures(found)]


def mixtures(figures: dict[str, float], at: Sequence[float]) -> dict[str, Any]:
    """The losses of every mixture as a table of the card."""
    heads = ["held-out test side, live", *(f"style {style:g}" for style in at)]
    rows = [
        [f"{kind}, {voice}", *(f"{figures[f'hymns.nats.{kind}.test.{voice}.{style:g}']:.4f}" for style in at)]
        for kind in ("hymns", "bach") for voice in (*(NAMES[v] for v in reversed(CHAIN)), "all")
    ]  # fmt: skip
    return {"title": "Mixtures of Bach's weights (style 0) and these (style 1), nats a step", "heads": heads,
            "rows": rows}  # fmt: skip


def evaluate_hymns(
    folder: Path, weights: Path | None, report: Report, given: Chorales | None = None, at: Sequence[float] = STYLES
) -> dict[str, object]:
    """Figures for `--json`: losses of every mixture on held-out hymns and chorales, and how the voices are written
    under both. weights: Bach's, None for the shipped ones; the hymns' lie beside. Raises as `train_hymns`, and
    WeightsError where there is no second set. blocks: many minutes."""
    styles = load_styles(weights)
    if styles is None:
        raise WeightsError(f"{beside(weights)}.safetensors is not there; run: lilt train hymns FOLDER")
    _, sides = both_sides(folder, given, report)
    figures: dict[str, object] = {}
    found = losses(styles, sides, "test", at)
    for line in table(found, "test", at):
        report(line)
    figures |= found
    for kind, pieces in (("hymns", sides.hymns["test"]), ("bach", sides.bach["test"])):
        figures |= writing_figures(styles, pieces, kind, report, (at[0], at[-1]))
    return figures


def recipe_of(epochs: int | None) -> ChoraleRecipe:
    """The recipe, with other epochs if asked."""
    return replace(GENTLE, epochs=epochs) if epochs else GENTLE


def _told(recipe: ChoraleRecipe, bach: float) -> dict[str, Any]:
    """The recipe for the card: what all voices have, and where one has it otherwise."""
    own = {NAMES[v]: asdict(of_voice(recipe, v)) for v in CHAIN}
    every = asdict(recipe)
    other = {f"{k}, {v}": of[k] for v, of in own.items() for k in every if of[k] != every[k]}
    return {**every, **other, "Bach's chorales to each hymn": bach}
