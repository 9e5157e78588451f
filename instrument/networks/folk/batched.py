"""folk-rnn's step for many rows on a GPU: few large kernels, no choice made on the host.

The same sums as `instrument.networks.folk.split_step`, laid out for graphs: the recurrent products of all layers are
one batched product, a layer's gates and cell are one fused kernel on CUDA (written out elsewhere). Rows agree with
the CPU's to float32, not bit for bit.
"""

from __future__ import annotations

import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import Stepper


class Batched:
    """The weights of a Stepper that is on the device. thread: the thinker's.

    precision: "bfloat16" for products of bfloat16 numbers, summed in float32; gates and cells stay float32.
    """

    def __init__(self, stepper: Stepper, precision: str = "float32") -> None:
        number = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.layers, self.hidden, self.vocab = stepper.layers, stepper.hidden, stepper.vocab
        self.rows = stepper.rows.contiguous()  # [vocab, 4 hidden], the first bias included
        self.told = stepper.told
        hidden = self.hidden
        below = [stepper.recurrent, *(w[hidden:] for w in stepper.fused)]
        self.recurrent = torch.stack(below).contiguous().to(number)  # [layers, hidden, 4 hidden]
        self.bias = torch.stack([torch.zeros_like(stepper.rows[0]), *stepper.bias])[:, None]  # [layers, 1, 4 hidden]
        self.input = [w[:hidden].contiguous().to(number) for w in stepper.fused]  # of layers 2 on, [hidden, 4 hidden]
        self.w_out, self.b_out = stepper.w_out, stepper.b_out
        self.number = number
        self.device = stepper.rows.device

    def recur(self, states: Tensor) -> Tensor:
        """What a step needs of its parents [rows, layers, 2, hidden]: [layers, rows, 4 hidden]."""
        hidden = states.select(2, 0).transpose(0, 1)
        if self.number is torch.float32:
            return torch.baddbmm(self.bias, hidden, self.recurrent)
        return torch.bmm(hidden.to(self.number), self.recurrent).float() + self.bias

    def forward(
        self, tokens: Tensor, cells: Tensor, products: Tensor, looks: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """The rest: log-probabilities [rows, vocab], new states [rows, layers, 2, hidden].

        tokens: [rows]; cells: [rows, layers, hidden], the parents'; products: [layers, rows, 4 hidden] by `recur`
        looks: [rows, inputs], the look-back inputs, for a model that has them
        """
        parts: list[Tensor] = []
        h = self.rows.index_select(0, tokens)
        said = self.told.sums(looks) if self.told and looks is not None else None
        if said:
            h = h + said[0]
        for layer in range(self.layers):
            gates = torch.mm(h.to(self.number), self.input[layer - 1]).float() if layer else h
            h, cell = _cell(gates, products[layer], cells[:, layer])
            parts += (h, cell)
        out = torch.addmm(self.b_out, h, self.w_out)
        if self.told and said and looks is not None:
            out = self.told.expected(out + said[1], looks)
        logs = torch.log_softmax(out, 1)
        return logs, torch.stack(parts, 1).view(-1, self.layers, 2, self.hidden)

    def step(self, tokens: Tensor, states: Tensor, looks: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Both parts, for rows that share nothing."""
        return self.forward(tokens, states.select(2, 1), self.recur(states), looks)


def _cell(gates: Tensor, more: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """Hidden and cell [rows, hidden] from the two products [rows, 4 hidden]; gates input, forget, cell, output."""
    if gates.is_cuda:
        h, new, _ = torch.ops.aten._thnn_fused_lstm_cell(gates, more, cell.contiguous())
        return h, new
    i, f, g, o = (gates + more).chunk(4, 1)
    new = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(new), new
