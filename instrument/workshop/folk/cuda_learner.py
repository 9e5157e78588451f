"""Learner fed from tables on the device, as a sweep runs many: its batches, its rate, and its best weights so far.

On a GPU an update is thousands of small kernels, and a CPU cannot launch them as fast as they run: each bucket's
update is recorded once (a CUDA graph) and played again, on a stream of the learner's own, so that many learners share
one GPU. On a CPU the same update runs as it stands. Nothing is read back from the GPU but in `losses` and `best`. Why
it is not one class with the trainer: `trainer`.
"""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.workshop.folk.batches import LONGEST, Rows
from instrument.workshop.folk.recipes import FolkRecipe
from instrument.workshop.folk.update import Learner, outputs

BUCKETS = (112, 128, 144, 160, 184, 224, 288, LONGEST)  #: steps
AHEAD = 3  #: updates given to the GPU and not done
_WARMED: set[tuple[int, torch.dtype]] = set()  # what the GPU has run before; it may load nothing while it records
PLAIN = FolkRecipe("plain", drop=0.0, drop_in=0.0, drop_weights=0.0)  #: no dropout: evaluation


class CudaLearner:
    """Learner on CUDA, fed from tables on the device.

    learner: what learns; rows: from what; valid: by what it is judged. record: play recorded updates (GPU only).
    """

    def __init__(
        self, learner: Learner, rows: Rows, valid: Rows, record: bool = False, buckets: tuple[int, ...] = BUCKETS
    ) -> None:
        self.learner, self.recipe, self.rows, self.valid = learner, learner.recipe, rows, valid
        self.buckets = buckets
        device = learner.device
        self.epoch, self.updates, self.tokens = 0, 0, 0
        self._rng = random.Random(self.recipe.seed * 1000 + len(self.recipe.name))
        self._queue: list[tuple[int, Tensor, int]] = []  # bucket, rows on the device, tokens
        self._chosen = torch.full((self.recipe.batch,), rows.empty, device=device)
        self._octave, self._shift = torch.zeros((), device=device), torch.zeros((), device=device)
        self._everything = torch.arange(len(valid.pieces), device=device)
        self._best = torch.full((), math.inf, device=device)
        self._kept = copy.deepcopy(learner.averaged)
        self._losses = torch.zeros(4096, device=device)
        self._at = torch.zeros(1, dtype=torch.long, device=device)
        self.stream = torch.cuda.Stream() if record else None  # type: ignore[no-untyped-call]
        self._events: list[Any] = []
        self._graphs: dict[int, Any] = {}
        if record:
            self._record()

    @property
    def finished(self) -> bool:
        return self.epoch >= self.recipe.epochs

    def busy(self) -> bool:
        """Does the GPU have enough to do for this learner?"""
        self._events = [event for event in self._events if not event.query()]
        return len(self._events) >= AHEAD

    def wait(self) -> None:
        """Until the oldest update given to the GPU is done."""
        if self._events:
            self._events.pop(0).synchronize()

    def advance(self, done: float) -> None:
        """One update, and an evaluation at each epoch's end. done: 0..1 of the time that there is."""
        with torch.cuda.stream(self.stream) if self.stream else nullcontext():
            if not self._queue:
                self._queue = self._epoch()
            bucket, chosen, tokens = self._queue.pop()
            self._chosen.copy_(chosen)
            self._set(max(done, self.epoch / self.recipe.epochs))
            self._play(bucket, lambda: self._update(bucket))
            self.updates, self.tokens = self.updates + 1, self.tokens + tokens
            if not self._queue:
                self.epoch += 1
                self._play(0, self._evaluate)
            if self.stream:
                self._events.append(self.stream.record_event())

    def losses(self) -> list[float]:
        """Held-out nats a token, of the mean weights, after each epoch. Waits for the GPU."""
        if self.stream:
            self.stream.synchronize()
        return [round(v, 4) for v in self._losses[: int(self._at)].tolist()]

    def best(self) -> FolkRNN:
        """The weights of the best of those. Waits for the GPU."""
        if self.stream:
            self.stream.synchronize()
        return copy.deepcopy(self._kept).eval()

    def _epoch(self) -> list[tuple[int, Tensor, int]]:
        recipe = self.recipe
        groups = self.rows.epoch(recipe.batch, self.buckets, self._rng, recipe.thin)
        table = torch.tensor([rows for _, rows in groups]).to(self._chosen.device)
        counts = [sum(self.rows.lengths[r] for r in rows if r != self.rows.empty) for _, rows in groups]
        return [(bucket, table[i], counts[i]) for i, (bucket, _) in enumerate(groups)]

    def _set(self, done: float) -> None:
        recipe = self.recipe
        self.learner.rate.fill_(recipe.rate_at(done, self.epoch, self.updates))
        self.learner.keep.fill_(recipe.keep_at(self.updates))
        strength = max(0.0, 1 - done / 0.8)  # the last fifth is of the books as they are
        self._octave.fill_(recipe.octave * strength)
        self._shift.fill_(recipe.shift * strength)

    def _update(self, bucket: int) -> None:
        moved = bool(self.recipe.octave or self.recipe.shift)
        self.learner.step(
            self.rows.batch(
                self._chosen, bucket, self._octave if moved else None, self._shift if moved else None
            )
        )  # fmt: skip

    @torch.no_grad()
    def _evaluate(self) -> None:
        """Judge the mean weights; keep them where they are the best so far. All on the device."""
        batch = self.valid.batch(self._everything, max(self.valid.lengths))
        logs = outputs(self.learner.averaged, batch.tokens, PLAIN, torch.float32)[0].log_softmax(-1)
        hard = -logs.gather(-1, batch.targets[..., None]).squeeze(-1)
        loss = (hard * batch.counts).sum() / batch.counts.sum()
        better = loss < self._best
        for kept, mean in zip(self._kept.parameters(), self.learner.averaged.parameters(), strict=True):
            kept.copy_(torch.where(better, mean, kept))
        self._best.copy_(torch.minimum(loss, self._best))
        self._losses.index_copy_(0, self._at, loss[None])
        self._at.add_(1)

    def _play(self, name: int, call: Callable[[], None]) -> None:
        graph = self._graphs.get(name)
        if graph is None:
            call()
        else:
            graph.replay()

    def _record(self) -> None:
        """One recording for each bucket, and one (number 0) of the evaluation."""
        assert self.stream is not None
        pool = torch.cuda.graph_pool_handle()
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            new = (self.recipe.hidden, self.learner.dtype) not in _WARMED
            for bucket in self.buckets if new else self.buckets[:1]:  # at a rate of zero
                self._update(bucket)
            self._evaluate()
        _WARMED.add((self.recipe.hidden, self.learner.dtype))
        self.stream.synchronize()
        for bucket in (*self.buckets, 0):
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.stream(self.stream):
                graph.capture_begin(pool=pool)
                self._evaluate() if bucket == 0 else self._update(bucket)
                graph.capture_end()
            self._graphs[bucket] = graph
        self.stream.synchronize()
        with torch.cuda.stream(self.stream):
            self._at.zero_()
            self._best.fill_(math.inf)
            self.learner.seen.zero_()
