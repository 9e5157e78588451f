"""Loading the folk model and handing the planner its writers: the only place that joins the two.

The writer of the tune under way is kept, and one memory serves all; guards are kept for each meter.
"""

from __future__ import annotations

from pathlib import Path

import torch

from instrument.controls.snapshot import Snapshot
from instrument.networks.weights import load, shipped
from instrument.thinking.guard import Guard
from instrument.thinking.memory import Memory
from instrument.thinking.planner import Brief
from instrument.thinking.sketch import Sketch, Wish
from instrument.thinking.tree import Search
from instrument.thinking.tree_reject import may_reject


def load_memory(weights: Path | None = None) -> Memory:
    """The shipped weights, or others. Raises WeightsError. One thread: the second core is the player's."""
    torch.set_num_threads(1)
    model, vocabulary, _ = load(weights) if weights else shipped()
    return Memory(model.eval(), vocabulary)


class Scribe:
    """A `Write` for the planner."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._guards: dict[str, Guard] = {}
        self._last: tuple[int, int, Sketch] | None = None

    def __call__(self, brief: Brief) -> Sketch:
        meter = str(brief.snapshot.meter)
        if meter not in self._guards:
            self._guards[meter] = Guard(self.memory.vocabulary, brief.snapshot.meter)
        wish = self.wish(brief.snapshot, brief.tune)
        sketch = self._kept(brief, wish)
        if sketch is None:
            sketch = Sketch(self.memory, self._guards[meter], brief.tokens, wish, brief.context, brief.lacking)
        self._last = (brief.snapshot.seed, brief.tune, sketch)
        return sketch

    def wish(self, snapshot: Snapshot, tune: int) -> Wish:
        """The controls as the sketch wants them; a tree larger than the memory is narrowed until it fits."""
        values = snapshot.values
        search = Search(
            int(values["search.tuple"]), int(values["search.beam"]), str(values["search.mode"]),
            float(values["tune.temperature"]), float(values["search.joint"]),
        )  # fmt: skip
        search = self._fitting(search)
        return Wish(
            snapshot.seed, tune, search, int(values["search.stride"]), bool(values["tune.guard"]),
            bool(values["tune.square"]), bool(values["tune.aabb"]),
        )  # fmt: skip

    def _fitting(self, search: Search) -> Search:
        vocab, room = len(self.memory.vocabulary), self.memory.store.capacity // 2
        beta = search.beta or vocab
        while not may_reject(search) and search.nodes(vocab) > room:
            beta = beta * 3 // 4
            search = Search(search.n, beta, search.mode, search.temperature, search.joint)
        return search

    def _kept(self, brief: Brief, wish: Wish) -> Sketch | None:
        """The sketch of this very tune, if it is still at hand and says what the brief says."""
        if self._last is None or self._last[:2] != (brief.snapshot.seed, brief.tune) or brief.context:
            return None
        sketch = self._last[2]
        if len(brief.tokens) <= 2 or sketch.texts[: len(brief.tokens)] != brief.tokens:
            return None
        sketch.wish = wish
        return sketch
