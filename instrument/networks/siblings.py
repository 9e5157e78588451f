"""One step of folk-rnn in two parts: `recur` needs only the parent's state, `forward` needs the token.

All children of a state share the products of its hidden vectors with the recurrent weights, so those are
computed once for each parent (5.3 million multiplications a step become 2.2 a child), and before any token is
chosen. Exact: the same sums, split where the layers' two products meet.

A row is a function of its parent's row and its token, bit for bit, whatever stands beside it: see `Product`.
On the CPU only; on other devices rows agree to float32.
"""

from __future__ import annotations

import torch
from torch import Tensor

from instrument.networks.folkrnn import Stepper
from instrument.networks.product import MOST, Product, together


class Siblings:
    """Shares what it can of a Stepper's weights. thread: the thinker's. blocks: never, but for the arithmetic."""

    def __init__(self, stepper: Stepper) -> None:
        self.layers, self.hidden, self.vocab = stepper.layers, stepper.hidden, stepper.vocab
        self.initial, self.rows = stepper.initial, stepper.rows
        recurrent = [stepper.recurrent, *(w[self.hidden :] for w in stepper.fused)]  # each [hidden, 4 hidden]
        self._recurrent = [
            Product(weight, bias) for weight, bias in zip(recurrent, [None, *stepper.bias], strict=True)
        ]  # layer 1's bias is in `rows`
        self._input = [Product(w[: self.hidden]) for w in stepper.fused]  # of layers 2 on
        self._out = Product(stepper.w_out, stepper.b_out, half=False)
        self._size = together([*self._recurrent, *self._input, self._out])

    @torch.inference_mode()
    def recur(self, states: Tensor) -> Tensor:
        """What the next token's step needs of these states: [beams, layers, 4 hidden], biases included.

        states: [beams, layers, 2, hidden]
        """
        beams = len(states)
        products = states.new_empty(beams, self.layers, 4 * self.hidden)
        for first in range(0, beams, MOST):
            rows = slice(first, min(first + MOST, beams))
            for layer, product in enumerate(self._recurrent):
                products[rows, layer] = product(states[rows, layer, 0])
        return products

    @torch.inference_mode()
    def forward(
        self, tokens: Tensor, states: Tensor, parents: Tensor, products: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The rest of a step: log-probabilities [beams, vocab] and new states [beams, layers, 2, hidden].

        tokens: [beams]. states: any [nodes, layers, 2, hidden], of which parents [beams] says the rows;
        products: any [slots, layers, 4 hidden] by `recur`, of which places [beams] says the rows. One parent for
        all may be given as [1].
        """
        beams = len(tokens)
        if beams <= MOST:
            return self._portion(tokens, states, parents, products, places)
        logs = states.new_empty(beams, self.vocab)
        new = states.new_empty(beams, self.layers, 2, self.hidden)
        for first in range(0, beams, MOST):
            rows = slice(first, min(first + MOST, beams))
            above, place = (index if len(index) == 1 else index[rows] for index in (parents, places))
            logs[rows], new[rows] = self._portion(tokens[rows], states, above, products, place)
        return logs, new

    def _portion(
        self, tokens: Tensor, states: Tensor, parents: Tensor, products: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        """`forward` for at most `MOST` beams, filled up once for all layers with copies of the first."""
        beams = len(tokens)
        more = self._size[beams] - beams
        tokens = _filled(tokens, more)
        cells = _rows(states, parents, more)  # [beams or 1, layers, 2, hidden]
        recurrent = _rows(products, places, more)  # [beams or 1, layers, 4 hidden]
        new = states.new_empty(beams + more, self.layers, 2, self.hidden)
        x = self.rows.index_select(0, tokens)  # [beams, 4 hidden]
        for layer in range(self.layers):
            if layer:
                x = self._input[layer - 1](x)
            gates = x.add_(recurrent[:, layer]).view(-1, 4, self.hidden)  # [beams, 4, hidden]
            i, f, o = torch.sigmoid(gates[:, 0]), torch.sigmoid(gates[:, 1]), torch.sigmoid(gates[:, 3])
            cell = f.mul_(cells[:, layer, 1]).add_(i.mul_(torch.tanh(gates[:, 2])))
            x = o.mul_(torch.tanh(cell))
            new[:, layer, 0], new[:, layer, 1] = x, cell
        logs = torch.log_softmax(self._out(x), dim=1)
        return logs[:beams], new[:beams]


def _filled(index: Tensor, more: int) -> Tensor:
    """An index with its first entry so many times more."""
    return torch.cat((index, index[:1].expand(more))) if more else index


def _rows(source: Tensor, index: Tensor, more: int) -> Tensor:
    """Rows of source [rows, ...] by an index [beams] and `more` to fill up; just the one where it is [1]."""
    if len(index) == 1:
        return source[int(index) :][:1] if source.device.type == "cpu" else source.index_select(0, index)
    return source.index_select(0, _filled(index, more))
