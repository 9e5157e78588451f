"""One tune being written: its tokens, and the model's and the guard's state after each.

Because every token's state is kept, going back is a copy, not a computation: `cut` a sketch to any length and
compose again from there. Tokens that were given rather than composed (an opening, bars already played) are
read in one pass when the model is first asked to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from instrument.music.form import two_parts
from instrument.music.tune import Measure, Tune, read_tune
from instrument.networks.folkrnn import FolkRNN, Stepper
from instrument.networks.sampling import distribution, draw
from instrument.networks.vocabulary import Vocabulary
from instrument.thinking.chance import uniforms
from instrument.thinking.guard import Guard
from instrument.thinking.square import Square

MOST_MEASURES = 64  #: a tune is brought to its end from here on
MOST_TOKENS = 1200  #: and cut off here, should the guard be off and the model not stop
MOST_IN_MEASURE = 128  #: tokens before an unguarded measure is closed


@dataclass(frozen=True, slots=True)
class Mind:
    """What composing needs, loaded once. thread: the thinker's."""

    model: FolkRNN
    stepper: Stepper
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Wish:
    """How to compose: seed, tune number, temperature (> 0), guard on or off, AABB wanted,
    parts kept square."""

    seed: int
    tune: int
    temperature: float = 1.0
    guarded: bool = True
    aabb: bool = True
    square: bool = False


