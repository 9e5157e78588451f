"""Look-back inputs as tensors: what they add to one step of folk-rnn.

Every input names a row of a table; the rows are summed, once a step, into layer 1's gates and into what comes out.
There each source also has a weight, by which the token that it names becomes the more expected. Sums are taken in one
order, so a beam's are the same bits in any company.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from instrument.networks.folk.look_back import SOURCES, LookBack

Trails = NDArray[np.object_]  #: `lookback.Trail` of each beam, or None where a model does not look back


class LookBackInputs:
    """A model's table, laid out for steps. thread: the thinker's."""

    def __init__(self, gates: Tensor, out: Tensor, look: LookBack | None) -> None:
        """gates: [rows, 4 hidden], to layer 1; out: [rows, vocab + sources], to what comes out."""
        assert look is not None
        self.look, self._width = look, gates.shape[1]
        self.table = torch.cat((gates, out), 1).contiguous()

    def scaled(self, gates: Tensor) -> LookBackInputs:
        """The same with each of the gates [4 hidden] multiplied."""
        return LookBackInputs(self.table[:, : self._width] * gates, self.table[:, self._width :], self.look)

    def sums(self, looks: Tensor) -> tuple[Tensor, Tensor]:
        """What inputs [beams, inputs] add to layer 1's gates, [beams, 4 hidden], and to what comes out."""
        both = torch.nn.functional.embedding_bag(looks, self.table, mode="sum")
        return both[:, : self._width], both[:, self._width :]

    def expected(self, out: Tensor, looks: Tensor) -> Tensor:
        """Logits [beams, vocab] from what comes out, the sums added."""
        return said_again(out, self.look, looks)


def rows_of(look: LookBack, tokens: Tensor) -> Tensor:
    """The look-back inputs [steps, beams, inputs] of whole tunes [steps, beams] that begin with their first tokens."""
    return torch.from_numpy(look.table(tokens.t().tolist())).to(tokens.device)


def told_rows(look: LookBack | None, trails: Trails | None, device: torch.device) -> Tensor | None:
    """The look-back inputs [beams, inputs] behind trails [beams]; None for a model that has none. Raises ValueError."""
    if look is None:
        return None
    if trails is None:
        raise ValueError("this model looks back: a step needs the trails of its beams")
    flat = np.array([trail.rows for trail in trails], np.int64).reshape(len(trails), len(look.inputs))
    return torch.from_numpy(flat).to(device)


def said_again(out: Tensor, look: LookBack, rows: Tensor) -> Tensor:
    """Logits [..., vocab] from out [..., vocab + sources], where the sources' weights stand behind the tokens, and rows
    [..., inputs]: each weight is added to the token that its source names. What names none goes to a weight's place."""
    backs = rows[..., :SOURCES] - _first(look.none + 1, rows.device)
    weights = out[..., look.none :]
    if out.is_cuda:  # sums of several sources in one token must not depend on which comes first
        for source in range(SOURCES):
            one = slice(source, source + 1)
            out = out.scatter_add(-1, backs[..., one], weights[..., one])
    else:
        out = out.scatter_add(-1, backs, weights)
    return out[..., : look.none]


@functools.cache
def _first(rows: int, device: torch.device) -> Tensor:
    """[sources]: the first row of each."""
    return rows * torch.arange(SOURCES, device=device)
