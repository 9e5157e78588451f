"""`run.py study again`: how far a memory of the tune's own tokens is to be trusted, and what it is worth.

One weight for each length of run, by expectation maximisation on the valid side; told beside it are the losses of both
held-out sides with the network alone, with the weights fitted here, and with those that the instrument plays by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from instrument.networks.folkrnn import FolkRNN
from instrument.thinking.again import TRUST, followers
from instrument.thinking.choice import ModelChoice
from instrument.thinking.mind import load_memory
from instrument.workshop.corpora import default_files, gather
from instrument.workshop.folk_tokens import numbered

Row = tuple[float, int, float]  #: probability by the network; length of the run; share of the run's followers
BATCH, ROUNDS = 32, 60


def study_again(weights: Path | None, say: Callable[[str], None]) -> dict[str, float]:
    """The figures. Raises FileNotFoundError where the training books are not installed."""
    memory = load_memory(ModelChoice(weights, "cpu"))
    books = numbered(gather(default_files(), memory.vocabulary.texts), memory.vocabulary, grouped=False)
    sides = {side: rows(memory.model, books.side(side)) for side in ("valid", "test")}
    trust = fit(sides["valid"])
    say("fitted, by length of the run: " + ", ".join(f"{weight:.3f}" for weight in trust))
    told = {f"again.trust_{length}": weight for length, weight in enumerate(trust)}
    for side, found in sides.items():
        for name, own in (("alone", [0.0] * len(TRUST)), ("fitted", trust), ("played", list(TRUST))):
            told[f"again.{side}_{name}"] = loss(found, own)
    return told


@torch.inference_mode()
def rows(model: FolkRNN, tunes: Sequence[Sequence[int]]) -> list[Row]:
    """One row for every token but `<s>`. tunes: numbers with `<s>` and `</s>`."""
    found: list[Row] = []
    ordered = sorted(tunes, key=len)
    for first in range(0, len(ordered), BATCH):
        group = ordered[first : first + BATCH]
        table = torch.zeros(max(map(len, group)), len(group), dtype=torch.long)
        for beam, tune in enumerate(group):
            table[: len(tune), beam] = torch.tensor(tune)
        chances = model.sequence(table[:-1])[0].softmax(-1)  # [steps, beams, vocab]
        for beam, tune in enumerate(group):
            for place in range(1, len(tune)):
                length, after = followers(tune[1:place])
                share = after.count(tune[place]) / len(after) if after else 0.0
                found.append((float(chances[place - 1, beam, tune[place]]), length, share))
    return found


def fit(found: Sequence[Row]) -> list[float]:
    """The weight of each length of run that makes the rows most probable. Pure."""
    trust = [0.0] * len(TRUST)
    for length in range(1, len(TRUST)):
        own = [(network, share) for network, run, share in found if run == length]
        weight = 0.2 if own else 0.0
        for _ in range(ROUNDS if own else 0):
            weight = sum(
                weight * share / ((1 - weight) * network + weight * share) for network, share in own
            ) / len(own)  # fmt: skip
        trust[length] = weight
    return trust


def loss(found: Sequence[Row], trust: Sequence[float]) -> float:
    """Nats a token with these weights. Pure."""
    return -sum(math.log((1 - trust[run]) * network + trust[run] * share) for network, run, share in found) / len(found)
