"""`run.py plot experts`: what each expert says of one voice of a chorale, and what their product says.

Time across, pitch up, probability as colour: at each step the chance that the voice begins a note there, Bach's own
notes marked. A panel for each expert (spacing's heads multiplied together, as they are in the product) and one for the
product. The models are told what they are told live. Needs matplotlib: pip install -e .[plot]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.experts import live_exponents
from instrument.networks.chorale.history import Real
from instrument.networks.chorale.tokens import HOLD, LOWEST, NAMES, ONSET, SOPRANO
from instrument.networks.chorale.weights import SHIPPED, ExpertWeights, load
from instrument.workshop.chorale.corpus import Chorale, Chorales, load_chorales
from instrument.workshop.chorale.encode import Setting, encode, tokens
from instrument.workshop.chorale.jobs import filled
from instrument.workshop.chorale.split import listed
from instrument.workshop.chorale.trainer import Report

SHOWN = "bwv227.1.mxl"  #: where no chorale is named
BARS = 8  #: at most
INK, MARK, PAPER = "#1c1c28", "#e4572e", "#fdfcf8"
SHADES = ("#fdfcf8", "#d5e6e4", "#8fc1c4", "#3f8ba3", "#1f5480", "#10254a")  #: from no chance to certainty
_LETTERS = ("C", "", "D", "", "E", "F", "", "G", "", "A", "", "B")


@dataclass(frozen=True, slots=True)
class Panels:
    """Panels of the experts' plot.

    spoken: by expert, and "product": [steps, 56] chances that a pitch begins; notes: (step, length, pitch 0..55).
    """

    spoken: dict[str, Real]
    notes: tuple[tuple[int, int, int], ...]


def panels(weights: ExpertWeights, chorale: Chorale, voice: int) -> Panels:
    """What a chorale's picture shows. Pure."""
    model = filled(voice, weights.plan, weights.arrays)
    batch = encode([(chorale, Setting())], voice)
    with torch.inference_mode():
        said, _ = model.experts(batch.views)
        found = {"product": model.multiply(said, batch.views.gates)}
        for expert in EXPERTS:
            alone = {other: float(other == expert) for other in EXPERTS}
            found[expert] = model.multiply(said, batch.views.gates, live_exponents(model, alone))
    chances = {name: logs[:, 0, ONSET:].exp().numpy() for name, logs in found.items()}
    return Panels(chances, _notes(tokens(chorale, Setting())[:, voice]))


def _notes(row: NDArray[np.int16]) -> tuple[tuple[int, int, int], ...]:
    found = []
    for step, token in enumerate(row.tolist()):
        if token >= ONSET:
            length = next((i for i, t in enumerate(row[step + 1 :].tolist(), 1) if t != HOLD), len(row) - step)
            found.append((step, length, token - ONSET))
    return tuple(found)


def plot_experts(
    out: Path, voice: int, name: str, report: Report, weights: Path | None = None, given: Chorales | None = None,
    bars: int = BARS,
) -> None:  # fmt: skip
    """Draw into `out` (PNG, SVG or PDF). Raises ValueError for an unknown chorale or no matplotlib, WeightsError."""
    try:
        import matplotlib
    except ImportError:
        raise ValueError("matplotlib is not installed; pip install -e .[plot]") from None
    matplotlib.use("Agg")
    chorale = _named((given or load_chorales(report=report)).chorales, name)
    shown = panels(load(weights or SHIPPED), chorale, voice)
    figure = draw(shown, chorale, voice, min(chorale.steps, bars * chorale.bars[0]))
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=110, facecolor=PAPER)
    side = listed().get(chorale.name, "on no side")
    report(f"{out}: the {NAMES[voice]} of {chorale.name} ({side} side), {len(shown.notes)} notes")


def _named(chorales: tuple[Chorale, ...], name: str) -> Chorale:
    for chorale in chorales:
        if name in (chorale.name, chorale.name.rsplit(".", 1)[0]):
            return chorale
    raise ValueError(f'no chorale named "{name}"; there is {chorales[0].name}, and {len(chorales) - 1} more')


