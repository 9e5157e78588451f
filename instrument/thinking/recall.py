"""What the model weighed when a measure was written: the likeliest tokens at each place. Read off the node store.

Nothing is computed for it; what the store has forgotten is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.controls.thoughts import Choice
from instrument.thinking.sketch import Sketch

SHOWN = 8  #: tokens at each place
MOST = 64  #: places in a measure


def choices(sketch: Sketch, measure: int) -> tuple[Choice, ...]:
    """Of a written measure's tokens, in order; of those the store still has the states of."""
    texts = sketch.memory.vocabulary.texts
    found = []
    for token, logs in weighed(sketch, measure):
        shares = np.exp(logs)
        best = np.argsort(-shares, kind="stable")[:SHOWN].tolist()
        likeliest = tuple((texts[i], round(float(shares[i]), 4)) for i in best)
        found.append(Choice(texts[token], round(float(shares[token]), 4), likeliest))
    return tuple(found)


def weighed(sketch: Sketch, measure: int) -> list[tuple[int, NDArray[np.float32]]]:
    """Of a written measure's tokens, in order: the token, and the model's log-probabilities [vocab] at its place. Those
    from its beginning that the store has forgotten are left out."""
    measures = sketch.measures()
    if measure >= len(measures):
        return []
    first, last = max(measures[measure].first, sketch.context), min(measures[measure].last, len(sketch.tokens))
    tokens = sketch.tokens[first:last][:MOST]
    nodes = sketch.nodes(first + len(tokens))[-len(tokens) - 1 : -1] if tokens else []
    store = sketch.memory.store
    return [(token, store.logs[node]) for node, token in zip(nodes, tokens[len(tokens) - len(nodes) :], strict=True)]
