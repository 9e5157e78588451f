"""Two small sets of weights that lie near each other, never trained, and a choir between them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.networks.chorale.experts import ProductOfExperts
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.styles import BEGAN, SUFFIX, Styles
from instrument.networks.chorale.tokens import CHAIN
from instrument.networks.chorale.weights import ExpertWeights, save
from instrument.networks.weight_files import mark_of_file
from instrument.thinking.voices.styled_choir import StyledChoir

PLAN = Plan(hidden=12)


def arrays(seed: int) -> dict[str, NDArray[np.float32]]:
    """As they come from a disk: what half precision leaves."""
    found: dict[str, NDArray[np.float32]] = {}
    for voice in CHAIN:
        torch.manual_seed(seed * 10 + voice)
        found |= ProductOfExperts(voice, PLAN).arrays()
    return {name: array.astype(np.float16).astype(np.float32) for name, array in found.items()}


def two() -> Styles:
    return Styles.of(ExpertWeights(PLAN, arrays(1), {}), ExpertWeights(PLAN, arrays(2), {}))


def steps(of: dict[str, NDArray[np.float32]]) -> dict[int, ProductStep]:
    return {voice: ProductStep(voice, PLAN, of) for voice in CHAIN}


def styled(styles: Styles | None = None) -> StyledChoir:
    """At style 0 the same networks as `quartet.tiny_choir`'s, in half precision."""
    choir = StyledChoir(steps(arrays(1)), None, lambda: styles or two())
    assert choir.styles is not None  # read now, so that nothing waits for a disk
    return choir


def on_disk(folder: Path) -> Path:
    """Both sets as files; the stem of the first."""
    stem = folder / "chorale"
    save(PLAN, arrays(1), stem, {})
    mark = mark_of_file(stem.with_suffix(".safetensors"))
    save(PLAN, arrays(2), stem.with_name(stem.name + SUFFIX), {BEGAN: mark})
    return stem