class Sketch:
    def __init__(
        self, mind: Mind, guard: Guard, tokens: Sequence[str], wish: Wish, context: int = 0, lacking: int = 0
    ) -> None:
        """tokens: `M:` and `K:`, then what is written so far, `</s>` at its end if whole.

        context: how many of them only prime the model, having been played in another meter or key; the
        guard begins behind them, at a bar line; lacking: ticks its bar still lacks there
        """
        self.mind, self.guard, self.wish = mind, guard, wish
        self.square = Square(mind.vocabulary)
        self.whole = bool(tokens) and tokens[-1] == "</s>"
        self.tokens = mind.vocabulary.encode(tokens[: -1 if self.whole else None])
        self.context = max(context, 2)
        self._states: dict[int, tuple[NDArray[np.float32], Tensor]] = {}  # tokens behind it: logits, state
        first = guard.resume(lacking) if context > 2 else guard.start
        self._guards: list[int | None] = [first]  # from self.context on; None once the law was broken
        self._measures: tuple[Measure, ...] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """As `Span.written` wants them."""
        return (*self.mind.vocabulary.decode(self.tokens), *(("</s>",) if self.whole else ()))

    def measures(self) -> tuple[Measure, ...]:
        """What is written so far; in AABB where that is wished and the tune allows it."""
        if self._measures is None:
            measures = self._tune().measures
            parts = two_parts(measures) if self.wish.aabb and self.whole and self.context == 2 else None
            self._measures = _aabb(measures, parts) if parts else measures
        return self._measures

    def _tune(self) -> Tune:
        return read_tune(self.mind.vocabulary.decode(self.tokens), strict=False)

    def measure(self, index: int) -> Measure | None:
        """Measure `index`, composed now if need be; None where the tune ends before it."""
        while not self.whole and len(self.measures()) <= index:
            self.compose_measure()
        measures = self.measures()
        return measures[index] if index < len(measures) else None

    def cut(self, tokens: int) -> None:
        """Forget everything behind the first `tokens` tokens."""
        if tokens < len(self.tokens) or self.whole:
            self.tokens = self.tokens[:tokens]
            self._guards = self._guards[: max(1, tokens - self.context + 1)]
            self._states = {k: v for k, v in self._states.items() if k <= tokens}
            self.whole, self._measures = False, None

    def compose_measure(self) -> None:
        """Write on to the next bar line or the end of the tune."""
        bars = {t.text for t in self.mind.vocabulary.tokens if t.text in ("|", "|:", ":|", "|1", "|2")}
        index, sounding = len(self.measures()), False
        chance = uniforms(self.wish.seed, self.wish.tune, index)
        for count in range(MOST_IN_MEASURE):
            token = self._choose(next(chance), index, sounding)
            text = self.mind.vocabulary.texts[token]
            if token == self.mind.vocabulary.stop:
                self.whole = True
                break
            self._append(token)
            if text in bars and sounding:
                break
            sounding = sounding or text not in bars
            if count == MOST_IN_MEASURE - 1:
                self._append(self.mind.vocabulary.index["|"])
        self.whole = self.whole or len(self.tokens) >= MOST_TOKENS
        self._measures = None

    def _choose(self, uniform: float, measure: int, sounding: bool) -> int:
        logits, _ = self._state(len(self.tokens))
        here = self._guard_here() if self.wish.guarded else None
        allowed = None if here is None else self.guard.allowed(here)
        if allowed is not None and here is not None and self.wish.square:
            short = self.guard.state(here).rest > 0
            allowed = self.square.narrow(allowed, self.measures(), self.guard.rules.bar, sounding, short)
        if measure >= MOST_MEASURES:
            allowed = self._ending(allowed)
        if allowed is None:  # the raw model, which may still not begin a second tune inside this one
            allowed = np.ones(len(self.mind.vocabulary), np.bool_)
            allowed[self.mind.vocabulary.start] = False
        return draw(distribution(logits, self.wish.temperature, allowed), uniform)

    def _ending(self, allowed: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """A long tune ends as soon as the law lets it, and opens nothing more."""
        index = self.mind.vocabulary.index
        if allowed is None or allowed[self.mind.vocabulary.stop]:
            only = np.zeros(len(self.mind.vocabulary), np.bool_)
            only[self.mind.vocabulary.stop] = True
            return only
        closing = allowed.copy()
        closing[[index["|:"], index["|1"]]] = False
        return closing if closing.any() else allowed

    def _append(self, token: int) -> None:
        logits_state = self._state(len(self.tokens))
        here = self._guard_here()
        legal = here is not None and self.guard.allowed(here)[token]
        self._guards.append(self.guard.follow(here, token) if legal and here is not None else None)
        self.tokens.append(token)
        logits, state = self.mind.stepper.step(torch.tensor([token]), logits_state[1])
        self._states[len(self.tokens)] = (logits[0].numpy(), state)

    def _guard_here(self) -> int | None:
        """The guard's state behind the last token; None where what was given or drawn broke the law."""
        while len(self._guards) <= len(self.tokens) - self.context:
            here, token = self._guards[-1], self.tokens[self.context + len(self._guards) - 1]
            legal = here is not None and self.guard.allowed(here)[token]
            self._guards.append(self.guard.follow(here, token) if legal and here is not None else None)
        if self._guards[-1] is None and self.wish.guarded:
            self._guards[-1] = self.guard.resume()  # the guard was switched on in mid-tune
        return self._guards[-1]

    @torch.inference_mode()
    def _state(self, count: int) -> tuple[NDArray[np.float32], Tensor]:
        """Logits [vocab] and state [1, layers, 2, hidden] behind the first `count` tokens."""
        if count not in self._states:
            tokens = torch.tensor([self.mind.vocabulary.start, *self.tokens[:count]])
            logits, state = self.mind.model.sequence(tokens[:, None])
            self._states[count] = (logits[-1, 0].numpy(), state)
        return self._states[count]


def _aabb(measures: tuple[Measure, ...], parts: tuple[list[int], list[int], list[int]]) -> tuple[Measure, ...]:
    """Mark each half as repeated, so that the ordinary rules of repeats play it twice."""
    marked = list(measures)
    for half in parts[1:]:
        marked[half[0]] = replace(marked[half[0]], opens=True)
        marked[half[-1]] = replace(marked[half[-1]], closes=True)
    return tuple(marked)
