"""Step of the experts in NumPy, on exported weights: what plays. Agrees with PyTorch's product to 1e-5; no torch.

A step is taken in two halves. `open` does what needs only the past: the recurrent product and the settled part of the
view. `look` adds what is heard at the step, for several hypotheses at once, and gives each one's distribution; it is
all that happens between the melody's note and the voices'. A hypothesis's new state comes out of the same look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from instrument.networks.chorale.features import Settled, layout, settle
from instrument.networks.chorale.features_fast import Hearing
from instrument.networks.chorale.frames import FLOOR, OUTSIDE, overlay, spread
from instrument.networks.chorale.history import NONE, Moment, Real, VoiceHistory, Whole
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import HOLD, NAMES, ONSET, REST, SOPRANO, TOKENS

State = tuple[tuple[Real, Real], ...]  #: of each trunk: h, c [hidden]


@dataclass(frozen=True, slots=True)
class OpenedStep:
    """A step as far as the past knows it. gates: each trunk's pre-activations [4 hidden], with its cell state."""

    history: VoiceHistory
    moment: Moment
    settled: Settled
    gates: tuple[tuple[Real, Real], ...]
    hearing: Hearing


@dataclass(frozen=True, slots=True)
class Look:
    """Log-probabilities of one voice's next token, for several hypotheses.

    rows: hypotheses about the known voices. logs [rows, 58]: log-probabilities, they add up to one
    spoken [rows, heads, 58]: what each head says; exponents [heads, 2]: of rest and hold, of pitches
    normal [rows]: what the product was divided by, in nats; states: h, c [rows, hidden] of each trunk
    """

    logs: Real
    spoken: Real
    exponents: Real
    normal: Real
    states: tuple[tuple[Real, Real], ...]

    def state(self, row: int) -> State:
        """To go on from, had this hypothesis come true."""
        return tuple((h[row], c[row]) for h, c in self.states)


class _Trunk:
    """One LSTM's weights, laid out for sums of rows."""

    def __init__(self, arrays: Mapping[str, Real], stem: str, columns: list[int], size: int) -> None:
        """columns: which rows of the voice's layout it hears; size: of that layout. Noise inputs are at rest."""
        given = arrays[f"{stem}.input"]
        self.rows = np.zeros((size + 1, given.shape[1]), np.float32)  # the last for nothing
        if columns == list(range(size)):
            self.rows[:size] = given
        else:
            heard = [(i, column) for i, column in enumerate(columns) if column < size]
            self.rows[[column for _, column in heard]] = given[[i for i, _ in heard]]
        self.recurrent = np.ascontiguousarray(arrays[f"{stem}.recurrent"], np.float32)
        self.bias = arrays[f"{stem}.bias"].astype(np.float32)
        self.out = np.ascontiguousarray(arrays[f"{stem}.out"], np.float32)
        self.out_bias = arrays[f"{stem}.out_bias"].astype(np.float32)
        self.hidden = len(self.recurrent)


