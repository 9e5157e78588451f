"""Gates of folk-rnn while a tune was generated: its tokens played again, every gate written down.

The instrument's own step keeps no gates and is not slowed by this: a tune is its tokens, and the same tokens give the
same activations. The equations are those of Sturm, "Making sense of the folk-rnn v2 model", part 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.networks.folk.folkrnn import FolkRNN, rows_of

Array = NDArray[np.float64]
KINDS = ("hidden", "out", "in", "forget", "tanh_cell", "cell")  #: of activations, each [layers, steps, hidden]


@dataclass(frozen=True, slots=True)
class Activations:
    """Activations of folk-rnn while a tune was generated.

    numbers: the tokens generated, [steps] (without `<s>`); probabilities: [steps, vocab], from which each was drawn.

    in_, forget, out: gates, 0..1; cell: the cell's contents, unbounded; hidden: out * tanh(cell), -1..1. Each is
    [layers, steps, hidden]; step t is after the token before token t.
    """

    numbers: tuple[int, ...]
    probabilities: Array
    in_: Array
    forget: Array
    out: Array
    cell: Array
    hidden: Array

    def of(self, kind: str) -> Array:
        """[layers, steps, hidden] of one of KINDS. Raises KeyError."""
        kinds = {"in": self.in_, "forget": self.forget, "out": self.out, "cell": self.cell, "hidden": self.hidden}
        return np.tanh(self.cell) if kind == "tanh_cell" else kinds[kind]


@torch.inference_mode()
def replay(model: FolkRNN, numbers: Sequence[int]) -> Activations:
    """Step through a tune and write down every gate. numbers: `<s>` first. thread: any; about 2 ms a token.

    Raises ValueError for a tune of no tokens.
    """
    if len(numbers) < 2:
        raise ValueError("a tune of no tokens has no activations")

    def get(name: str) -> torch.Tensor:
        return model.lstm.get_parameter(name).detach()

    tokens = torch.tensor(numbers[:-1])[:, None]  # [steps, beams]
    looks = rows_of(model.look, tokens) if model.look else None
    given = model.given(tokens, looks, torch.float32)
    state = model.start()[0]  # [layers, 2, hidden]
    kept: list[list[torch.Tensor]] = []  # [steps][in, forget, out, cell, hidden], each [layers, hidden]
    logits = []
    for step in range(len(numbers) - 1):
        x = given[step, 0]
        rows, new = [], []
        for layer in range(model.layers):
            h, c = state[layer]
            sums = get(f"weight_ih_l{layer}") @ x + get(f"weight_hh_l{layer}") @ h
            i, f, g, o = (sums + get(f"bias_ih_l{layer}") + get(f"bias_hh_l{layer}")).chunk(4)
            i, f, o = i.sigmoid(), f.sigmoid(), o.sigmoid()
            c = f * c + i * g.tanh()
            x = o * c.tanh()
            rows.append((i, f, o, c, x))
            new.append(torch.stack((x, c)))
        kept.append([torch.stack(column) for column in zip(*rows, strict=True)])
        state = torch.stack(new)
        logits.append(model.expected(model.out(x), None if looks is None else looks[step, 0]))
    found = [torch.stack(column, 1).double().numpy() for column in zip(*kept, strict=True)]
    probabilities = torch.stack(logits).double().softmax(-1).numpy()
    return Activations(tuple(numbers[1:]), probabilities, *found)
