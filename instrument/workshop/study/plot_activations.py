"""`run.py plot activations`: pictures of folk-rnn inside, as Sturm drew them, for any tune, and their figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from instrument.music.tokens.tokens import BARS
from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.workshop.study import gramians as gr
from instrument.workshop.study.gates import KINDS, Activations, replay
from instrument.workshop.study.pictures import Panel, animate, by_distance, by_magnitude, draw, save

TITLES = {
    "hidden": "hidden state", "out": "out gate", "in": "in gate", "forget": "forget gate",
    "tanh_cell": "tanh of the cell", "cell": "cell",
}  # fmt: skip
#: products between two activations of a layer: rows, columns
PRODUCTS = (
    ("out", "in"), ("forget", "in"), ("forget", "out"), ("hidden", "in"), ("hidden", "out"), ("hidden", "forget"),
)  # fmt: skip
Say = Callable[[str], None]


def plot_activations(
    model: FolkRNN, vocabulary: Vocabulary, texts: Sequence[str], out: Path, say: Say
) -> dict[str, float]:
    """Write all pictures of a tune into `out` and say where; returns the figures.

    texts: its tokens, `M:` and `K:` first, without `<s>`; `</s>` if it ended. Raises OSError, KeyError.
    """
    numbers = [vocabulary.start, *vocabulary.encode(texts)]
    found = replay(model, numbers)
    labels = list(texts)
    bars = bar_steps(labels)

    def panel(title: str, shades: np.ndarray) -> Panel:
        return Panel(title, shades, labels, bars)

    tokens = gr.gramian(gr.one_hot(found.numbers, len(vocabulary)))
    apart = gr.distances(found.probabilities)
    inputs = panel("tokens: X'X", by_magnitude(tokens))
    pictures = {"tokens": [inputs], "softmax": [panel("L1 distances of the distributions", by_distance(apart))]}
    grams = {kind: [gr.magnitudes(layer) for layer in found.of(kind)] for kind in KINDS}
    for kind in KINDS:
        pictures[kind] = [
            panel(f"{TITLES[kind]}, layer {k}", by_magnitude(gram)) for k, gram in enumerate(grams[kind], 1)
        ]
    for rows, columns in PRODUCTS:
        both = zip(found.of(rows), found.of(columns), strict=True)
        pictures[f"{rows}_x_{columns}"] = [
            panel(f"{TITLES[rows]} (up) x {TITLES[columns]}, layer {k}", by_magnitude(gr.magnitudes(a, b)))
            for k, (a, b) in enumerate(both, 1)
        ]
    for name, panels in pictures.items():
        save(draw(panels), out / f"{name}.png")
        say(str(out / f"{name}.png"))
    layers = [draw([inputs, *(pictures[kind][k] for kind in KINDS)], 4) for k in range(model.layers)]
    animate(layers, out / "layers.gif")
    say(str(out / "layers.gif"))
    return figures(found, tokens, apart, grams, bars)


def figures(
    found: Activations, tokens: gr.Matrix, apart: gr.Matrix, grams: dict[str, list[gr.Matrix]], bars: Sequence[int]
) -> dict[str, float]:
    """What the pictures say, as numbers.

    pairs, far: the two counts of part 9. KIND_like_tokens_N: correlation of a Gramian of layer N with that of the
    tokens read (one step before); KIND_early_N, KIND_late_N: its mean among the first and the last third of the steps;
    KIND_in_bar_N: its mean between steps equally far behind their bar lines, less its mean; bar_lines_apart: mean L1
    distance among the distributions from which bar lines were drawn, bar_lines_others: from those to all others. Pure.
    """
    told: dict[str, float] = dict(zip(("pairs", "far"), map(float, gr.pairs(apart)), strict=True))
    told["bar_lines_apart"], told["bar_lines_others"] = gr.among(apart, bars)
    places = bar_places(len(tokens), bars)
    alike = (places[:, None] == places[None, :]) & ~np.eye(len(places), dtype=bool)
    for kind, layers in grams.items():
        for k, gram in enumerate(layers, 1):
            told[f"{kind}_like_tokens_{k}"] = gr.likeness(tokens[:-1, :-1], gram[1:, 1:])
            told[f"{kind}_early_{k}"], told[f"{kind}_late_{k}"] = gr.gathering(gram)
            told[f"{kind}_in_bar_{k}"] = float(gram[alike].mean() - gram.mean()) if alike.any() else 0.0
    for rows, columns in PRODUCTS:
        for k, (a, b) in enumerate(zip(found.of(rows), found.of(columns), strict=True), 1):
            told[f"{rows}_x_{columns}_spread_{k}"] = float(gr.magnitudes(a, b).std())
    return told


def bar_steps(texts: Sequence[str]) -> list[int]:
    """The steps at which a bar sign was drawn. Pure."""
    return [step for step, text in enumerate(texts) if text in BARS]


def bar_places(steps: int, bars: Sequence[int]) -> np.ndarray:
    """[steps]: how many steps behind its bar line each step is. Pure."""
    places = np.zeros(steps, int)
    for step in range(1, steps):
        places[step] = 0 if step - 1 in set(bars) else places[step - 1] + 1
    return places