class ProductStep:
    """The experts of one voice. voice: ALTO, TENOR or BASS. thread: one at a time; states are values."""

    def __init__(self, voice: int, plan: Plan, arrays: Mapping[str, Real]) -> None:
        """arrays: by the names and in the shapes of `Plan.shapes`."""
        self.voice, self.plan, self.layout, self.heads = voice, plan, layout(voice), plan.heads(voice)
        self._settled = np.array([field.offset for field in self.layout.settled], np.int64)
        counts = self.layout.counts[0][2]
        self._counts = slice(counts, counts + 12 * self.layout.settled_counts)
        self._lately = slice(self._counts.stop, self._counts.stop + 24)  # what sounded before, and lately
        self._at, self._own_kind = self.layout.field("place"), self.layout.field("own kind")
        self._frames()
        self._take(arrays)

    def taking(self, arrays: Mapping[str, Real]) -> ProductStep:
        """The same experts with other numbers, of the same plan. A millisecond; states of either suit both."""
        other = copy(self)
        other._take(arrays)
        return other

    def _take(self, arrays: Mapping[str, Real]) -> None:
        name, size = NAMES[self.voice], self.layout.size
        self.trunks = [
            _Trunk(arrays, f"{name}.{part.name}", part.columns(self.voice), size)
            for part in self.plan.parts(self.voice)
        ]
        self._exponents = arrays[f"{name}.exponents"].astype(np.float32)[:, None]
        self._place = np.exp(arrays[f"{name}.gate_place"].astype(np.float32))
        self._articulation = np.exp(arrays[f"{name}.gate_heard"].astype(np.float32))

    def _frames(self) -> None:
        """Where in all heads' outputs, OUTSIDE behind them, each token of each head stands."""
        self._starts = np.cumsum([0] + [head.size for head in self.heads])[:-1]
        total = sum(head.size for head in self.heads)
        where = []
        for head, start in zip(self.heads, self._starts, strict=True):
            table = overlay(head.expert)
            where.append(np.where(table == head.size, total, table + start))
        self._where = np.stack(where)  # [heads, references, 58]
        self._spread = np.stack([spread(head.expert) for head in self.heads])
        self._references = np.array([head.reference for head in self.heads])
        self._sizes = np.array([head.size for head in self.heads])
        self._head = np.arange(len(self.heads))

    def start(self) -> State:
        """Before anything has sounded."""
        return tuple((np.zeros(t.hidden, np.float32), np.zeros(t.hidden, np.float32)) for t in self.trunks)

    def open(self, state: State, history: VoiceHistory, moment: Moment) -> OpenedStep:
        """All that can be done before the step's notes are known. history, moment: one row."""
        settled = settle(self.voice, history, moment)
        rows = settled.fields[0] + self._settled
        gates = []
        for trunk, (h, c) in zip(self.trunks, state, strict=True):
            gate = h @ trunk.recurrent
            gate += trunk.bias
            gate += trunk.rows[rows].sum(0)
            gate += settled.counts[0] @ trunk.rows[self._counts]
            gates.append((gate, c))
        return OpenedStep(history, moment, settled, tuple(gates), Hearing(self.voice, history, moment, settled))

    def look(
        self, opened: OpenedStep, tokens: Sequence[Sequence[int]], faders: Real | None = None, heats: Real | None = None
    ) -> Look:
        """What this voice may do. tokens: of the voices known, in KNOWN's order, one row a hypothesis, all with the
        same soprano. faders [heads]: a performer's exponents, which multiply the learned; heats [heads], > 0: the
        temperature of what each head says of pitches, given that one is struck."""
        shared, each, counts, references = opened.hearing.rows(tokens)
        rows = np.array(each, np.int64)  # -1: the row of noughts at the end
        raw, states = [], []
        for trunk, (gate, c) in zip(self.trunks, opened.gates, strict=True):
            gate = gate + trunk.rows[shared].sum(0)
            gate += counts @ trunk.rows[self._lately]
            gates = trunk.rows[rows].sum(1) if rows.size else np.zeros((len(tokens), len(gate)), np.float32)
            gates += gate
            h, new = _cell(gates, c, trunk.hidden)
            raw.append(h @ trunk.out + trunk.out_bias)
            states.append((h, new))
        spoken = self._spoken(raw[0] if len(raw) == 1 else np.concatenate(raw, 1), references)
        if heats is not None:
            spoken[..., ONSET:] = _heated(spoken[..., ONSET:], heats)
        exponents = self._effective(opened, min(tokens[0][0], ONSET))
        if faders is not None:
            exponents = exponents * faders[:, None]
            spoken = np.where((faders < 0)[:, None], np.maximum(spoken, np.float32(FLOOR)), spoken)
        summed = np.empty((len(tokens), TOKENS), np.float32)
        summed[:, :ONSET] = exponents[:, 0] @ spoken[..., :ONSET]
        summed[:, ONSET:] = exponents[:, 1] @ spoken[..., ONSET:]
        top = summed.max(1, keepdims=True)
        normal = np.log(np.exp(summed - top).sum(1, keepdims=True)) + top
        return Look(summed - normal, spoken, exponents, normal[:, 0], tuple(states))

    def _spoken(self, raw: Real, references: Whole) -> Real:
        """[rows, heads, 58] from all heads' raw outputs [rows, sizes]."""
        top = np.repeat(np.maximum.reduceat(raw, self._starts, axis=1), self._sizes, axis=1)
        logs = raw - top
        logs -= np.repeat(np.log(np.add.reduceat(np.exp(logs), self._starts, axis=1)), self._sizes, axis=1)
        padded = np.concatenate([logs, np.full((len(raw), 1), OUTSIDE, np.float32)], 1)
        where = self._where[self._head, references[:, self._references]]  # [rows, heads, 58]
        found: Real = padded[np.arange(len(raw))[:, None, None], where]
        found += self._spread
        return found

    def _effective(self, opened: OpenedStep, soprano: int) -> Real:
        """The learned exponents at this step, [heads, 2]: gated by the place, and by how this voice was last
        articulated and the soprano is now."""
        settled = opened.settled.fields[0]
        if soprano == HOLD and opened.history.pitch[0, SOPRANO] == NONE:
            soprano = REST
        bent: Real = self._exponents * self._place[settled[self._at]]
        bent *= self._articulation[settled[self._own_kind] * 3 + soprano]
        return bent


def _heated(pitches: Real, heats: Real) -> Real:
    """[rows, heads, 56] log-probabilities at another temperature, each head's sum kept."""
    whole = _logsum(pitches)
    cooled = (pitches - whole) / heats[:, None]
    return cooled - _logsum(cooled) + whole


def _logsum(logs: Real) -> Real:
    top = logs.max(-1, keepdims=True)
    found: Real = np.log(np.exp(logs - top).sum(-1, keepdims=True)) + top
    return found


def _cell(gates: Real, c: Real, hidden: int) -> tuple[Real, Real]:
    """torch.nn.LSTM's cell: input, forget, cell, output. gates [rows, 4 hidden], c [hidden]."""
    sigma: Real = np.float32(1) / (np.float32(1) + np.exp(-gates))
    new: Real = sigma[:, hidden : 2 * hidden]
    new = new * c
    new += sigma[:, :hidden] * np.tanh(gates[:, 2 * hidden : 3 * hidden])
    h: Real = sigma[:, 3 * hidden :] * np.tanh(new)
    return h, new