def draw(shown: Panels, chorale: Chorale, voice: int, steps: int) -> Any:
    """The figure: the product above, across the page, the experts below it in twos."""
    from matplotlib.figure import Figure

    notes = [note for note in shown.notes if note[0] < steps]
    pitches = [pitch for _, _, pitch in notes]
    low, high = min(pitches) - 5, max(pitches) + 5
    rows = (len(EXPERTS) + 1) // 2
    figure = Figure(figsize=(13, 3.85 + 2.55 * rows), layout="constrained")
    grid = figure.add_gridspec(1 + rows, 2, height_ratios=[1.5, *[1] * rows])
    places = [("product", grid[0, :]), *((e, grid[1 + i // 2, i % 2]) for i, e in enumerate(EXPERTS))]
    image: Any = None
    for name, place in places:
        axes = figure.add_subplot(place)
        image = _panel(axes, shown.spoken[name], name, notes, (low, high), chorale, steps)
        whole = f"product of the experts: the {NAMES[voice]} of {_title(chorale)}"
        title = whole if name == "product" else f"{name}: {EXPERTS[name].help}"
        axes.set_title(title, loc="left", fontsize=13 if name == "product" else 10.5, color=INK)
    bar = figure.colorbar(image, ax=figure.axes, shrink=0.4, aspect=40, pad=0.01, ticks=[0, 0.01, 0.1, 0.3, 0.6, 1])
    bar.set_label("chance that the note begins here (chord, key: in any octave; beat: any note)", color=INK, fontsize=9)
    return figure


def _panel(
    axes: Any, chances: Real, name: str, notes: list[tuple[int, int, int]], span: tuple[int, int], chorale: Chorale,
    steps: int,
) -> Any:  # fmt: skip
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    low, high = span
    seen = chances[:steps, low : high + 1].T
    frame = EXPERTS[name].frame if name in EXPERTS else ""
    if frame == "onset":  # it does not tell pitches apart
        seen = np.broadcast_to(chances[:steps].sum(1), seen.shape)
    if frame == "classes":  # nor these octaves
        classes = np.arange(chances.shape[1]) % 12
        whole = np.stack([chances[:steps, classes == c].sum(1) for c in range(12)])
        seen = whole[classes[low : high + 1]]
    image = axes.imshow(
        seen, origin="lower", aspect="auto", interpolation="nearest", norm=PowerNorm(0.4, 0, 1),
        cmap=LinearSegmentedColormap.from_list("experts", SHADES), extent=(0, steps, low - 0.5, high + 0.5),
    )  # fmt: skip
    for start, length, pitch in notes:
        axes.hlines(pitch, start + 0.15, min(start + length, steps) - 0.15, MARK, linewidth=1.2, alpha=0.9)
        axes.plot(start + 0.5, pitch, "o", color=MARK, markersize=3.2)
    for step in range(1, steps):
        if chorale.places[step] == 0:
            axes.axvline(step, color=INK, linewidth=0.8, alpha=0.5)
    named = [p for p in range(low, high + 1) if _LETTERS[(p + LOWEST) % 12]]
    axes.set_yticks(named, [_LETTERS[(p + LOWEST) % 12] + _octave(p) for p in named], fontsize=7)
    bars = [step for step in range(steps) if chorale.places[step] == 0]
    axes.set_xticks(bars, [f"bar {i}" for i in range(1, len(bars) + 1)], fontsize=8)
    axes.tick_params(length=0, colors=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image


def _octave(pitch: int) -> str:
    return str((pitch + LOWEST) // 12 - 1) if (pitch + LOWEST) % 12 == 0 else ""


def _title(chorale: Chorale) -> str:
    return "BWV " + chorale.name.rsplit(".", 1)[0].removeprefix("bwv")


assert SOPRANO == 0 and LOWEST == 33
