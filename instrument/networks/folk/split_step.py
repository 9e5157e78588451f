"""One step of folk-rnn in two parts: `recur` needs only the parent's state, `forward` needs the token.

All children of a state share the products of its hidden vectors with the recurrent weights, so those are
computed once for each parent (5.3 million multiplications a step become 2.2 a child), and before any token is
chosen. Exact: the same sums, split where the layers' two products meet.

A row is a function of its parent's row and its token, bit for bit, whatever stands beside it: see `StableMatmul`.
On the CPU only; on other devices rows agree to float32. tanh x is had as 2 sigmoid(2 x) - 1, with the doubling
inside the cell gate's weights: one pass over all four gates, and a quarter of the time of torch's tanh.
"""

from __future__ import annotations

import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import Stepper
from instrument.networks.folk.stable_matmul import MOST, StableMatmul


class Siblings:
    """Shares what it can of a Stepper's weights. thread: the thinker's. blocks: never, but for the arithmetic."""

    def __init__(self, stepper: Stepper, precision: str = "float32") -> None:
        """precision: "int8" for weights in 8 bits, on the CPU; others are the Stepper's as they are."""
        self.layers, self.hidden, self.vocab = stepper.layers, stepper.hidden, stepper.vocab
        self.initial = stepper.initial
        twice = torch.ones(4 * self.hidden, device=stepper.rows.device)
        twice[2 * self.hidden : 3 * self.hidden] = 2.0  # the cell gate, exactly doubled
        self.rows = stepper.rows * twice
        self.look = stepper.look
        self.told = stepper.told.scaled(twice) if stepper.told else None
        recurrent = [stepper.recurrent, *(w[self.hidden :] for w in stepper.fused)]  # each [hidden, 4 hidden]
        bias = [None, *(b * twice for b in stepper.bias)]  # layer 1's is in `rows`
        int8 = precision == "int8"
        self._recurrent = [StableMatmul(w * twice, b, int8=int8) for w, b in zip(recurrent, bias, strict=True)]
        self._input = [StableMatmul(w[: self.hidden] * twice, int8=int8) for w in stepper.fused]  # of layers 2 on
        self._out = StableMatmul(stepper.w_out, stepper.b_out, half=False)
        self._most = MOST if stepper.rows.device.type == "cpu" else 1 << 20  # rows at once

    @torch.inference_mode()
    def recur(self, states: Tensor, into: Tensor | None = None) -> Tensor:
        """What the next token's step needs of these states: [beams, layers, 4 hidden], biases included.

        states: [beams, layers, 2, hidden]; into: where that is written, new by default
        """
        beams = states.shape[0]
        products = states.new_empty(beams, self.layers, 4 * self.hidden) if into is None else into
        for first in range(0, beams, self._most):
            rows = slice(first, first + self._most)
            hidden = states[rows].select(2, 0).unbind(1)  # layers times [beams, hidden]
            torch.stack([product(h) for product, h in zip(self._recurrent, hidden, strict=True)], 1, out=products[rows])
        return products

    @torch.inference_mode()
    def forward(
        self, tokens: Tensor, states: Tensor, parents: Tensor, products: Tensor, places: Tensor,
        into: Tensor | None = None, looks: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """The rest of a step: log-probabilities [beams, vocab] and new states [beams, layers, 2, hidden].

        tokens: [beams]. states: any [nodes, layers, 2, hidden], of which parents [beams] says the rows;
        products: any [slots, layers, 4 hidden] by `recur`, of which places [beams] says the rows. One parent for
        all may be given as [1]. into: where the new states are written, apart from the parents'; new by default
        looks: [beams, inputs], the look-back inputs behind the tokens, for a model that has them
        """
        if (looks is None) != (self.look is None):
            raise ValueError("a step is told look-back inputs where its model has them, and only there")
        beams = tokens.shape[0]
        new = states.new_empty(beams, self.layers, 2, self.hidden) if into is None else into
        if beams <= self._most:
            return self._portion(tokens, states, parents, products, places, new, looks), new
        logs = states.new_empty(beams, self.vocab)
        for first in range(0, beams, self._most):
            rows = slice(first, first + self._most)
            above, place = (index if len(index) == 1 else index[rows] for index in (parents, places))
            own = None if looks is None else looks[rows]
            logs[rows] = self._portion(tokens[rows], states, above, products, place, new[rows], own)
        return logs, new

    def _portion(
        self, tokens: Tensor, states: Tensor, parents: Tensor, products: Tensor, places: Tensor, new: Tensor,
        looks: Tensor | None,
    ) -> Tensor:  # fmt: skip
        """`forward` for at most `_most` beams: fills new, returns log-probabilities."""
        cells = _rows(states, parents).select(2, 1).unbind(1)  # layers times [beams or 1, hidden]
        recurrent = _rows(products, places).unbind(1)  # layers times [beams or 1, 4 hidden]
        gates = self.rows.index_select(0, tokens)  # [beams, 4 hidden]
        said = self.told.sums(looks) if self.told and looks is not None else None
        if said:
            gates.add_(said[0])
        for layer in range(self.layers):
            if layer:
                gates = self._input[layer - 1](new[:, layer - 1, 0])
            i, f, g, o = _sigmoid(gates.add_(recurrent[layer])).chunk(4, 1)  # each [beams, hidden]
            h, cell = new[:, layer].unbind(1)
            torch.mul(f, cells[layer], out=cell).addcmul_(i, g, value=2.0).sub_(i)  # f c + i (2 g - 1)
            torch.mul(cell, 2.0, out=h).sigmoid_().mul_(2.0).sub_(1.0).mul_(o)
        out = self._out(new[:, -1, 0])
        if self.told and said and looks is not None:
            out = self.told.expected(out.add_(said[1]), looks)
        return torch.log_softmax(out, 1)


def _sigmoid(gates: Tensor) -> Tensor:
    """In place, [beams, 4 hidden]. The last few of a run are had by another routine, so every row is a run of its own
    unless rows are whole multiples of what the vector unit takes at once (16 numbers)."""
    if gates.shape[1] % 16 == 0:
        return gates.sigmoid_()
    for gate in gates.chunk(4, 1):
        gate.sigmoid_()
    return gates


def _rows(source: Tensor, index: Tensor) -> Tensor:
    """Rows of source [rows, ...] by an index [beams]; as a view, not a copy, where that is [1]."""
    if index.shape[0] == 1 and source.device.type == "cpu":
        return source.narrow(0, int(index), 1)
    return source.index_select(0, index)
