"""The node store on a GPU: states and log-probabilities stay on the device, a batch of steps is one graph replayed.

Graphs are captured for the batch sizes `SIZES`; smaller batches are filled up with rows that land in a scrap row.
A batch goes in as one small copy of numbers and comes back as one copy of log-probabilities into pinned memory, which
is part of the graph. Runs on the CPU as well, without graphs, where tests judge it. thread: the thinker's.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from instrument.networks.folk.batched import Batched
from instrument.networks.folk.device import GraphReplay, pinned, settle
from instrument.networks.folk.folkrnn import Stepper
from instrument.networks.folk.split_step import Siblings
from instrument.thinking.tree.search import NODES
from instrument.thinking.tree.store import Numbers, Store

SIZES = (1, 8, 32, 137)  #: rows


class DeviceStore(Store):
    def __init__(self, stepper: Stepper, nodes: int = NODES, precision: str = "float32") -> None:
        """stepper: on the device; precision: of `instrument.networks.folk.batched`."""
        super().__init__(Siblings(stepper), nodes)
        self.batched, self.device = Batched(stepper, precision), stepper.rows.device
        layers, hidden, vocab = stepper.layers, stepper.hidden, stepper.vocab
        self.scrap = self.capacity  #: the row behind the last node
        self.states = torch.zeros(self.capacity + 1, layers, 2, hidden, device=self.device)
        self.device_logs = torch.zeros(self.capacity + 1, vocab, device=self.device)
        self.products = torch.zeros(0, device=self.device)  # recomputed with each step: cheaper than finding them
        self._batches: dict[int, _Batch] = {}

    def prepare(self, node: int) -> None:
        """Nothing: a replayed step is one launch either way."""

    def _know(self, node: int, logs: Tensor) -> None:
        super()._know(node, logs)
        self.device_logs[node] = logs

    def _step(self, parents: Numbers, tokens: Numbers, new: Numbers) -> None:
        for first in range(0, len(new), SIZES[-1]):
            part = slice(first, first + SIZES[-1])
            rows = len(new[part])
            batch = self._batch(next(size for size in SIZES if size >= rows))
            looks = self._looks(parents[part], tokens[part], new[part])
            self.logs[new[part]] = batch(parents[part], tokens[part], new[part], looks)
        self._record(parents, tokens, new)

    def _batch(self, size: int) -> _Batch:
        if size not in self._batches:
            self._batches[size] = _Batch(self, size)
        return self._batches[size]

    def warm(self) -> None:
        """Capture every size now, before the music."""
        for size in SIZES:
            self._batch(size)


class _Batch:
    """Steps of one batch size."""

    def __init__(self, store: DeviceStore, size: int) -> None:
        self.size, self.device = size, store.device
        self._asked = pinned(3, size, dtype=torch.long, device=store.device)  # parents, tokens, new
        self._asked[2] = store.scrap
        self._numbers = self._asked.numpy()
        self._logs = pinned(size, store.logs.shape[1], dtype=torch.float32, device=store.device)
        self._scrap = store.scrap
        on_device = torch.zeros_like(self._asked, device=store.device)
        inputs = len(store.look.inputs) if store.look else 0
        self._looks = pinned(size, inputs, dtype=torch.long, device=store.device)
        if store.look:
            self._looks[:] = torch.tensor(store.look.start.rows)  # zeros are rows of no source: outside the table
        looks_there = torch.zeros_like(self._looks, device=store.device)

        def work() -> None:
            on_device.copy_(self._asked, non_blocking=True)
            looks_there.copy_(self._looks, non_blocking=True)
            parents, tokens, new = on_device
            looks = looks_there if inputs else None
            logs, states = store.batched.step(tokens, store.states.index_select(0, parents), looks)
            store.states.index_copy_(0, new, states)
            store.device_logs.index_copy_(0, new, logs)
            self._logs.copy_(logs, non_blocking=True)

        self._replay = GraphReplay(work, store.device)

    def __call__(self, parents: Numbers, tokens: Numbers, new: Numbers, looks: Tensor | None = None) -> np.ndarray:
        """Log-probabilities [rows, vocab] behind tokens [rows] of parents [rows]; the states are written at new.

        looks: [rows, inputs], on the host, where the model looks back
        """
        rows = len(new)
        if looks is not None:
            self._looks[:rows] = looks
        self._numbers[:, rows:] = [[0], [0], [self._scrap]]
        self._numbers[:, :rows] = parents, tokens, new
        self._replay()
        settle(self.device)
        return self._logs.numpy()[:rows]
