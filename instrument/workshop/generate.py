"""Many tunes of the model's own at once: one batched step, one row of the guard's table for each.

The random numbers are those of live playing, so tune k here is the tune of seed k. `one_by_one` is the plain way, with
a batch of one; it judges the other and is what its speed is told in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.music.meter import Meter
from instrument.networks.sampling import distribution, draw
from instrument.thinking.chance import uniforms
from instrument.thinking.guard import Guard
from instrument.thinking.law import ending
from instrument.thinking.memory import Memory
from instrument.thinking.sketch import MOST_MEASURES, MOST_TOKENS

Header = tuple[str, str]  #: meter and mode: ("6/8", "dor")

#: where nothing else is asked: dance music
HEADERS: tuple[Header, ...] = (
    ("4/4", "maj"), ("4/4", "dor"), ("6/8", "maj"), ("6/8", "min"), ("3/4", "maj"), ("2/4", "maj"), ("9/8", "mix"),
)  # fmt: skip
BATCH = 256


def generate(
    memory: Memory, tunes: int, guarded: bool, temperature: float = 1.0, headers: Sequence[Header] = HEADERS
) -> Iterator[list[str]]:
    """Tunes of seeds 1..`tunes`, as tokens with `M:` and `K:`; headers take turns."""
    guards = {meter: Guard(memory.vocabulary, Meter.parse(meter)) for meter in dict(headers)}
    for first in range(1, tunes + 1, BATCH):
        seeds = range(first, min(first + BATCH, tunes + 1))
        heads = [headers[seed % len(headers)] for seed in seeds]
        yield from _Flock(memory, guards if guarded else {}, seeds, heads, temperature).run()


def one_by_one(
    memory: Memory, seed: int, guarded: bool, temperature: float = 1.0, headers: Sequence[Header] = HEADERS
) -> list[str]:
    """The tune of one seed."""
    vocabulary, stepper = memory.vocabulary, memory.stepper
    meter, mode = headers[seed % len(headers)]
    written = [f"M:{meter}", f"K:C{mode}"]
    guard = Guard(vocabulary, Meter.parse(meter))
    here, bars, chance, state = guard.start, 0, uniforms(seed, 0, 0), stepper.start()
    for token in (vocabulary.start, *vocabulary.encode(written)):
        logits, state = stepper.step(torch.tensor([token]), state)
    for _ in range(MOST_TOKENS):
        allowed = guard.allowed(here) if guarded else None
        if bars >= MOST_MEASURES:
            if allowed is None:
                break
            allowed = ending(allowed, vocabulary)
        token = draw(distribution(logits[0].numpy(), temperature, allowed), next(chance))
        if token == vocabulary.stop:
            break
        written.append(vocabulary.texts[token])
        bars += bool(memory.tree.ends[token])
        here = guard.follow(here, token) if guarded else here
        logits, state = stepper.step(torch.tensor([token]), state)
    return written


class _Flock:
    """One batch. Rows go as their tunes end; what is left stays together."""

    def __init__(
        self, memory: Memory, guards: dict[str, Guard], seeds: Sequence[int], headers: Sequence[Header],
        temperature: float,
    ) -> None:  # fmt: skip
        self.memory, self.guards, self.temperature = memory, guards, temperature
        self.written = [[f"M:{meter}", f"K:C{mode}"] for meter, mode in headers]
        self.chances = np.array([list(islice(uniforms(seed, 0, 0), MOST_TOKENS)) for seed in seeds])
        self.meters = np.array([meter for meter, _ in headers])
        self.alive = np.arange(len(seeds))  # row: which tune
        self.bars = np.zeros(len(seeds), np.int32)  # of each row
        starts = [guards[meter].start if guards else 0 for meter, _ in headers]
        self.here = np.array(starts, np.int32)  # the guard's state of each row

    def run(self) -> list[list[str]]:
        vocabulary, stepper = self.memory.vocabulary, self.memory.stepper
        state = stepper.start(len(self.alive))
        for column in zip(*([vocabulary.start, *vocabulary.encode(h)] for h in self.written), strict=True):
            logits, state = stepper.step(torch.tensor(column), state)
        ends = np.asarray(self.memory.tree.ends)
        for step in range(MOST_TOKENS):
            allowed = self._allowed()
            tokens = draws(logits.numpy(), self.temperature, allowed, self.chances[self.alive, step])
            going = tokens != vocabulary.stop
            if not self.guards:
                going &= self.bars < MOST_MEASURES
            if self.guards:
                self._follow(tokens, going)
            self.bars = (self.bars + ends[tokens])[going]
            self.alive, tokens = self.alive[going], tokens[going]
            for tune, token in zip(self.alive.tolist(), tokens.tolist(), strict=True):
                self.written[tune].append(vocabulary.texts[token])
            if not len(self.alive):
                break
            logits, state = stepper.step(torch.from_numpy(tokens), state[torch.from_numpy(going)])
        return self.written

    def _allowed(self) -> NDArray[np.bool_] | None:
        """[beams, vocab]: what the guards let each row say next."""
        if not self.guards:
            return None
        allowed = np.ones((len(self.alive), len(self.memory.vocabulary)), np.bool_)
        for meter, guard in self.guards.items():
            rows = np.flatnonzero(self.meters[self.alive] == meter)
            if len(rows):
                allowed[rows] = guard.masks(self.here[rows])
        for row in np.flatnonzero(self.bars >= MOST_MEASURES):
            allowed[row] = ending(allowed[row], self.memory.vocabulary)
        return allowed

    def _follow(self, tokens: NDArray[np.int64], going: NDArray[np.bool_]) -> None:
        here = self.here.copy()
        for meter, guard in self.guards.items():
            rows = np.flatnonzero((self.meters[self.alive] == meter) & going)
            if len(rows):
                here[rows] = guard.after(self.here[rows], tokens[rows].astype(np.int32))
        self.here = here[going]


def draws(
    logits: NDArray[np.float32], temperature: float, allowed: NDArray[np.bool_] | None, uniform: NDArray[np.float64]
) -> NDArray[np.int64]:
    """[beams]: the token of each row, as `sampling.draw` of `sampling.distribution` has it, many at a time. Pure.

    logits: [beams, vocab]; allowed: [beams, vocab], at least one true in each row; uniform: [beams], 0 <= u < 1
    """
    scaled = logits.astype(np.float64) / temperature
    if allowed is not None:
        scaled = np.where(allowed, scaled, -np.inf)
    weights = np.exp(scaled - scaled.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    reached = np.cumsum(weights, 1)
    index = (reached <= (uniform * reached[:, -1])[:, None]).sum(1)
    last = weights.shape[1] - 1 - np.argmax(weights[:, ::-1] > 0, 1)
    return np.asarray(np.minimum(index, last), np.int64)
