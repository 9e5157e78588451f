"""`run.py study inside`: the figures behind the pictures of `plot activations`, over many tunes of the model's own.

One tune may look like anything; what holds of forty is said in `docs/inside.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, stdev

from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.tune.loader import load_memory
from instrument.workshop.evaluate.generate import generate
from instrument.workshop.study import gramians as gr
from instrument.workshop.study.gates import KINDS, replay
from instrument.workshop.study.plot_activations import bar_steps, figures

FEWEST = 60  #: tokens of a tune that is looked at


def study_inside(tunes: int, weights: Path | None, say: Callable[[str], None]) -> dict[str, float]:
    """Mean of each figure over tunes of at least FEWEST tokens (NAME), and its deviation (NAME_sd)."""
    memory = load_memory(ModelChoice(weights, "cpu"))
    found = [look(memory, text) for text in generate(memory, tunes, True) if len(text) >= FEWEST]
    if not found:
        raise ValueError(f"none of {tunes} tunes has {FEWEST} tokens; ask for more")
    say(f"{len(found)} tunes of at least {FEWEST} tokens")
    told: dict[str, float] = {"inside.tunes": float(len(found))}
    for name in found[0]:
        values = [figure[name] for figure in found]
        told[f"inside.{name}"] = mean(values)
        told[f"inside.{name}_sd"] = stdev(values) if len(values) > 1 else 0.0
    return told


def look(memory: ModelMemory, texts: Sequence[str]) -> dict[str, float]:
    """The figures of one tune; far as a share of the pairs, and for each kind the layer most like the tokens."""
    vocabulary = memory.vocabulary
    found = replay(memory.model, [vocabulary.start, *vocabulary.encode(texts)])
    tokens = gr.gramian(gr.one_hot(found.numbers, len(vocabulary)))
    apart = gr.distances(found.probabilities)
    grams = {kind: [gr.magnitudes(layer) for layer in found.of(kind)] for kind in KINDS}
    told = figures(found, tokens, apart, grams, bar_steps(texts))
    told["far_share"] = told["far"] / max(1.0, told["pairs"])
    for kind in KINDS:
        likeness = [told[f"{kind}_like_tokens_{k + 1}"] for k in range(len(grams[kind]))]
        for layer in range(len(likeness)):
            told[f"{kind}_most_like_{layer + 1}"] = float(likeness[layer] == max(likeness))
    return told
