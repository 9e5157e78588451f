"""One step of folk-rnn in two parts: `recur` needs only the parent's state, `forward` needs the token.

All children of a state share the products of its hidden vectors with the recurrent weights, so those are
computed once for each parent (5.3 million multiplications a step become 2.2 a child), and before any token is
chosen. Exact: the same sums, split where the layers' two products meet.

Two ways of running a row, `alone` and together. On one CPU thread a matrix product over one row is another
routine than one over many, with other roundings. MKL's over 4 rows and more gives each row the same bits whatever
stands beside it (tests/test_tree.py holds us to it), so `alone` runs exactly one row, `together` never fewer
than 4 and never more than 256. A row is then a function of its parent's row, its token and its way.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from instrument.networks.folkrnn import Stepper

LEAST, MOST = 4, 256  #: rows in one product together
Product = Callable[[Tensor], Tensor]  #: [beams, hidden] -> [beams, 4 hidden] or [beams, vocab]


class Siblings:
    """Shares a Stepper's weights. thread: the thinker's. blocks: never, but for the arithmetic."""

    def __init__(self, stepper: Stepper) -> None:
        self.layers, self.hidden, self.vocab = stepper.layers, stepper.hidden, stepper.vocab
        self.device = stepper.rows.device
        self.rows, self.w_out, self.b_out = stepper.rows, stepper.w_out, stepper.b_out
        self.bias = [None, *stepper.bias]  # layer 1's is in `rows`
        self.w_hidden = [stepper.recurrent, *(w[self.hidden :] for w in stepper.fused)]  # each [hidden, 4 hidden]
        self.w_input = [w[: self.hidden] for w in stepper.fused]  # each [hidden, 4 hidden]; of layers 2 on
        self._hidden = [_product(w) for w in self.w_hidden]
        self._input = [_product(w) for w in self.w_input]
        self._out = _product(self.w_out)

    @torch.inference_mode()
    def recur(self, states: Tensor, alone: bool) -> Tensor:
        """What the next token's step needs of these states: [beams, layers, 4 hidden], biases included.

        states: [beams, layers, 2, hidden], one if alone, else at most 256
        """
        beams = len(states)
        if not alone and beams < LEAST:
            return self.recur(states[_padding(beams)], alone)[:beams]
        products = torch.empty(beams, self.layers, 4 * self.hidden, device=self.device)
        for layer in range(self.layers):
            h, bias, here = states[:, layer, 0], self.bias[layer], products[:, layer]
            if alone:
                torch.mm(h, self.w_hidden[layer], out=here)
            else:
                here.copy_(self._hidden[layer](h))
            if bias is not None:
                here += bias
        return products

    @torch.inference_mode()
    def forward(
        self, tokens: Tensor, states: Tensor, parents: Tensor, products: Tensor, places: Tensor, alone: bool
    ) -> tuple[Tensor, Tensor]:
        """The rest of a step: log-probabilities [beams, vocab] and new states [beams, layers, 2, hidden].

        tokens: [beams], one if alone, else at most 256. states: any [nodes, layers, 2, hidden], of which parents
        [beams] says the rows; products: any [slots, layers, 4 hidden] by `recur`, of which places [beams] says
        the rows. One parent for all may be given as [1].
        """
        beams = len(tokens)
        if not alone and beams < LEAST:
            pad = _padding(beams)
            parents, places = (rows if len(rows) == 1 else rows[pad] for rows in (parents, places))
            logs, new = self.forward(tokens[pad], states, parents, products, places, alone)
            return logs[:beams], new[:beams]
        new = states.new_empty(beams, self.layers, 2, self.hidden)
        x = self.rows[tokens]  # [beams, 4 hidden]
        for layer in range(self.layers):
            recurrent = products[places, layer]  # [beams or 1, 4 hidden]
            if layer == 0:
                gates = x.add_(recurrent)
            elif alone:
                gates = torch.addmm(recurrent, x, self.w_input[layer - 1])
            else:
                gates = self._input[layer - 1](x).add_(recurrent)
            i, f, g, o = gates.view(-1, 4, self.hidden).unbind(1)  # each [beams, hidden]
            cell = torch.sigmoid(f) * states[parents, layer, 1] + torch.sigmoid(i) * torch.tanh(g)
            x = torch.sigmoid(o) * torch.tanh(cell)
            new[:, layer, 0], new[:, layer, 1] = x, cell
        logits = torch.addmm(self.b_out, x, self.w_out) if alone else self._out(x).add_(self.b_out)
        return torch.log_softmax(logits, dim=1), new


def _padding(beams: int) -> list[int]:
    """Rows 0 to `beams`, then row 0 until there are enough to run together."""
    return [*range(beams), *[0] * (LEAST - beams)]


def _product(weight: Tensor) -> Product:
    """x -> x @ weight, laid out for batches: half the time of a plain product at 8 rows, where MKL is."""
    if weight.device.type == "cpu" and weight.dtype == torch.float32 and torch.backends.mkl.is_available():
        across = weight.t().contiguous()
        packed = torch.ops.mkl._mkl_reorder_linear_weight(across, 64)
        return lambda x: torch.ops.mkl._mkl_linear(x, packed, across, None, len(x))  # type: ignore[no-any-return]
    return lambda x: torch.mm(x, weight)
