"""How fast training goes: the simple loop, bucketed, in half precision, recorded, and many side by side, in one run.

The simple loop takes tunes as they come, pads each batch to its longest, and waits for every loss; it is what
`train_folk` was, and the rest is told as times of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.playing.time.clock import Clock, SystemClock
from instrument.workshop.folk.batches import Rows
from instrument.workshop.folk.cuda_learner import BUCKETS, Recorded
from instrument.workshop.folk.recipes import TRIES, Recipe
from instrument.workshop.folk.tokens import Tokens
from instrument.workshop.folk.trainer import PAD, nats
from instrument.workshop.folk.update import Learner

Report = Callable[[str], None]


def simple(
    tunes: Sequence[Sequence[int]], vocab: int, recipe: Recipe, device: str, seconds: float, clock: Clock
) -> float:
    """Tokens a second of torch's own LSTM, batches in random order, one loss read at each update."""
    model = FolkRNN(vocab, recipe.hidden, drop=recipe.drop).to(device).train()
    adam = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3)
    rng, done, start = random.Random(1), 0, None
    while start is None or clock.now() - start < seconds:
        group = rng.sample(list(tunes), recipe.batch)
        steps = max(map(len, group)) - 1
        tokens = torch.zeros(steps, recipe.batch, dtype=torch.long)
        targets = torch.full((steps, recipe.batch), PAD)
        for beam, tune in enumerate(group):
            tokens[: len(tune) - 1, beam] = torch.tensor(tune[:-1])
            targets[: len(tune) - 1, beam] = torch.tensor(tune[1:])
        counted = sum(len(tune) - 1 for tune in group)
        logits, _ = model.sequence(tokens.to(device))
        value = nats(logits, targets.to(device)) / counted
        adam.zero_grad(set_to_none=True)
        torch.autograd.backward(value)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        value.item()
        if start is None:
            start = clock.now()  # the first update pays for what is made once
        else:
            done += counted
    return done / (clock.now() - start)


def together(
    tunes: Rows, texts: Sequence[str], recipe: Recipe, device: str, seconds: float, clock: Clock, many: int,
    record: bool, dtype: torch.dtype, buckets: tuple[int, ...],
) -> float:  # fmt: skip
    """Tokens a second of `many` learners side by side."""
    vocab = len(texts)
    few = Rows(tunes.pieces[:32], texts, device)
    running = [
        Recorded(Learner(vocab, replace(recipe, seed=k), device, 3, dtype), tunes, few, record, buckets)
        for k in range(many)
    ]
    for each in running:
        each.advance(0.0)
    for each in running:
        each.wait()
    before, start = sum(e.tokens for e in running), clock.now()
    while clock.now() - start < seconds:
        free = [each for each in running if not each.busy()]
        if not free:
            running[0].wait()
        for each in free:
            each.advance(0.5)
    if device == "cuda":
        torch.cuda.synchronize()
    return (sum(e.tokens for e in running) - before) / (clock.now() - start)


def speeds(
    tokens: Tokens, device: str, report: Report, seconds: float = 0.6, recipe: Recipe = TRIES[1],
    buckets: tuple[int, ...] = BUCKETS, clock: Clock | None = None,
) -> dict[str, float]:  # fmt: skip
    """Tokens a second by way of training; on a GPU the recorded ways too. A way that fails is told and left out."""
    clock, vocab = clock or SystemClock(), len(tokens.vocabulary)
    figures = {"train.simple_tokens_per_s": simple(tokens.side("train"), vocab, recipe, device, seconds, clock)}
    report(f"simple {figures['train.simple_tokens_per_s']:.0f} tokens/s")
    tunes = Rows(tokens.side("train"), tokens.vocabulary, device)
    ways: list[tuple[str, int, bool, torch.dtype]] = [("bucketed", 1, False, torch.float32)]
    if device == "cuda":
        ways += [
            ("bucketed_bf16", 1, False, torch.bfloat16), ("bucketed_fp16", 1, False, torch.float16),
            ("recorded", 1, True, torch.float32), ("recorded_fp16", 1, True, torch.float16),
            ("recorded_8", 8, True, torch.float32), ("recorded_fp16_8", 8, True, torch.float16),
            ("recorded_bf16_8", 8, True, torch.bfloat16),
        ]  # fmt: skip
    for name, many, record, dtype in ways:
        begun = clock.now()
        try:
            rate = together(tunes, tokens.vocabulary, recipe, device, seconds, clock, many, record, dtype, buckets)
        except RuntimeError as error:
            report(f"{name} failed: {' '.join(str(error).split())[:300]}")
            continue
        figures[f"train.{name}_tokens_per_s"] = rate
        report(f"{name} {rate:.0f} tokens/s ({clock.now() - begun:.1f} s with what is made once)")
    return figures
