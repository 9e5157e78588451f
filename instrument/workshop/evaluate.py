"""`run.py evaluate folk`: what the folk model knows and what it makes, in numbers.

Tunes are generated many at a time: one batched step of the model, one row of the guard's table for each.
The random numbers are those of live playing, so tune k here is the tune of seed k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from instrument.music.form import order
from instrument.music.meter import Meter
from instrument.music.tune import miscounted, read_tune
from instrument.networks.sampling import distribution, draw
from instrument.thinking.chance import uniforms
from instrument.thinking.choice import ModelChoice
from instrument.thinking.guard import Guard
from instrument.thinking.law import ending
from instrument.thinking.memory import Memory
from instrument.thinking.mind import load_memory
from instrument.thinking.sketch import MOST_MEASURES, MOST_TOKENS
from instrument.workshop.corpora import default_files, gather
from instrument.workshop.train import sided
from instrument.workshop.train_folk import loss

#: meter and mode of the tunes generated, in the proportions of dance music
HEADERS = (
    ("4/4", "maj"), ("4/4", "dor"), ("6/8", "maj"), ("6/8", "min"), ("3/4", "maj"), ("2/4", "maj"), ("9/8", "mix"),
)  # fmt: skip
BATCH = 50


def evaluate_folk(tunes: int, weights: Path | None, say: Callable[[str], None]) -> dict[str, object]:
    """Figures for `--json`: held-out loss, the share of tunes with a miscounted bar, guard on and off, their size."""
    memory = load_memory(ModelChoice(weights, "cpu"))
    figures: dict[str, object] = {"folk.tunes": tunes, **_held_out(memory, say)}
    for guarded, name in ((True, "guard_on"), (False, "guard_off")):
        texts = list(generate(memory, tunes, guarded))
        bad, broken_bars, bars = 0, 0, 0
        for text in texts:
            tune = read_tune(text, strict=False)
            wrong = miscounted(tune, order(tune.measures))
            bad += bool(wrong)
            broken_bars += len(wrong)
            bars += len(tune.measures)
        figures[f"folk.miscounted_{name}"] = bad / tunes
        figures[f"folk.miscounted_bars_{name}"] = broken_bars / max(1, bars)
        figures[f"folk.mean_bars_{name}"] = bars / tunes
        figures[f"folk.mean_tokens_{name}"] = sum(map(len, texts)) / tunes
        say(f"{name}: {bad} of {tunes} tunes with a miscounted bar, {broken_bars} of {bars} bars")
    return figures


def _held_out(memory: Memory, say: Callable[[str], None]) -> dict[str, float]:
    """Nats a token on the families kept out of training; nothing where the training books are not installed."""
    try:
        corpus = gather(default_files(), memory.vocabulary.texts)
    except FileNotFoundError as missing:
        say(f"held-out loss not measured: {missing}")
        return {}
    parts = sided(corpus, memory.vocabulary, say)
    return {
        "folk.nats_per_token": loss(memory.model, parts["test"]),
        "folk.nats_per_token_valid": loss(memory.model, parts["valid"]),
    }


def generate(memory: Memory, tunes: int, guarded: bool, temperature: float = 1.0) -> Iterator[list[str]]:
    """Tunes of seeds 1..`tunes`, as tokens with `M:` and `K:`; headers take turns."""
    for first in range(1, tunes + 1, BATCH):
        seeds = range(first, min(first + BATCH, tunes + 1))
        yield from _batch(memory, seeds, guarded, temperature)


def _batch(memory: Memory, seeds: Sequence[int], guarded: bool, temperature: float) -> list[list[str]]:
    vocabulary, stepper = memory.vocabulary, memory.stepper
    headers = [HEADERS[seed % len(HEADERS)] for seed in seeds]
    guards = {meter: Guard(vocabulary, Meter.parse(meter)) for meter, _ in HEADERS}
    written = [[f"M:{meter}", f"K:C{mode}"] for meter, mode in headers]
    state = stepper.start(len(seeds))
    logits = np.zeros((len(seeds), len(vocabulary)), np.float32)
    for column in zip(*([vocabulary.start, *vocabulary.encode(h)] for h in written), strict=True):
        out, state = stepper.step(torch.tensor(column), state)
        logits = out.numpy()
    here = [guards[meter].start for meter, _ in headers]
    chances = [uniforms(seed, 0, 0) for seed in seeds]
    alive = list(range(len(seeds)))  # row -> which tune
    bars = [0] * len(seeds)
    for _ in range(MOST_TOKENS):
        tokens, kept = [], []
        for row, index in enumerate(alive):
            guard = guards[headers[index][0]]
            allowed = guard.allowed(here[index]) if guarded else None
            if bars[index] >= MOST_MEASURES:
                if allowed is None:
                    continue
                allowed = ending(allowed, vocabulary)
            token = draw(distribution(logits[row], temperature, allowed), next(chances[index]))
            if token == vocabulary.stop:
                continue
            written[index].append(vocabulary.texts[token])
            bars[index] += bool(memory.tree.ends[token])
            if guarded:
                here[index] = guard.follow(here[index], token)
            tokens.append(token)
            kept.append(row)
        alive = [alive[row] for row in kept]
        if not alive:
            break
        out, state = stepper.step(torch.tensor(tokens), state[kept])
        logits = out.numpy()
    return written
