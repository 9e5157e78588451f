"""A tune that says again what it has said: a memory of its own tokens beside the network.

The network knows what bars are like and forgets what this tune's were (`docs/inside.md`). So look for the longest run
of tokens that ends here and stood in the tune before, and mix what followed it then into what the network expects; the
longer the run, the more it is trusted. How far was fitted by likelihood on the tunes kept for choosing (`study again`).
A cache model in the manner of Grave and others 2017, over tokens instead of states. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: by the length of the run in tokens, from none to 16 and more: the weight of what followed it
TRUST = (
    0.0, 0.013, 0.100, 0.255, 0.461, 0.587, 0.685, 0.695, 0.720, 0.730, 0.740, 0.750, 0.760, 0.770, 0.800, 0.810, 0.820,
)  # fmt: skip
HEAD = 2  #: tokens that are no music: meter and mode

Floats = NDArray[np.float64]


def followers(tokens: Sequence[int]) -> tuple[int, list[int]]:
    """(length of the longest run that ends here and stood before, 0..16; the tokens that followed it, each time).

    tokens: a tune so far, meter and mode first
    """
    count = len(tokens)
    if count <= HEAD + 1:
        return 0, []
    text = "".join(map(chr, tokens))  # a sign a token: strings are searched fast
    length = 0
    while length < len(TRUST) - 1 and _next(text, length + 1, 0) >= 0:
        length += 1
    after, place = list[int](), _next(text, length, 0) if length else -1
    while place >= 0:
        after.append(tokens[place])
        place = _next(text, length, place + 1)
    return length, after


def _next(text: str, length: int, first: int) -> int:
    """The first place from `first` on, behind the head, before which the last `length` signs stood; -1 for none."""
    found = text.find(text[-length:], max(0, max(first, HEAD) - length), len(text) - 1)
    return found + length if found >= 0 else -1


def mixed(probabilities: Floats, tokens: Sequence[int], strength: float) -> Floats:
    """What is expected next, [vocab], summing to one; what had no probability has none still.

    probabilities: the network's, [vocab], under the law and the temperature; tokens: the tune so far, meter and mode
    first; strength: 0 (the network alone) to 1 (as fitted)
    """
    length, after = followers(tokens)
    if not after or not strength:
        return probabilities
    said = np.bincount(after, minlength=len(probabilities)) * (probabilities > 0)
    if not said.any():
        return probabilities
    weight = strength * TRUST[length]
    return np.asarray((1 - weight) * probabilities + weight * said / said.sum())
