"""`run.py evaluate chorale`: what was learned, and how the voices are written live, beside Bach's.

The rivals' figures (each expert alone, one LSTM of the same size) are those of one training run, kept beside the
weights with their command; everything else is measured here and now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.tokens import CHAIN, NAMES
from instrument.networks.chorale.weights import SHIPPED, load
from instrument.thinking.voices.choir import VoiceTaste
from instrument.workshop.chorale.corpus import Chorales, load_chorales
from instrument.workshop.chorale.split import sided
from instrument.workshop.chorale.trainer import Report
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines
from instrument.workshop.evaluate.chorale_baselines import FIGURES
from instrument.workshop.evaluate.chorale_live import rates, written
from instrument.workshop.evaluate.chorale_losses import causality, exponents, likelihood, without

SEED_SAYS = {"the product": 776, "the best expert alone": 3405}


def evaluate_chorale(
    weights: Path | None, report: Report, given: Chorales | None = None, rivals: Path = FIGURES,
    taste: VoiceTaste | None = None, machines: Machines = Machines(), kept: KeptResults | None = None,  # noqa: B008
) -> dict[str, object]:  # fmt: skip
    """Figures for `--json`. blocks: some minutes. Raises FileNotFoundError without music21, WeightsError.

    machines: where voices are written under sopranos, which is what takes long; kept: what was written before.
    """
    loaded = load(weights or SHIPPED)
    sides = sided((given or load_chorales(report=report)).chorales)
    held = [*sides["valid"], *sides["test"]]
    figures: dict[str, object] = {f"chorale.{side}_pieces": len(sides[side]) for side in ("test", "valid")}
    figures.update(likelihood(loaded, sides))
    figures.update(exponents(loaded))
    figures.update(without(loaded, sides["test"]))
    figures.update(causality(loaded, sides["test"]))
    stored = _stored(rivals)
    if stored:
        figures.update(compared(stored["rivals"]))
    for line in lines(figures, stored):
        report(line)
    ours, bachs = written(weights, held, taste or VoiceTaste(), machines=machines, kept=kept)
    report(f"{'live, under ' + str(len(held)) + ' held-out sopranos':46} {'ours':>8} {'Bach':>8}")
    for (name, value), (_, real) in zip(rates(ours), rates(bachs), strict=True):
        figures[f"chorale.{name}"], figures[f"chorale.{name}_bach"] = value, real
        report(f"{name.replace('_', ' '):46} {value:8.2f} {real:8.2f}")
    return figures


def _stored(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def compared(rivals: Mapping[str, Any], side: str = "test") -> dict[str, float]:
    """The rivals' figures by name, and by how much the product of their own run is below them, in per cent.

    `chorale.nats.EXPERT` and `chorale.nats_single_same_size` are the alto's; the other voices' carry their name.
    """
    found: dict[str, float] = {}
    for voice in (NAMES[v] for v in reversed(CHAIN)):
        of = {name: r["nats"][voice][side][0] for name, r in rivals.items() if voice in r["nats"]}
        stem = "chorale.nats" if voice == "alto" else f"chorale.nats_{voice}"
        alone = {expert: of[expert] for expert in EXPERTS if expert in of}
        found |= {f"{stem}.{expert}": value for expert, value in alone.items()}
        for name in ("product", "separate", "seed"):
            if name in of:
                found[f"{stem}_{name}_same_run"] = of[name]
        singles = [of[name] for name in ("single", "single-metre") if name in of]
        if singles and alone and "product" in of:
            found[f"{stem}_single_same_size"] = min(singles)
            found[f"{stem}_below_single_percent"] = 100 * (1 - of["product"] / min(singles))
            found[f"{stem}_below_best_expert_percent"] = 100 * (1 - of["product"] / min(alone.values()))
    return found


def lines(figures: Mapping[str, object], stored: Mapping[str, Any] | None) -> Iterator[str]:
    """The table as the seed has it, and what stands beside it."""
    yield f"{'nats a step, held out (test side)':46} {'alto':>8} {'tenor':>8} {'bass':>8}"
    if stored:
        for name, rival in stored["rivals"].items():
            row = [rival["nats"].get(voice, {}).get("test", [float("nan")])[0] for voice in ("alto", "tenor", "bass")]
            yield f"{_called(name, rival):46} " + " ".join(f"{value:8.3f}" for value in row)
        yield f"  (one run: {stored['command']}, {stored['date']}{stored.get('note', '')})"
    for label, end in (("the weights that play", ""), ("  one bar of melody known", "_bar_known"),
                       ("  valid side", "_valid"), ("  valid side, one bar known", "_bar_known_valid")):  # fmt: skip
        row = [float(str(figures[f"chorale.nats_{voice}{end}"])) for voice in ("alto", "tenor", "bass")]
        yield f"{label:46} " + " ".join(f"{value:8.3f}" for value in row)
    for expert in EXPERTS:
        row = [float(str(figures[f"chorale.without.{voice}.{expert}"])) for voice in ("alto", "tenor", "bass")]
        yield f"{'  without ' + expert:46} " + " ".join(f"{value:+8.3f}" for value in row)
    yield "learned exponents (gated, pitches): " + ", ".join(
        f"{name.removeprefix('chorale.exponent_gated.').replace('.', ' ', 1)} {value:.2f}"
        for name, value in figures.items() if name.startswith("chorale.exponent_gated.")
    )  # fmt: skip
    yield (
        f"causality: {figures['chorale.causal_changes']} changes of what has not sounded, "
        f"{figures['chorale.leaked_bits']} bits moved before them, {figures['chorale.moved_bits']} after"
    )
    told = ", ".join(f"{what} {value}" for what, value in SEED_SAYS.items())
    yield f"Goree's own table ({told}) leaked: an expert was given the interval that it was to predict"


def _called(name: str, rival: Mapping[str, Any]) -> str:
    names = {
        "product": "product, one trunk", "separate": "product, a network each", "seed": "product of the seed's four",
        "single": "one LSTM, all inputs", "single-metre": "one LSTM, pitches and place",
    }  # fmt: skip
    return f"{names.get(name, name + ' alone')} ({rival['parameters'] / 3e6:.2f} M a voice)"
