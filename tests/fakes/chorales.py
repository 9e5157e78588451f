"""Small chorales and models of experts with random weights."""

from __future__ import annotations

import numpy as np
import torch

from instrument.networks.chorale.experts import ProductOfExperts, Views
from instrument.networks.chorale.history import AHEAD, UNHEARD
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import HOLD, ONSET, REST, SOPRANO
from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.encode import encode_tokens

STEPS = 24


def piece(seed: int, steps: int = STEPS) -> np.ndarray:
    """[steps, 4] of plausible tokens: onsets about each voice's middle, holds, a few rests."""
    rng = np.random.default_rng(seed)
    found = np.empty((steps, 4), np.int16)
    for voice, middle in enumerate((37, 31, 26, 16)):
        kind = rng.choice([REST, HOLD, ONSET], steps, p=[0.1, 0.5, 0.4])
        found[:, voice] = np.where(kind == ONSET, ONSET + middle + rng.integers(-9, 10, steps), kind)
    return found


def told(soprano: np.ndarray, horizon: int = 0) -> dict[str, np.ndarray]:
    steps = len(soprano)
    ahead = np.full((steps, AHEAD), UNHEARD, np.int16)
    for step in range(steps):
        coming = soprano[step + 1 : step + 1 + (0, 4, 16)[horizon]]
        ahead[step, : len(coming)] = coming
    places = np.arange(steps, dtype=np.int16) % 16
    whole = {"place": places, "in_beat": places % 4, "beats": places * 0 + 4, "compound": places * 0}
    return {**whole, "horizon": places * 0 + horizon, "ahead": ahead}


def views(tokens: np.ndarray, voice: int, horizon: int = 0) -> Views:
    return encode_tokens([tokens], [told(tokens[:, SOPRANO], horizon)], [None], voice).views


def a_model(plan: str, voice: int, hidden: int = 8) -> ProductOfExperts:
    torch.manual_seed(3)
    model = ProductOfExperts(voice, Plan(plan, hidden)).eval()
    with torch.no_grad():
        model.gate_place.normal_(0, 0.2)
        model.gate_heard.normal_(0, 0.2)
        model.exponents.uniform_(0.5, 1.5)
    return model


def drawn_chorale(name: str, number: int, steps: int = 24) -> Chorale:
    """Four voices that leap about, each in its range; the same for a number."""
    rng = np.random.default_rng(number)
    voices = []
    for middle in (72, 64, 57, 48):
        onset = rng.random(steps) < 0.4
        voices.append(tuple(int(ONSET + middle - 33 + rng.integers(-4, 5)) if o else HOLD for o in onset))
    return Chorale(name, tuple(voices), tuple(i % 16 for i in range(steps)), (16,) * steps)
