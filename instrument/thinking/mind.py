"""Loading the folk model and handing the planner its writers: the only place that joins the two.

The writer of the tune under way is kept, with the state of every token, so that going back in it costs
nothing; guards are kept for each meter.
"""

from __future__ import annotations

from pathlib import Path

import torch

from instrument.networks.folkrnn import Stepper
from instrument.networks.weights import load, shipped
from instrument.thinking.guard import Guard
from instrument.thinking.planner import Brief
from instrument.thinking.sketch import Mind, Sketch, Wish


def load_mind(weights: Path | None = None) -> Mind:
    """The shipped weights, or others. Raises WeightsError. One thread: the second core is the player's."""
    torch.set_num_threads(1)
    model, vocabulary, _ = load(weights) if weights else shipped()
    model.eval()
    return Mind(model, Stepper(model), vocabulary)


class Scribe:
    """A `Write` for the planner."""

    def __init__(self, mind: Mind) -> None:
        self.mind = mind
        self._guards: dict[str, Guard] = {}
        self._last: tuple[int, int, Sketch] | None = None

    def __call__(self, brief: Brief) -> Sketch:
        meter = str(brief.snapshot.meter)
        if meter not in self._guards:
            self._guards[meter] = Guard(self.mind.vocabulary, brief.snapshot.meter)
        guard = self._guards[meter]
        values = brief.snapshot.values
        wish = Wish(
            brief.snapshot.seed, brief.tune, float(values["tune.temperature"]), bool(values["tune.guard"]),
            bool(values["tune.aabb"]), bool(values["tune.square"]),
        )  # fmt: skip
        sketch = self._kept(brief, wish)
        if sketch is None:
            sketch = Sketch(self.mind, guard, brief.tokens, wish, brief.context, brief.lacking)
        self._last = (brief.snapshot.seed, brief.tune, sketch)
        return sketch

    def _kept(self, brief: Brief, wish: Wish) -> Sketch | None:
        """The sketch of this very tune, if it is still at hand and says what the brief says."""
        if self._last is None or self._last[:2] != (brief.snapshot.seed, brief.tune) or brief.context:
            return None
        sketch = self._last[2]
        if len(brief.tokens) <= 2 or sketch.texts[: len(brief.tokens)] != brief.tokens:
            return None
        sketch.wish = wish
        return sketch
