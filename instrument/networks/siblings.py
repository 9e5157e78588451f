"""One step of folk-rnn in two parts: `recur` needs only the parent's state, `forward` needs the token.

All children of a state share the products of its hidden vectors with the recurrent weights, so those are
computed once for each parent (5.3 million multiplications a step become 2.2 a child), and before any token is
chosen. Exact: the same sums, split where the layers' two products meet.

A row is a function of its parent's row and its token, bit for bit, whatever stands beside it: see `Product`.
On the CPU only; on other devices rows agree to float32.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from instrument.networks.folkrnn import Stepper
from instrument.networks.product import MOST, Product


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
        self._out = Product(stepper.w_out, stepper.b_out)

    @torch.inference_mode()
    def recur(self, states: Tensor) -> Tensor:
        """What the next token's step needs of these states: [beams, layers, 4 hidden], biases included.

        states: [beams, layers, 2, hidden]
        """
        products = states.new_empty(len(states), self.layers, 4 * self.hidden)
        for rows in _portions(len(states)):
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
        logs = states.new_empty(len(tokens), self.vocab)
        new = states.new_empty(len(tokens), self.layers, 2, self.hidden)
        for rows in _portions(len(tokens)):
            above, place = (index if len(index) == 1 else index[rows] for index in (parents, places))
            x = self.rows.index_select(0, tokens[rows])  # [beams, 4 hidden]
            for layer in range(self.layers):
                if layer:
                    x = self._input[layer - 1](x)
                gates = x.add_(products[:, layer].index_select(0, place))  # [beams, 4 hidden]
                i, f, g, o = gates.view(-1, 4, self.hidden).unbind(1)  # each [beams, hidden]
                cell = torch.sigmoid(f).mul_(states[:, layer, 1].index_select(0, above))
                cell += torch.sigmoid(i).mul_(torch.tanh(g))
                x = torch.sigmoid(o).mul_(torch.tanh(cell))
                new[rows, layer, 0], new[rows, layer, 1] = x, cell
            logs[rows] = torch.log_softmax(self._out(x), dim=1)
        return logs, new


def _portions(beams: int) -> Iterator[slice]:
    """Equal rounding is promised up to `MOST` rows in one product, and more do not gain."""
    for first in range(0, beams, MOST):
        yield slice(first, min(first + MOST, beams))
