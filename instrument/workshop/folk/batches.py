"""Batches of training tunes, as rows of one table on the device.

A batch is a column of row numbers: what is computed from it (the tokens, moved by an octave or not, and their targets)
has the shape of its bucket, whichever rows are in it. Tunes longer than `LONGEST` are cut, and each
piece begins with `<s>` and its tune's meter and mode.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from instrument.music.tokens.tokens import Kind, parse, pitch_text

LONGEST = 383  #: steps
MOVES = (0, 7, -7, 1, -1, 2, -2, 3, -3)  #: steps of the scale
OCTAVES, SHIFTS = (1, 2), (3, 4, 5, 6, 7, 8)  #: which of `MOVES`


@dataclass(slots=True)
class TokenBatch:
    """Batch of training tokens.

    tokens, targets: [steps, beams]; counts: 1 where a target counts, [steps, beams]; looks: the
    look-back inputs, [steps, beams, inputs], where the model has them."""

    tokens: Tensor
    targets: Tensor
    counts: Tensor
    looks: Tensor | None = None


class Rows:
    """Training tunes as rows of a table.

    tunes: numbers, with `<s>` and `</s>`; large: which of them are of the largest family. The last row is
    empty: it fills what is left of a batch."""

    def __init__(
        self, tunes: Sequence[Sequence[int]], texts: Sequence[str], device: str = "cpu", large: Sequence[bool] = (),
    ) -> None:  # fmt: skip
        flags = list(large) or [False] * len(tunes)
        cut = [(piece, flags[i]) for i, tune in enumerate(tunes) for piece in pieces(tune)]
        self.pieces, self.large = [c[0] for c in cut], [c[1] for c in cut]
        self.lengths = [len(piece) - 1 for piece in self.pieces]  # steps
        table = torch.zeros(len(cut) + 1, LONGEST + 1, dtype=torch.long)
        for row, piece in enumerate(self.pieces):
            table[row, : len(piece)] = torch.tensor(piece)
        self.table = table.to(device)
        self.steps = torch.tensor([*self.lengths, 0], device=device)
        moved = moves(texts)
        self.moves = torch.where(moved < 0, torch.zeros_like(moved), moved).to(device)  # [moves, vocab]
        self.legal = torch.stack([(row[self.table.cpu()] >= 0).all(1) for row in moved]).to(device)  # [moves, rows]

    @property
    def empty(self) -> int:
        """The row of nothing."""
        return len(self.pieces)

    def batch(self, rows: Tensor, steps: int, octave: Tensor | None = None, shift: Tensor | None = None) -> TokenBatch:
        """What stands in these rows, [beams], up to `steps` of it; octave, shift: shares of tunes moved."""
        whole = self.table[rows, : steps + 1]  # [beams, steps + 1]
        if octave is not None and shift is not None:
            move = self._drawn(rows, octave, shift)
            whole = self.moves[move[:, None], whole]
        counts = (torch.arange(steps, device=rows.device)[:, None] < self.steps[rows]).float()
        return TokenBatch(whole[:, :-1].t(), whole[:, 1:].t(), counts)

    def _drawn(self, rows: Tensor, octave: Tensor, shift: Tensor) -> Tensor:
        """Which of MOVES each row is moved by; none where a token of it would leave the vocabulary."""
        chance = torch.rand(rows.shape, device=rows.device)
        among = torch.rand(rows.shape, device=rows.device)
        by_octave = OCTAVES[0] + (among * len(OCTAVES)).long()
        by_step = SHIFTS[0] + (among * len(SHIFTS)).long()
        none = torch.zeros_like(by_octave)
        move = torch.where(chance < octave, by_octave, torch.where(chance < octave + shift, by_step, none))
        return torch.where(self.legal[move, rows], move, none)

    def epoch(
        self, beams: int, buckets: Sequence[int], rng: random.Random, thin: float = 0.0
    ) -> list[tuple[int, list[int]]]:
        """(bucket's steps, rows) of every batch of one pass; each row once, but for those left out.

        buckets: steps, rising, the last at least LONGEST; thin: share of the largest family left out
        """
        own = [r for r in range(self.empty) if not (self.large[r] and rng.random() < thin)]
        own.sort(key=lambda r: self.lengths[r] * rng.uniform(0.93, 1.07))
        groups = [own[i : i + beams] for i in range(0, len(own), beams)]
        rng.shuffle(groups)
        steps = [max(self.lengths[r] for r in group) for group in groups]
        return [
            (next(b for b in buckets if b >= longest), group + [self.empty] * (beams - len(group)))
            for longest, group in zip(steps, groups, strict=True)
        ]


def pieces(tune: Sequence[int]) -> list[list[int]]:
    """A tune in pieces of at most LONGEST steps; the later ones begin with its first three tokens. Pure."""
    found = [list(tune[: LONGEST + 1])]
    for first in range(LONGEST, len(tune) - 1, LONGEST - 3):
        found.append([*tune[:3], *tune[first : first + LONGEST - 2]])
    return found


def moves(texts: Sequence[str]) -> Tensor:
    """[moves, vocab]: what each token becomes when a tune moves by MOVES; -1 where that is not in the vocabulary."""
    index = {text: i for i, text in enumerate(texts)}
    table = torch.arange(len(texts)).repeat(len(MOVES), 1)
    for number, text in enumerate(texts):
        token = parse(text)
        if token.kind is Kind.PITCH:
            for row, move in enumerate(MOVES):
                octave, letter = divmod(token.octave * 7 + token.letter + move, 7)
                table[row, number] = index.get(pitch_text(letter, octave, token.accidental), -1)
    return table
