"""Generation of many tunes at once: one batched step, one row of the guard's table for each.

The random numbers are those of live playing, so tune k here is the tune of seed k. `one_by_one` is the plain way, with
a batch of one; it judges the other and is what its speed is told in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from instrument.music.meter import Meter
from instrument.music.tokens.tokens import BARS
from instrument.networks.folk.folkrnn import Trails
from instrument.networks.folk.sampling import distribution, draw
from instrument.playing.time.clock import SystemClock
from instrument.ports.system import progress
from instrument.rig.cluster.marks import tune_weights
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.constraint import ending
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.tree.random_numbers import uniforms
from instrument.thinking.tune.loader import load_memory
from instrument.thinking.tune.tune_writer import MOST_MEASURES, MOST_TOKENS
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines, Ready, Task, run_tasks

Header = tuple[str, str]  #: meter and mode: ("6/8", "dor")

#: where nothing else is asked: dance music
HEADERS: tuple[Header, ...] = (
    ("4/4", "maj"), ("4/4", "dor"), ("6/8", "maj"), ("6/8", "min"), ("3/4", "maj"), ("2/4", "maj"), ("9/8", "mix"),
)  # fmt: skip
BATCH = 256
SHARE = 125  #: tunes of a task


def generate(
    memory: ModelMemory, tunes: int, guarded: bool, temperature: float = 1.0, headers: Sequence[Header] = HEADERS,
    first: int = 1,
) -> list[list[str]]:  # fmt: skip
    """Tunes of the network alone, of seeds `first` and so many on, as tokens with `M:` and `K:`; headers take turns."""
    return _Flock(memory, guards_of(memory, headers) if guarded else {}, tunes, headers, temperature, first).run()


def generate_over(
    machines: Machines, tunes: int, guarded: bool, weights: Path | None, headers: Sequence[Header] = HEADERS,
    kept: KeptResults | None = None,
) -> tuple[list[list[str]], float]:  # fmt: skip
    """The same, SHARE of them a task, wherever it is done; and the seconds of all tasks together.

    weights: the model, None for the shipped one. blocks: some minutes a thousand.
    """
    name = "guard on" if guarded else "guard off"
    tasks = [
        Task(
            f"{name}, {tunes} tunes, {len(headers)} heads, from {first}",
            _some,
            (first, min(SHARE, tunes + 1 - first), guarded, tuple(headers)),
        )
        for first in range(1, tunes + 1, SHARE)
    ]
    ready = Ready(_begin, (weights.resolve() if weights else None,), tune_weights(weights))
    found = run_tasks(tasks, machines, f"tunes, {name}", ready, kept).values()
    return [list(text) for texts, _ in found for text in texts], sum(seconds for _, seconds in found)


_memory: ModelMemory  # of a process that does tasks


def _begin(weights: Path | None) -> None:
    global _memory
    _memory = load_memory(ModelChoice(weights, "cpu"))


def _some(first: int, tunes: int, guarded: bool, headers: Sequence[Header]) -> tuple[list[list[str]], float]:
    clock = SystemClock()
    begun = clock.now()
    return generate(_memory, tunes, guarded, headers=headers, first=first), clock.now() - begun


def guards_of(memory: ModelMemory, headers: Sequence[Header]) -> dict[str, BarGuard]:
    """A guard for each meter."""
    return {meter: BarGuard(memory.vocabulary, Meter.parse(meter)) for meter in sorted({meter for meter, _ in headers})}


def one_by_one(
    memory: ModelMemory, seed: int, guards: dict[str, BarGuard], temperature: float = 1.0,
    headers: Sequence[Header] = HEADERS,
) -> list[str]:  # fmt: skip
    """The tune of one seed. guards: by meter; none to leave counting to the model."""
    vocabulary, stepper = memory.vocabulary, memory.stepper
    meter, mode = headers[seed % len(headers)]
    written = [f"M:{meter}", f"K:C{mode}"]
    guard = guards.get(meter)
    here, bars, chance = guard.start if guard else 0, 0, uniforms(seed, 0, 0)
    logits, state, trails = stepper.walk([vocabulary.start, *vocabulary.encode(written)])
    for _ in range(MOST_TOKENS):
        allowed = guard.allowed(here) if guard else None
        if bars >= MOST_MEASURES:
            if allowed is None:
                break
            allowed = ending(allowed, vocabulary)
        expected = distribution(logits[0].numpy(), temperature, allowed)
        token = draw(expected, next(chance))
        if token == vocabulary.stop:
            break
        written.append(vocabulary.texts[token])
        bars += bool(memory.tree.ends[token])
        here = guard.follow(here, token) if guard else here
        trails = stepper.follow(trails, torch.tensor([token]))
        logits, state = stepper.step(torch.tensor([token]), state, trails)
    else:
        return cut(written)
    return written


class _Flock:
    """As many rows as BATCH, each a tune under way; where one ends, the next begins in its place."""

    def __init__(
        self,
        memory: ModelMemory,
        guards: dict[str, BarGuard],
        tunes: int,
        headers: Sequence[Header],
        temperature: float,
        first: int = 1,
    ) -> None:
        self.memory, self.guards, self.temperature = memory, guards, temperature
        self.headers = [headers[seed % len(headers)] for seed in range(first, first + tunes)]
        self.first = first  # seed of the first tune
        self.written = [[f"M:{meter}", f"K:C{mode}"] for meter, mode in self.headers]
        self.chances: dict[int, NDArray[np.float64]] = {}  # of each tune under way
        self.rows = np.zeros(0, np.int64)  # of each row its tune,
        self.at = np.zeros(0, np.int64)  # how many tokens of it are drawn,
        self.bars = np.zeros(0, np.int64)  # how many bar signs,
        self.here = np.zeros(0, np.int32)  # and where its guard stands
        self.trails = memory.stepper.trails(0)  # and what it looks back at
        self._begun: dict[Header, tuple[Tensor, Tensor, Trails]] = {}

    def run(self) -> list[list[str]]:
        vocabulary, stepper = self.memory.vocabulary, self.memory.stepper
        logits, state = torch.zeros(0, len(vocabulary)), stepper.start(0)
        ends = np.asarray(self.memory.tree.ends)
        begun = 0
        shown = progress.bar(len(self.written), "tunes", "tune")
        while begun < len(self.written) or len(self.rows):
            new = range(begun, min(len(self.written), begun + BATCH - len(self.rows)))
            if new:
                logits, state = self._begin(new, logits, state)
                begun = new.stop
                shown.update(len(new))
            places = zip(self.rows.tolist(), self.at.tolist(), strict=True)
            uniform = np.array([self.chances[tune][at] for tune, at in places])
            expected = distributions(logits.numpy(), self.temperature, self._allowed())
            tokens = draws(expected, uniform)
            going = (tokens != vocabulary.stop) & (self.at < MOST_TOKENS)
            for tune in self.rows[self.at >= MOST_TOKENS].tolist():
                self.written[tune] = cut(self.written[tune])
            if not self.guards:
                going &= self.bars < MOST_MEASURES
            self._follow(tokens, going, ends)
            kept = tokens[going]
            for tune, token in zip(self.rows.tolist(), kept.tolist(), strict=True):
                self.written[tune].append(vocabulary.texts[token])
            self.trails = stepper.follow(self.trails[going], torch.from_numpy(kept))
            logits, state = stepper.step(torch.from_numpy(kept), state[torch.from_numpy(going)], self.trails)
        shown.close()
        return self.written

    def _begin(self, tunes: range, logits: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """New rows behind the old ones, each after its header."""
        heads = [self._head(self.headers[tune]) for tune in tunes]
        for tune in tunes:
            self.chances[tune] = np.array(list(islice(uniforms(self.first + tune, 0, 0), MOST_TOKENS + 1)))
        starts = [self.guards[self.headers[tune][0]].start if self.guards else 0 for tune in tunes]
        self.rows = np.concatenate((self.rows, np.array(tunes, np.int64)))
        self.at = np.concatenate((self.at, np.zeros(len(tunes), np.int64)))
        self.bars = np.concatenate((self.bars, np.zeros(len(tunes), np.int64)))
        self.here = np.concatenate((self.here, np.array(starts, np.int32)))
        self.trails = np.concatenate((self.trails, *(head[2] for head in heads)))
        return torch.cat((logits, *(head[0] for head in heads))), torch.cat((state, *(head[1] for head in heads)))

    def _head(self, header: Header) -> tuple[Tensor, Tensor, Trails]:
        """Logits, state and trail behind `<s>`, meter and mode, once for all tunes that begin so."""
        if header not in self._begun:
            vocabulary = self.memory.vocabulary
            head = [vocabulary.start, *vocabulary.encode([f"M:{header[0]}", f"K:C{header[1]}"])]
            self._begun[header] = self.memory.stepper.walk(head)
        return self._begun[header]

    def _allowed(self) -> NDArray[np.bool_] | None:
        """[rows, vocab]: what the guards let each row say next."""
        if not self.guards:
            return None
        allowed = np.ones((len(self.rows), len(self.memory.vocabulary)), np.bool_)
        for meter, rows in self._by_meter():
            allowed[rows] = self.guards[meter].masks(self.here[rows])
        for row in np.flatnonzero(self.bars >= MOST_MEASURES):
            allowed[row] = ending(allowed[row], self.memory.vocabulary)
        return allowed

    def _follow(self, tokens: NDArray[np.int64], going: NDArray[np.bool_], ends: NDArray[np.bool_]) -> None:
        """Rows take their tokens; those whose tunes have ended go."""
        here = self.here.copy()
        for meter, rows in self._by_meter() if self.guards else ():
            own = rows[going[rows]]
            here[own] = self.guards[meter].after(self.here[own], tokens[own].astype(np.int32))
        for tune in self.rows[~going].tolist():
            del self.chances[tune]
        self.rows, self.at = self.rows[going], self.at[going] + 1
        self.bars, self.here = (self.bars + ends[tokens])[going], here[going]

    def _by_meter(self) -> Iterator[tuple[str, NDArray[np.int64]]]:
        meters = np.array([self.headers[tune][0] for tune in self.rows])
        for meter in np.unique(meters).tolist():
            yield meter, np.flatnonzero(meters == meter)


def cut(texts: list[str]) -> list[str]:
    """A tune that would not end, without the bar under way. Pure."""
    last = max((place for place, text in enumerate(texts) if text in BARS), default=1)
    return texts[: last + 1]


def distributions(
    logits: NDArray[np.float32], temperature: float, allowed: NDArray[np.bool_] | None
) -> NDArray[np.float64]:
    """[beams, vocab]: `sampling.distribution` of many rows. Pure.

    logits: [beams, vocab]; allowed: [beams, vocab], at least one true in each row
    """
    scaled = logits.astype(np.float64) / temperature
    if allowed is not None:
        scaled = np.where(allowed, scaled, -np.inf)
    weights = np.exp(scaled - scaled.max(1, keepdims=True))
    return np.asarray(weights / weights.sum(1, keepdims=True))


def draws(probabilities: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """[beams]: `sampling.draw` of many rows. probabilities: [beams, vocab]; uniform: [beams], 0 <= u < 1. Pure."""
    reached = np.cumsum(probabilities, 1)
    index = (reached <= (uniform * reached[:, -1])[:, None]).sum(1)
    last = probabilities.shape[1] - 1 - np.argmax(probabilities[:, ::-1] > 0, 1)
    return np.asarray(np.minimum(index, last), np.int64)
