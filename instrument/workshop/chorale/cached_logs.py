"""Cached log-probabilities of a voice's heads, to be multiplied in many ways at little cost."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from instrument.networks.chorale.experts import ProductOfExperts, live_exponents
from instrument.workshop.chorale.batches import cut, moved
from instrument.workshop.chorale.encode import PAD, ChoraleBatch
from instrument.workshop.chorale.trainer import nats


class Spoken:
    """What a voice's heads say of some pieces, worked out once, to be multiplied in many ways."""

    def __init__(self, model: ProductOfExperts, batch: ChoraleBatch) -> None:
        self.model, self.parts = model, list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]()
        self.steps = int((batch.targets != PAD).sum())
        with torch.inference_mode():
            for first in range(0, batch.targets.shape[1], 8):
                views, targets = moved(*cut(batch, slice(first, first + 8)), "cpu")
                self.parts.append((model.experts(views)[0], views.gates, targets))

    def loss(self, faders: Mapping[str, float] | None = None, temperature: float = 1.0) -> float:
        """Mean nats a step with a performer's faders and a temperature of the product."""
        live = live_exponents(self.model, dict(faders or {}))
        with torch.inference_mode():
            said = [
                nats(self.model.multiply(spoken, gates, live, temperature), targets).item()
                for spoken, gates, targets in self.parts
            ]
        return sum(said) / self.steps
