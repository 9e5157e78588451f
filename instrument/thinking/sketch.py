"""One tune being written: its tokens, and where the model and the guard stand after each.

Tokens come a tuple at a time, drawn from their joint distribution over a tree of given beam width (seed 000,
part 11); a tuple ends at a bar sign, so that a bar thought again is the same bar. Because every token's node is
remembered, going back is a look-up: `cut` a sketch to any length and compose again from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from instrument.music.form import two_parts
from instrument.music.tune import Measure, Tune, read_tune
from instrument.thinking.chance import uniforms
from instrument.thinking.guard import Guard
from instrument.thinking.law import MeasureLaw
from instrument.thinking.memory import Memory
from instrument.thinking.square import Square
from instrument.thinking.store import StoreFull
from instrument.thinking.tree import Search
from instrument.thinking.tree_reject import may_reject, reject

MOST_MEASURES = 64  #: a tune is brought to its end from here on
MOST_TOKENS = 1200  #: and cut off here, should the guard be off and the model not stop
MOST_IN_MEASURE = 128  #: tokens before an unguarded measure is closed


@dataclass(frozen=True, slots=True)
class Wish:
    """How to compose. seed, tune: number of the tune in its set; search: tuples, beams, temperatures
    stride: tokens of a tuple that are kept, 0 all; guarded: bars add up; square: parts of eight bars; aabb: wanted."""

    seed: int
    tune: int
    search: Search = Search()  # noqa: RUF009
    stride: int = 0
    guarded: bool = True
    square: bool = False
    aabb: bool = True


class Sketch:
    """thread: the thinker's."""

    def __init__(
        self, memory: Memory, guard: Guard, tokens: Sequence[str], wish: Wish, context: int = 0, lacking: int = 0
    ) -> None:
        """tokens: `M:` and `K:`, then what is written so far, `</s>` at its end if whole.

        context: how many of them only prime the model, having been played in another meter or key; the
        guard begins behind them, at a bar line; lacking: ticks its bar still lacks there
        """
        self.memory, self.guard, self.wish = memory, guard, wish
        self.square = Square(memory.vocabulary)
        self.whole = bool(tokens) and tokens[-1] == "</s>"
        self.tokens = memory.vocabulary.encode(tokens[: -1 if self.whole else None])
        self.context = max(context, 2)
        self._node: tuple[int, int, int] = (-1, 0, 0)  # how many tokens it stands behind, node, its stamp
        first = guard.resume(lacking) if context > 2 else guard.start
        self._guards: list[int | None] = [first]  # from self.context on; None once the law was broken
        self._measures: tuple[Measure, ...] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """As `Span.written` wants them."""
        return (*self.memory.vocabulary.decode(self.tokens), *(("</s>",) if self.whole else ()))

    def measures(self) -> tuple[Measure, ...]:
        """What is written so far; in AABB where that is wished and the tune allows it."""
        if self._measures is None:
            measures = self._tune().measures
            parts = two_parts(measures) if self.wish.aabb and self.whole and self.context == 2 else None
            self._measures = _aabb(measures, parts) if parts else measures
        return self._measures

    def _tune(self) -> Tune:
        return read_tune(self.memory.vocabulary.decode(self.tokens), strict=False)

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
            self.whole, self._measures = False, None

    def compose_measure(self) -> None:
        """Write on to the next bar line or the end of the tune."""
        measures, vocabulary = self.measures(), self.memory.vocabulary
        square = self.square if self.wish.square else None
        law = MeasureLaw(self.guard, square, measures, closing=len(measures) >= MOST_MEASURES)
        chance = uniforms(self.wish.seed, self.wish.tune, len(measures))
        begun, sounding = len(self.tokens), False
        while not self.whole:
            for token in self._tuple(law, chance):
                if token == vocabulary.stop:
                    self.whole = True
                    break
                self._append(token)
                sounding = sounding or not self.memory.tree.ends[token]
            if sounding and self.memory.tree.ends[self.tokens[-1]]:
                break
            if len(self.tokens) - begun >= MOST_IN_MEASURE:
                self._append(vocabulary.index["|"])
        endless = len(measures) >= MOST_MEASURES and not self.wish.guarded
        self.whole = self.whole or endless or len(self.tokens) >= MOST_TOKENS
        self._measures = None

    def _tuple(self, law: MeasureLaw, chance: Iterator[float]) -> tuple[int, ...]:
        """The next tokens, as many as the wish says, drawn but not yet written."""
        tree, search = self.memory.tree, self.wish.search
        here = self._guard_here() if self.wish.guarded else None
        node, held, state = self._here(), law if here is not None else None, here or 0
        try:
            if may_reject(search):
                path = reject(tree, node, search, chance, held, state)
            else:
                path = tree.expand(node, search, held, state).draw(next(chance))
        except StoreFull:  # the music goes on, a token at a time
            path = reject(tree, node, replace(search, n=1, mode="tree", joint=1.0), chance, held, state)
        return path.tokens[: self.wish.stride or None]

    def _append(self, token: int) -> None:
        node = self._here()
        self.tokens.append(token)  # the guard follows when it is next asked
        self._stand(self.memory.store.step(node, token))

    def _guard_here(self) -> int | None:
        """The guard's state behind the last token; None where what was given or drawn broke the law."""
        while len(self._guards) <= len(self.tokens) - self.context:
            here, token = self._guards[-1], self.tokens[self.context + len(self._guards) - 1]
            legal = here is not None and self.guard.allowed(here)[token]
            self._guards.append(self.guard.follow(here, token) if legal and here is not None else None)
        if self._guards[-1] is None and self.wish.guarded:
            self._guards[-1] = self.guard.resume()  # the guard was switched on in mid-tune
        return self._guards[-1]

    def _here(self) -> int:
        """The node behind the last token."""
        count, node, stamp = self._node
        if count != len(self.tokens) or not self.memory.store.alive(node, stamp):
            node = self.memory.node(self.tokens)
            self._stand(node)
        return node

    def _stand(self, node: int) -> None:
        self._node = (len(self.tokens), node, int(self.memory.store.stamp[node]))


def _aabb(measures: tuple[Measure, ...], parts: tuple[list[int], list[int], list[int]]) -> tuple[Measure, ...]:
    """Mark each half as repeated, so that the ordinary rules of repeats play it twice."""
    marked = list(measures)
    for half in parts[1:]:
        marked[half[0]] = replace(marked[half[0]], opens=True)
        marked[half[-1]] = replace(marked[half[-1]], closes=True)
    return tuple(marked)
