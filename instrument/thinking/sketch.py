"""One tune being written: its tokens, and where the model and the guard stand after each.

Tokens come a tuple at a time, drawn from their joint distribution over a tree of given beam width (seed 000,
part 11); a tuple ends at a bar sign, so that a bar thought again is the same bar. Because every token's node is
remembered, going back is a look-up: `cut` a sketch to any length and compose again from there. A wish for several
futures writes whole phrases (`instrument.thinking.futures`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace

from instrument.music.form import in_aabb, two_parts
from instrument.music.key import Key
from instrument.music.reader import GrowingTune
from instrument.music.tune import Measure, Tune
from instrument.thinking.again import mixed
from instrument.thinking.chance import uniforms
from instrument.thinking.futures import write_phrase
from instrument.thinking.growth import Growth, Interrupted, one, run
from instrument.thinking.guard import Guard
from instrument.thinking.law import MeasureLaw
from instrument.thinking.limits import limits
from instrument.thinking.memory import Memory
from instrument.thinking.search import may_reject
from instrument.thinking.square import Square
from instrument.thinking.store import StoreFull
from instrument.thinking.tree_device import MOST_ROWS
from instrument.thinking.tree_leaves import Path
from instrument.thinking.tree_reject import Again, rejecting
from instrument.thinking.wish import Wish

MOST_MEASURES = 64  #: a tune is brought to its end from here on
MOST_TOKENS = 1200  #: and cut off here, should the guard be off and the model not stop
FADE = 0.98  #: what a tuple counts less with each that follows, in the kept mass
MOST_IN_MEASURE = 128  #: tokens before an unguarded measure is closed


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
        self.future = 0  # which of the continuations weighed this is
        self.tuples = self.attempts = 0.0  # drawn so far; attempts may be a share of one: 1 / kept mass
        self._node: tuple[int, int, int] = (-1, 0, 0)  # how many tokens it stands behind, node, its stamp
        first = guard.resume(lacking) if context > 2 else guard.start
        self._guards: list[int | None] = [first]  # from self.context on; None once the law was broken
        self._measures: tuple[Measure, ...] | None = None
        self._reading = GrowingTune()

    @property
    def texts(self) -> tuple[str, ...]:
        """As `Span.written` wants them."""
        return (*self.memory.vocabulary.decode(self.tokens), *(("</s>",) if self.whole else ()))

    def measures(self) -> tuple[Measure, ...]:
        """What is written so far; in AABB where that is wished and the tune allows it."""
        if self._measures is None:
            measures = self._tune().measures
            parts = two_parts(measures) if self.wish.aabb and self.whole and self.context == 2 else None
            self._measures = in_aabb(measures, parts) if parts else measures
        return self._measures

    def _tune(self) -> Tune:
        return self._reading.read(self.memory.vocabulary.decode(self.tokens))

    def measure(self, index: int) -> Measure | None:
        """Measure `index`, composed now if need be; None where the tune ends before it."""
        while not self.whole and len(self.measures()) <= index:
            if self.wish.futures > 1:
                write_phrase(self)
            else:
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
        """Write on to the next bar line or the end of the tune. Interrupted: what was begun is taken back."""
        begun = len(self.tokens)
        try:
            run(self.memory.store, self.measuring(), self.memory.check)
        except Interrupted:
            self.cut(begun)
            raise

    def fork(self, future: int) -> Sketch:
        """A copy that is written on by itself, with the numbers of another future."""
        other = copy.copy(self)
        other.tokens, other._guards, other.future = list(self.tokens), list(self._guards), future
        other._reading = copy.copy(self._reading)
        return other

    def adopt(self, other: Sketch) -> None:
        """Go on from where a fork has come to."""
        self.tokens, self._guards, self.whole = other.tokens, other._guards, other.whole
        self._node, self._measures = other._node, other._measures
        self.tuples, self.attempts = other.tuples, other.attempts

    def nodes(self, tokens: int) -> list[int]:
        """The nodes behind `<s>` and each of the first `tokens` tokens, the last of them at the end; without those
        from the beginning that the store has forgotten."""
        end = self._here() if tokens == len(self.tokens) else self.memory.node(self.tokens[:tokens])
        return self.memory.store.path(end)

    def nats(self, begun: int) -> float:
        """Mean log-probability of the tokens from `begun` on, by the model alone; 0 where there are none."""
        store, tokens = self.memory.store, self.tokens[begun:]
        nodes = self.nodes(len(self.tokens))[-len(tokens) - 1 : -1] if tokens else []
        logs = [float(store.logs[node, token]) for node, token in zip(nodes[::-1], tokens[::-1], strict=False)]
        return sum(logs) / len(logs) if logs else 0.0

    def mass(self) -> float:
        """0..1: how much of the joint distribution the beam has kept, on average over the last tuples; 1 at first."""
        return self.tuples / self.attempts if self.attempts else 1.0

    def measuring(self) -> Growth[None]:
        """`compose_measure` as a growth."""
        measures, vocabulary = self.measures(), self.memory.vocabulary
        square = self.square if self.wish.square else None
        limit = limits(vocabulary.tokens, self._mode(), self.wish.held, self.wish.up, self.wish.limit)
        law = MeasureLaw(self.guard, square, measures, len(measures) >= MOST_MEASURES, limit)
        chance = uniforms(self.wish.seed, self.wish.tune, len(measures), self.future)
        begun, sounding = len(self.tokens), False
        while not self.whole:
            path = yield from self._tuple(law, chance)
            for token in path.tokens[: self.wish.stride or None]:
                if token == vocabulary.stop:
                    self.whole = True
                    break
                yield from self._append(token)
                sounding = sounding or not self.memory.tree.ends[token]
            if sounding and self.memory.tree.ends[self.tokens[-1]]:
                break
            if len(self.tokens) - begun >= MOST_IN_MEASURE:
                yield from self._append(vocabulary.index["|"])
        endless = len(measures) >= MOST_MEASURES and not self.wish.guarded
        self.whole = self.whole or endless or len(self.tokens) >= MOST_TOKENS
        self._measures = None

    def _tuple(self, law: MeasureLaw, chance: Iterator[float]) -> Growth[Path]:
        """The next tokens, drawn but not yet written."""
        tree, search = self.memory.tree, self.wish.search
        here = self._guard_here() if self.wish.guarded else None
        node, held, state = self._here(), law if here is not None else None, here or 0
        self.tuples, self.attempts = FADE * self.tuples + 1, FADE * self.attempts
        try:
            if may_reject(search):
                path = yield from rejecting(tree, node, search, chance, held, state, self._again())
                self.attempts += path.attempts
            elif self.memory.device_tree is not None and self.memory.device_tree.rows(search) <= MOST_ROWS:
                drawn = self.memory.device_tree.draw(node, search, next(chance), held, state)
                path = drawn.path
                self.attempts += 1 / drawn.mass
            else:
                leaves = yield from tree.growing(node, search, held, state)
                path = leaves.draw(next(chance))
                self.attempts += 1 / leaves.mass
        except StoreFull:  # the music goes on, a token at a time
            single = replace(search, n=1, mode="tree", joint=1.0)
            path = yield from rejecting(tree, node, single, chance, held, state)
            self.attempts += path.attempts
        return path

    def _again(self) -> Again | None:
        """What the tune says again; nothing where that is not wished."""
        if not self.wish.again:
            return None
        return lambda path, expected: mixed(expected, [*self.tokens, *path], self.wish.again)

    def _mode(self) -> Key:
        return Key.parse(self.memory.vocabulary.texts[self.tokens[1]][2:])

    def _append(self, token: int) -> Growth[None]:
        node = self._here()
        self.tokens.append(token)  # the guard follows when it is next asked
        self._stand((yield from one(node, token)))

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
