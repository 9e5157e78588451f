"""Calibration of a trained product, which is surer of itself on chorales that it has not seen than it may be.

Two temperatures, of rest and hold and of pitches, are fitted on the chorales kept for choosing, and taken into the
gates of the exponents, where a temperature t is an exponent of 1/t. Nothing else of the weights is touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.networks.chorale.experts import ProductOfExperts
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import NAMES
from instrument.workshop.chorale.batches import held_out
from instrument.workshop.chorale.cached_logs import Spoken
from instrument.workshop.chorale.corpus import Chorale

Arrays = Mapping[str, NDArray[np.float32]]
STEPS = (0.08, 0.04, 0.02)  #: by which the logarithm of a temperature is moved, ever finer


def calibrated(
    voice: int, plan: Plan, arrays: Arrays, chorales: Sequence[Chorale]
) -> tuple[dict[str, NDArray[np.float32]], tuple[float, float]]:
    """The arrays with their gates moved, and the temperatures of rest and hold and of pitches.

    chorales: others than were trained on.
    """
    model = ProductOfExperts(voice, plan)
    model.fill(dict(arrays))
    spoken, name = Spoken(model.eval(), held_out(chorales, voice)), f"{NAMES[voice]}.gate_place"
    given = torch.from_numpy(arrays[name].copy())

    def loss(logs: tuple[float, float]) -> float:
        with torch.no_grad():
            model.gate_place.copy_(given - torch.tensor(logs))
        return spoken.loss()

    best, least = (0.0, 0.0), loss((0.0, 0.0))
    for step in STEPS:
        moved_on = True
        while moved_on:
            moved_on = False
            for way in ((step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)):
                tried = (best[0] + way[0], best[1] + way[1])
                if max(map(abs, tried)) < 1 and (found := loss(tried)) < least - 1e-6:
                    best, least, moved_on = tried, found, True
    bent = (given - torch.tensor(best)).numpy().astype(np.float16).astype(np.float32)
    return {**arrays, name: bent}, (float(np.exp(best[0])), float(np.exp(best[1])))
