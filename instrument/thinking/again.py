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
    text = np.asarray(tokens)
    count = len(text)
    if count <= HEAD + 1:
        return 0, []
    places = np.arange(HEAD, count)  # of what followed: the run ends before it
    places = places[text[places - 1] == text[-1]]
    found, length = places, 0
    while len(found) and length < len(TRUST) - 1:
        places, length = found, length + 1
        deeper = found[found - length - 1 >= 0]
        found = deeper[text[deeper - length - 1] == text[-length - 1]] if length < count else deeper[:0]
    return length, text[places].tolist() if length else []


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
