"""Widening of a network for look-back inputs: weights without them, widened, and their output side fitted, to begin a
training.

The model begins as the one that it goes on from, to the bit. Then, with all layers held, what the inputs add to the
output and how far each source is trusted are fitted: one pass through the layers, after which a round over all tokens
takes seconds. That alone is most of the gain (docs/LOG.md); training the layers too comes after it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.look_back import LookBack
from instrument.networks.folk.look_back_step import rows_of, said_again
from instrument.networks.folk.weights import load
from instrument.workshop.folk.recipes import FolkRecipe
from instrument.workshop.folk.trainer import PAD, batches, hidden
from instrument.workshop.folk.update import clip, outputs

ROUNDS, TOKENS = 4, 2048  #: over what was kept; tokens in an update
RATE = 3e-3
HELD = 250_000  #: tokens that are kept of a corpus, 1 kB each
Report = Callable[[str], None]


def widened(stem: Path, look: LookBack) -> FolkRNN:
    """The model of these weights, with look-back inputs that say nothing yet. Raises WeightsError, and ValueError for
    weights of another vocabulary."""
    plain, vocabulary, _ = load(stem)
    if vocabulary.tokens != look.tokens:
        raise ValueError(f"{stem}: has other tokens than these tunes are written in; name weights of this vocabulary")
    model = FolkRNN(plain.vocab, plain.hidden, plain.layers, look=look)
    model.begin(plain)
    return model


def fit(
    model: FolkRNN, tunes: Sequence[Sequence[int]], recipe: FolkRecipe, rounds: int = ROUNDS,
    report: Report = lambda _: None,
) -> None:  # fmt: skip
    """Fit the output side to tunes, with the recipe's dropout in the layers, so that they are trusted no more than on
    tunes that they have not seen. In place. blocks: for minutes on a whole corpus."""
    assert model.look is not None and model.told is not None
    look, vocab = model.look, model.vocab
    states, rows, goals = _kept(model, tunes, recipe)
    learned: list[Tensor] = [model.told, model.out.weight, model.out.bias]
    fixed = [model.out.weight[:vocab].detach().clone(), model.out.bias[:vocab].detach().clone()]
    adam = torch.optim.AdamW(learned, RATE, betas=(0.9, 0.98), weight_decay=0.0)
    updates = max(1, len(goals) // TOKENS)
    for turn in range(rounds):
        order, total = torch.randperm(len(goals)), 0.0
        for update in range(updates):
            own = order[update * TOKENS : (update + 1) * TOKENS]
            for group in adam.param_groups:
                group["lr"] = RATE * (1 + math.cos(math.pi * (turn + update / updates) / rounds)) / 2
            looks = hidden(look, rows[own][None], recipe.hide)[0]
            out = model.out(states[own].float()) + torch.nn.functional.embedding_bag(looks, model.told, mode="sum")
            loss = torch.nn.functional.cross_entropy(said_again(out, look, looks), goals[own])
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            clip([each.grad for each in learned if each.grad is not None], recipe.clip)
            adam.step()
            with torch.no_grad():  # the tokens' own weights stay as the layers know them
                model.out.weight[:vocab], model.out.bias[:vocab] = fixed[0], fixed[1]
            total += loss.item()
        report(f"output side, round {turn + 1} of {rounds}: {total / updates:.4f} nats a token, with dropout")


@torch.no_grad()
def _kept(model: FolkRNN, tunes: Sequence[Sequence[int]], recipe: FolkRecipe) -> tuple[Tensor, Tensor, Tensor]:
    """The last layer's hidden states [tokens, hidden] in half precision, dropped as for the output, look-back inputs
    [tokens, inputs] and next tokens [tokens], of as many tunes as `HELD` allows, in an order that mixes them."""
    assert model.look is not None
    mixed, some, count = list(tunes), list[Sequence[int]](), 0
    random.Random(recipe.seed).shuffle(mixed)
    while mixed and count < HELD:
        some.append(mixed.pop())
        count += len(some[-1]) - 1
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    for tokens, targets in batches(some, 64, random.Random(recipe.seed)):
        looks, counts = rows_of(model.look, tokens), targets != PAD
        _, states, _ = outputs(model, tokens, replace(recipe, drop_in=0.0), torch.float32, rows=looks)
        states = torch.nn.functional.dropout(states, recipe.drop)
        found.append((states[counts].half(), looks[counts], targets[counts]))
    states, looks, goals = (torch.cat(column) for column in zip(*found, strict=True))
    return states, looks, goals
