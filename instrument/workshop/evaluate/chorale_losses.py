"""Losses of the experts in nats, held out: each expert in and out of the product, causality shown.

Losses are of weights as they are on disk. Causality is shown twice: bits of every head that must not move when what
has not sounded is changed, and the loss again as the instrument plays, a step at a time from what it has been told.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.tokens import CHAIN, HORIZONS, KNOWN, NAMES, SOPRANO
from instrument.networks.chorale.weights import ExpertWeights
from instrument.workshop.chorale.batches import held_out
from instrument.workshop.chorale.cached_logs import Spoken
from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.encode import Setting, encode_tokens, moments, tokens
from instrument.workshop.chorale.jobs import filled, measured
from instrument.workshop.chorale.split import SIDES
from instrument.workshop.evaluate.chorale_live import choir_of, told

Sides = Mapping[str, Sequence[Chorale]]
SUFFIX = {0: "", 4: "_beat_known", 16: "_bar_known"}


def likelihood(weights: ExpertWeights, sides: Sides) -> dict[str, float]:
    """`chorale.nats_VOICE`, on the test side; `..._bar_known`, `..._valid`; all three together `chorale.nats_all`."""
    found: dict[str, float] = {}
    for voice in CHAIN:
        losses = measured(voice, weights.plan, weights.arrays, sides)
        for side in SIDES[1:]:
            for at, reach in enumerate(HORIZONS):
                end = SUFFIX[reach] + ("" if side == "test" else f"_{side}")
                found[f"chorale.nats_{NAMES[voice]}{end}"] = losses[side][at]
    found["chorale.nats_per_step"] = found["chorale.nats_alto"]
    found["chorale.nats_all"] = sum(found[f"chorale.nats_{NAMES[voice]}"] for voice in CHAIN)
    return found


def without(weights: ExpertWeights, chorales: Sequence[Chorale]) -> dict[str, float]:
    """`chorale.without.VOICE.EXPERT`: nats a step more, with this expert's fader at zero."""
    found = {}
    for voice in CHAIN:
        spoken = Spoken(filled(voice, weights.plan, weights.arrays), held_out(chorales, voice))
        for expert in EXPERTS:
            found[f"chorale.without.{NAMES[voice]}.{expert}"] = spoken.loss({expert: 0.0}) - spoken.loss()
    return found


def exponents(weights: ExpertWeights) -> dict[str, float]:
    """`chorale.exponent.VOICE.HEAD`: as learned, and for pitches as gated, the median of all gates."""
    found = {}
    for voice in CHAIN:
        stem = NAMES[voice]
        own = weights.arrays[f"{stem}.exponents"]
        place, articulation = weights.arrays[f"{stem}.gate_place"][:24], weights.arrays[f"{stem}.gate_heard"]
        for index, head in enumerate(weights.plan.heads(voice)):
            bent = own[index] * np.exp(place[:, None, index, 1] + articulation[None, :, index, 1])
            found[f"chorale.exponent.{stem}.{head.name}"] = float(own[index])
            found[f"chorale.exponent_gated.{stem}.{head.name}"] = float(np.median(bent))
    return found


def causality(weights: ExpertWeights, chorales: Sequence[Chorale], seed: int = 1) -> dict[str, Any]:
    """Change this voice from a step on, and all voices from the next on: how many bits of all heads moved before.

    `chorale.leaked_bits` must be nought; `chorale.moved_bits` counts what the same change moved after, so that the
    test is seen to be one. `chorale.played_nats_VOICE`: the loss of some pieces, played a step at a time.
    """
    rng, leaked, after, changes = random.Random(seed), 0, 0, 0
    for chorale in chorales[::4]:
        other = chorales[rng.randrange(len(chorales))]
        step = rng.randrange(1, min(chorale.steps, other.steps) - 1)
        for voice in CHAIN:
            one, two = _changed(chorale, other, voice, step)
            moved_bits = _spoken(weights, voice, chorale, one) != _spoken(weights, voice, chorale, two)
            leaked += int(moved_bits[: step + 1].sum())
            after += int(moved_bits[step + 1 :].sum())
            changes += 1
    played = played_loss(weights, chorales[::6])
    return {"chorale.causal_changes": changes, "chorale.leaked_bits": leaked, "chorale.moved_bits": after, **played}


def _changed(chorale: Chorale, other: Chorale, voice: int, step: int) -> tuple[Any, Any]:
    one = tokens(chorale, Setting())
    two, strange = one.copy(), tokens(other, Setting())
    reach = min(len(one), len(strange))
    two[step + 1 : reach] = strange[step + 1 : reach]
    hidden = [v for v in range(4) if v not in KNOWN[voice]]
    two[step, hidden] = strange[step, hidden]
    return one, two


def _spoken(weights: ExpertWeights, voice: int, chorale: Chorale, grid: Any) -> torch.Tensor:
    about = moments(chorale, Setting(), grid[:, SOPRANO])
    with torch.inference_mode():
        views = encode_tokens([grid], [about], [None], voice).views
        return filled(voice, weights.plan, weights.arrays).experts(views)[0].view(torch.int32)


def played_loss(weights: ExpertWeights, chorales: Sequence[Chorale]) -> dict[str, float]:
    """Nats a step by the code that plays, which at each step is told what has sounded and no more."""
    choir, total, steps = choir_of(weights), dict.fromkeys(CHAIN, 0.0), 0
    for chorale in chorales:
        grid = tokens(chorale, Setting())
        about = moments(chorale, Setting(), grid[:, SOPRANO])
        standing = choir.start()
        for step, row in enumerate(grid.tolist()):
            ready = choir.ready(standing, told(about, step))
            for voice in CHAIN:
                look = choir.models[voice].look(ready.opened[voice], [[row[known] for known in KNOWN[voice]]])
                total[voice] -= float(look.logs[0, row[voice]])
            standing = choir.follow(ready, tuple(row))
        steps += chorale.steps
    found = {}
    for voice in CHAIN:
        found[f"chorale.played_nats_{NAMES[voice]}"] = total[voice] / steps
        same = measured(voice, weights.plan, weights.arrays, {"some": chorales}, ("some",))["some"][0]
        found[f"chorale.played_apart_{NAMES[voice]}"] = abs(total[voice] / steps - same)
    return found
