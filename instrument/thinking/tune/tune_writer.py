"""Tune writer: a tune's tokens as they are drawn, with the state of model and bar guard after each.

Tokens come a tuple at a time, drawn from their joint distribution over a tree of given beam width (Sturm, "Making
sense of the folk-rnn v2 model", part 11); a tuple ends at a bar sign, so that a bar thought again is the same bar.
Because every token's node is remembered, going back is a look-up: `cut` a writer to any length and compose again from
there. Where several futures are asked for it writes whole phrases (`instrument.thinking.tune.candidates`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from instrument.music.key import Key
from instrument.music.plan import Plan
from instrument.music.play_order import in_aabb, two_parts
from instrument.music.tokens.bars import Measure, Tune, read_tune
from instrument.music.tokens.decode import GrowingTune
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.constraint import MeasureConstraint
from instrument.thinking.form.track import Track
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.tree.joint_rejection import may_propose, proposing
from instrument.thinking.tree.leaves import Path
from instrument.thinking.tree.random_numbers import uniforms
from instrument.thinking.tree.rejection import Weighed, rejecting
from instrument.thinking.tree.search import may_reject
from instrument.thinking.tree.step_batching import BatchedSteps, Interrupted, one, run
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tree.tree_cuda import MOST_ROWS
from instrument.thinking.tune.measure_constraint import constraint_of

MOST_MEASURES = 64  #: a tune is brought to its end from here on
MOST_TOKENS = 1200  #: and cut off here, should the guard be off and the model not stop
FADE = 0.98  #: what a tuple counts less with each that follows, in the kept mass
MOST_IN_MEASURE = 128  #: tokens before an unguarded measure is closed


class TuneWriter:
    """Writer of a tune, token by token. thread: the thinker's."""

    def __init__(
        self,
        memory: ModelMemory,
        guard: BarGuard,
        tokens: Sequence[str],
        settings: TuneSettings,
        context: int = 0,
        lacking: int = 0,
        plan: Plan = (),
        phrase: Callable[[TuneWriter], None] | None = None,
    ) -> None:
        """tokens: `M:` and `K:`, then what is written so far, `</s>` at its end if whole.

        context: how many of them only prime the model, having been played in another meter or key; the
        guard begins behind them, at a bar line; lacking: ticks its bar still lacks there
        plan: of all its measures, those that prime included; () to leave form to the model
        phrase: writes on to the end of a phrase where several futures are asked for; None: a measure at a time
        """
        self.memory, self.guard, self.settings, self._plan = memory, guard, settings, plan
        self._write_phrase = phrase
        self.whole = bool(tokens) and tokens[-1] == "</s>"
        self.tokens = memory.vocabulary.encode(tokens[: -1 if self.whole else None])
        self.context = max(context, 2)
        self.future = 0  # which of the continuations weighed this is
        self.former: tuple[int, ...] = ()  #: of a measure that is varied, its tokens as it was; and
        self.kept = 0  #: which of its eighths stay, a bit each
        self.weighed: Weighed | None = None  #: of a measure that several write side by side, what they have weighed
        self.tuples = self.attempts = 0.0  # drawn so far; attempts may be a share of one: 1 / kept mass
        self._node: tuple[int, int, int] = (-1, 0, 0)  # how many tokens it stands behind, node, its stamp
        self._first = guard.resume(lacking) if context > 2 else guard.start
        primed = read_tune(tokens[:context], strict=False).measures if context > 2 else ()
        self._primed = len(primed)
        self._track = Track(guard, plan, self._first, self._primed)  # from self.context on
        self._measures: tuple[Measure, ...] | None = None
        self._reading = GrowingTune()

    @property
    def texts(self) -> tuple[str, ...]:
        """As `Span.written` wants them."""
        return (*self.memory.vocabulary.decode(self.tokens), *(("</s>",) if self.whole else ()))

    def measures(self) -> tuple[Measure, ...]:
        """What is written so far; in AABB where that is asked for and the tune allows it."""
        if self._measures is None:
            measures = self._tune().measures
            parts = two_parts(measures) if self.settings.aabb and self.whole and self.context == 2 else None
            self._measures = in_aabb(measures, parts) if parts else measures
        return self._measures

    @property
    def plan(self) -> Plan:
        """Of all its measures, those that prime included; () where form is left to the model."""
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        if plan != self._plan:
            self._plan = plan
            self._track = Track(self.guard, plan, self._first, self._primed)

    def _tune(self) -> Tune:
        return self._reading.read(self.memory.vocabulary.decode(self.tokens))

    def measure(self, index: int) -> Measure | None:
        """Measure `index`, composed now if need be; None where the tune ends before it."""
        while not self.whole and len(self.measures()) <= index:
            if self.settings.futures > 1 and self._write_phrase is not None:
                self._write_phrase(self)
            else:
                self.compose_measure()
        measures = self.measures()
        return measures[index] if index < len(measures) else None

    def cut(self, tokens: int) -> None:
        """Forget everything behind the first `tokens` tokens."""
        if tokens < len(self.tokens) or self.whole:
            self.tokens = self.tokens[:tokens]
            self._track.cut(tokens - self.context)
            self.whole, self._measures = False, None

    def compose_measure(self) -> None:
        """Write on to the next bar line or the end of the tune. Interrupted: what was begun is taken back."""
        begun = len(self.tokens)
        try:
            run(self.memory.store, self.measuring(), self.memory.check)
        except Interrupted:
            self.cut(begun)
            raise

    def fork(self, future: int) -> TuneWriter:
        """A copy that is written on by itself, with the numbers of another future."""
        other = copy.copy(self)
        other.tokens, other._track, other.future = list(self.tokens), self._track.fork(), future
        other._reading = copy.copy(self._reading)
        return other

    def adopt(self, other: TuneWriter) -> None:
        """Go on from where a fork has come to."""
        self.tokens, self._track, self.whole = other.tokens, other._track, other.whole
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

    def measuring(self, constraint: MeasureConstraint | None = None) -> BatchedSteps[None]:
        """`compose_measure` as a growth. constraint: of this measure, where it has been put together already."""
        measures, vocabulary = self.measures(), self.memory.vocabulary
        if constraint is None and self.settings.guarded:
            constraint = self.constraint()
        chance = uniforms(self.settings.seed, self.settings.tune, len(measures), self.future)
        begun, sounding = len(self.tokens), False
        state = constraint.enter(*self.within()) if constraint else 0
        while not self.whole:
            path = yield from self._tuple(constraint, state, chance)
            for token in path.tokens[: self.settings.stride or None]:
                if token == vocabulary.stop:
                    self.whole = True
                    break
                state = constraint.follow(state, token) if constraint else 0
                yield from self._append(token)
                sounding = sounding or not self.memory.tree.ends[token]
            if sounding and self.memory.tree.ends[self.tokens[-1]]:
                break
            if len(self.tokens) - begun >= MOST_IN_MEASURE:
                yield from self._append(vocabulary.index["|"])
        endless = len(measures) >= MOST_MEASURES and not self.settings.guarded
        self.whole = self.whole or endless or len(self.tokens) >= MOST_TOKENS
        self._measures = None

    def constraint(self) -> MeasureConstraint:
        """What the measure under way must obey; with the guard on."""
        start, _ = self.within()
        return constraint_of(self, self._track.measure, start)

    def constraint_at(self, measure: int) -> tuple[MeasureConstraint, int, int] | None:
        """The constraint of a measure that is written, the guard's state at its head, and the token it begins with;
        None where the guard is off or was off there."""
        self._guard_here()
        found = self._track.head_of(measure) if self.settings.guarded else None
        if found is None:
            return None
        state, head = found
        return constraint_of(self, measure, state), state, self.context + head

    def within(self) -> tuple[int, tuple[int, ...]]:
        """The guard's state at the head of the measure under way, and the tokens of it that stand."""
        here = self._guard_here()
        state, head = self._track.head
        if state is None:
            return here, ()
        return state, tuple(self.tokens[self.context + head :])

    def _tuple(self, constraint: MeasureConstraint | None, state: int, chance: Iterator[float]) -> BatchedSteps[Path]:
        """The next tokens, drawn but not yet written. state: the constraint's."""
        tree, search, node = self.memory.tree, self.settings.search, self._here()
        self.tuples, self.attempts = FADE * self.tuples + 1, FADE * self.attempts
        try:
            if may_reject(search):
                path = yield from rejecting(tree, node, search, chance, constraint, state, self.weighed)
                self.attempts += path.attempts
            elif may_propose(search):  # on every device alike: a seed is the same music there
                path = yield from proposing(tree, node, search, chance, constraint, state)
                self.attempts += path.attempts
            elif self.memory.device_tree is not None and self.memory.device_tree.rows(search) <= MOST_ROWS:
                drawn = self.memory.device_tree.draw(node, search, next(chance), constraint, state)
                path = drawn.path
                self.attempts += 1 / drawn.mass
            else:
                leaves = yield from tree.growing(node, search, constraint, state)
                path = leaves.draw(next(chance))
                self.attempts += 1 / leaves.mass
        except StoreFull:  # the music goes on, a token at a time
            single = replace(search, n=1, mode="tree", joint=1.0)
            path = yield from rejecting(tree, node, single, chance, constraint, state)
            self.attempts += path.attempts
        return path

    def mode(self) -> Key:
        """The tune's mode, on C."""
        return Key.parse(self.memory.vocabulary.texts[self.tokens[1]][2:])

    def _append(self, token: int) -> BatchedSteps[None]:
        node = self._here()
        self.tokens.append(token)  # the guard follows when it is next asked
        self._stand((yield from one(node, token)))

    def _guard_here(self) -> int:
        """The guard's state behind the last token; at a bar line of its own where what stands broke the constraint."""
        state = self._track.follow(self.tokens[self.context :])
        if state is None:
            state = self.guard.resume()  # the guard was switched on in mid-tune
            self._track.mend(state)
        return state

    def _here(self) -> int:
        """The node behind the last token."""
        count, node, stamp = self._node
        if count != len(self.tokens) or not self.memory.store.alive(node, stamp):
            node = self.memory.node(self.tokens)
            self._stand(node)
        return node

    def _stand(self, node: int) -> None:
        self._node = (len(self.tokens), node, int(self.memory.store.stamp[node]))
