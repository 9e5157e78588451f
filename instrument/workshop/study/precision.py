"""`run.py study precision`: what weights in bfloat16 or 8 bits do to the distribution, and to the time of a step.

Tunes of the plain model are stepped through with each precision, each keeping its own states, so that errors add up
as they would live. Compared with float32 at every token: the divergence, and whether the likeliest token is the same.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import SHIPPED, load
from instrument.playing.time.clock import SystemClock
from instrument.workshop.evaluate.tuple_sampler import TupleSampler

TUNES, TOKENS, TURNS = 40, 300, 60


def study_precision(say: Callable[[str], None], weights: Path | None = None) -> dict[str, float]:
    """Figures `precision.NAME.*`: kl (mean nats a token of float32 against it), top1 (share of tokens at which the
    likeliest is the same), step and rows_137 (time over float32's). blocks: a minute."""
    torch.set_num_threads(1)
    model, vocabulary, _ = load(weights or SHIPPED)
    tunes = _tunes(model, vocabulary)
    judge = Siblings(Stepper(model))
    wanted = [_walk(judge, tune) for tune in tunes]
    figures: dict[str, float] = {}
    for name in ("bfloat16", "int8"):
        other = _of(model, name)
        pairs = [(p, _walk(other, tune)) for p, tune in zip(wanted, tunes, strict=True)]
        kl = torch.cat([(p.exp() * (p - q)).nansum(1) for p, q in pairs])
        same = torch.cat([p.argmax(1) == q.argmax(1) for p, q in pairs])
        step, rows = _times(judge, other)
        figures |= {
            f"precision.{name}.kl": float(kl.mean()), f"precision.{name}.top1": float(same.double().mean()),
            f"precision.{name}.step": step, f"precision.{name}.rows_137": rows,
        }  # fmt: skip
        alike = 100 * float(same.double().mean())
        say(f"{name}: {kl.mean():.2e} nats from float32, the likeliest token the same at {alike:.2f} %")
    return figures


def _of(model: FolkRNN, precision: str) -> Siblings:
    if precision == "bfloat16":
        return Siblings(Stepper(copy.deepcopy(model).bfloat16().float()))
    return Siblings(Stepper(model), precision)


def _tunes(model: FolkRNN, vocabulary: Vocabulary) -> list[list[int]]:
    sampler = TupleSampler(
        Stepper(model), vocabulary.stop, [vocabulary.start], [], np.random.Generator(np.random.Philox(1))
    )
    return sampler.write([[vocabulary.start]] * TUNES, 1, 0, TOKENS)


def _walk(siblings: Siblings, tokens: list[int]) -> Tensor:
    """Log-probabilities [tokens, vocab] behind each token."""
    state, zero = siblings.initial[None], torch.zeros(1, dtype=torch.long)
    looks = None if siblings.look is None else torch.from_numpy(siblings.look.table([tokens]))  # [tokens, 1, inputs]
    found = []
    for step, token in enumerate(tokens):
        told = None if looks is None else looks[step]
        logs, state = siblings.forward(torch.tensor([token]), state, zero, siblings.recur(state), zero, looks=told)
        found.append(logs.double())
    return torch.cat(found)


def _times(one: Siblings, other: Siblings) -> tuple[float, float]:
    """Time of a step, and of 137 children of one parent, the other's over the one's; medians of turns."""
    clock, zero = SystemClock(), torch.zeros(1, dtype=torch.long)
    times: dict[tuple[int, int], list[float]] = {}
    for _ in range(TURNS):
        for rows in (1, one.vocab):
            tokens = torch.arange(rows)
            for which, siblings in enumerate((one, other)):
                state = siblings.initial[None]
                told = None if siblings.look is None else torch.from_numpy(siblings.look.nothing).expand(rows, -1)
                started = clock.now()
                siblings.forward(tokens, state, zero, siblings.recur(state), zero, looks=told)
                times.setdefault((rows, which), []).append(clock.now() - started)
    ratios = [median(times[rows, 1]) / median(times[rows, 0]) for rows in (1, one.vocab)]
    return ratios[0], ratios[1]
