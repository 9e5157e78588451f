"""Constraints as tables on the device: row by row what may follow a state, how likely, and which state that leads to.

Before a tree is grown there, `upload` sees to it that every state it can reach has its row; rows stay until the
constraint is another. Row 0 is no constraint at all. thread: the thinker's.
"""

from __future__ import annotations

import numpy as np
import torch

from instrument.thinking.tree.leaves import Numbers
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tree.tree import Constraint, Tree, opinions

ROWS = 16_384  #: states of one constraint; tuples of four reach up to 3,300 (9 MB)


class LawTable:
    """Constraints as tables on the device.

    after: [rows, vocab] on the device, the row of the state behind each token, -1 where it may not come; weights,
    shares: [rows, vocab], of the constraint (`instrument.thinking.tree.tree.Constraint`), zeros where it has none."""

    def __init__(self, tree: Tree, device: torch.device, rows: int = ROWS) -> None:
        """tree: says what ends a tuple and what is never drawn; rows: states of one constraint that are held at a
        time."""
        self._tree, self._device = tree, device
        vocab = len(tree.may)
        self.after = torch.full((rows, vocab), -1, dtype=torch.int32, device=device)
        self.after[0] = torch.from_numpy(np.where(tree.may, 0, -1).astype(np.int32)).to(device)
        self.weights, self.shares = (torch.zeros(rows, vocab, device=device) for _ in range(2))
        self._constraint: Constraint | None = None
        self._row = np.zeros(0, np.int32)  # of each state of the constraint; 0 where it has none
        self._filled = np.zeros(rows, np.bool_)
        self._rows = 1  # given out
        self._ready: set[tuple[int, int]] = set()

    def upload(self, constraint: Constraint | None, state: int, depth: int) -> int:
        """The row of a state, everything within `depth` tokens of it filled in. Raises StoreFull where that is more
        states than there are rows."""
        if constraint is None:
            return 0
        if constraint is not self._constraint:
            self._begin(constraint)
        if (state, depth) not in self._ready:
            if not self._reach(constraint, state, depth):
                self._begin(constraint)  # with what is near
                if not self._reach(constraint, state, depth):
                    raise StoreFull(f"{len(self._filled)} states of the constraint are too few for a tuple of {depth}")
            self._ready.add((state, depth))
        return int(self._row[state])

    def _begin(self, constraint: Constraint) -> None:
        self._constraint, self._rows = constraint, 1
        self.weights.zero_()
        self.shares.zero_()
        self._row[:] = 0
        self._filled[:] = False
        self._ready.clear()

    def _reach(self, constraint: Constraint, state: int, depth: int) -> bool:
        """Fill in what is missing; False where there are not enough rows."""
        wave = np.array([state], np.int32)
        for _ in range(depth):
            masks = constraint.masks(wave) & self._tree.may  # [states, vocab]
            which, tokens = np.nonzero(masks)
            behind = constraint.after(wave[which], tokens.astype(np.int32))
            rows = self._numbered(wave)
            if rows is None or (further := self._numbered(behind)) is None:
                return False
            table = np.full(masks.shape, -1, np.int32)
            table[which, tokens] = further
            new = np.flatnonzero(~self._filled[rows])
            if len(new):
                places = torch.from_numpy(rows[new].astype(np.int64)).to(self._device)
                self.after[places] = torch.from_numpy(table[new]).to(self._device)
                for kept, own in zip((self.weights, self.shares), opinions(constraint, wave), strict=True):
                    if own is not None:
                        kept[places] = torch.from_numpy(own[new].astype(np.float32)).to(self._device)
                self._filled[rows[new]] = True
            wave = np.unique(behind[~self._tree.ends[tokens]])
            if not len(wave):
                break
        return True

    def _numbered(self, states: Numbers) -> Numbers | None:
        """The rows of states, given out where they have none; None where there are not enough."""
        different = np.unique(states)
        if len(different) and different[-1] >= len(self._row):
            more = np.zeros(max(2 * len(self._row), int(different[-1]) + 1) - len(self._row), np.int32)
            self._row = np.concatenate((self._row, more))
        missing = different[self._row[different] == 0]
        if self._rows + len(missing) > len(self._filled):
            return None
        self._row[missing] = np.arange(self._rows, self._rows + len(missing), dtype=np.int32)
        self._rows += len(missing)
        return np.asarray(self._row[states])
