"""Gramians of activations and distances of distributions, as a tune is generated. Pure, NumPy alone.

Source: Sturm, "Making sense of the folk-rnn v2 model", parts 9 and 10 (Sturm's look inside folk-rnn v2). Rows are
steps: row t is what the network held when token t of the tune was about to be drawn, so that the Gramian of the
tokens themselves stands one step to the top right of those of the activations, as it does there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

SAME, FAR = 0.02, 1.98  #: L1 distances up to and from which two distributions are told apart by colour


def one_hot(numbers: Sequence[int], vocab: int) -> Matrix:
    """[steps, vocab]: the matrix X of part 9, transposed. numbers: of tokens, 0..vocab-1."""
    rows = np.zeros((len(numbers), vocab))
    rows[np.arange(len(numbers)), list(numbers)] = 1.0
    return rows


def gramian(rows: Matrix) -> Matrix:
    """[steps, steps]: inner products of all pairs of rows [steps, units]."""
    return np.asarray(rows @ rows.T)


def unit(rows: Matrix) -> Matrix:
    """Each row [units] divided by its Euclidean norm; a row of zeros stays one."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms == 0, 1.0, norms))


def magnitudes(rows: Matrix, columns: Matrix | None = None) -> Matrix:
    """[steps, steps], 0..1: the magnitude of the Gramian of unit rows; 1 for one direction, 0 for orthogonal ones.

    rows: [steps, units]; columns: another activation of as many units (in gate against out gate), `rows` by default;
    entry [a, b] is of row a of `rows` and row b of `columns`
    """
    other = rows if columns is None else columns
    return np.asarray(np.clip(np.abs(unit(rows) @ unit(other).T), 0.0, 1.0))


def distances(probabilities: Matrix) -> Matrix:
    """[steps, steps], 0..2: L1 distances of all pairs of distributions [steps, vocab]; 2 where nothing overlaps."""
    return np.stack([np.abs(probabilities - row).sum(1) for row in probabilities])


def pairs(apart: Matrix, far: float = FAR) -> tuple[int, int]:
    """(pairs of distinct steps, those of them farther apart than `far`): the two counts of part 9.

    apart: [steps, steps], symmetric
    """
    above = apart[np.triu_indices(len(apart), 1)]
    return len(above), int((above > far).sum())


def likeness(one: Matrix, other: Matrix) -> float:
    """-1..1: Pearson's correlation of two Gramians [steps, steps] off their diagonals; 0 where one is constant."""
    above = np.triu_indices(len(one), 1)
    a, b = one[above] - one[above].mean(), other[above] - other[above].mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def gathering(gram: Matrix, share: float = 1 / 3) -> tuple[float, float]:
    """(0..1, 0..1): the mean of a magnitude Gramian among the first and among the last `share` of the steps, diagonals
    left out: whether activations come to point one way as generation goes on."""
    count = max(2, round(len(gram) * share))
    off = ~np.eye(count, dtype=bool)
    return float(gram[:count, :count][off].mean()), float(gram[-count:, -count:][off].mean())


def among(apart: Matrix, chosen: Sequence[int]) -> tuple[float, float]:
    """(mean distance among the chosen steps, mean distance from them to all others); nan where there is none."""
    mask = np.zeros(len(apart), bool)
    mask[list(chosen)] = True
    inner = apart[np.ix_(mask, mask)]
    within = inner[~np.eye(len(inner), dtype=bool)]
    beyond = apart[np.ix_(mask, ~mask)]
    return (float(within.mean()) if within.size else float("nan")), (
        float(beyond.mean()) if beyond.size else float("nan")
    )
