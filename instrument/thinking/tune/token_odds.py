"""Odds of the tokens of a written measure: the likeliest at each place, as the model weighed them. Read off the node
store.

Nothing is computed for it; what the store has forgotten is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.controls.explanations import Choice
from instrument.thinking.form.constraint import MeasureConstraint
from instrument.thinking.tree.tree import conditionals, opinions
from instrument.thinking.tune.tune_writer import TuneWriter

SHOWN = 8  #: tokens at each place
MOST = 64  #: places in a measure


def choices(tune_writer: TuneWriter, measure: int) -> tuple[Choice, ...]:
    """Of a written measure's tokens, in order; of those the store still has the states of."""
    texts = tune_writer.memory.vocabulary.texts
    found = []
    for token, logs in weighed(tune_writer, measure):
        shares = np.exp(logs)
        best = np.argsort(-shares, kind="stable")[:SHOWN].tolist()
        likeliest = tuple((texts[i], round(float(shares[i]), 4)) for i in best)
        found.append(Choice(texts[token], round(float(shares[token]), 4), likeliest))
    return tuple(found)


def weighed(tune_writer: TuneWriter, measure: int) -> list[tuple[int, NDArray[np.float32]]]:
    """Of a written measure's tokens, in order: the token, and the log-probabilities [vocab] from which it was drawn,
    the model's under the constraint. Those from its beginning that the store has forgotten are left out."""
    measures = tune_writer.measures()
    if measure >= len(measures):
        return []
    first, last = (
        max(measures[measure].first, tune_writer.context),
        min(measures[measure].last, len(tune_writer.tokens)),
    )
    tokens = tune_writer.tokens[first:last][:MOST]
    nodes = tune_writer.nodes(first + len(tokens))[-len(tokens) - 1 : -1] if tokens else []
    store, states = tune_writer.memory.store, _states(tune_writer, measure, first, len(tokens))
    found = []
    for place, node in enumerate(nodes, start=len(tokens) - len(nodes)):
        logs = store.logs[node]
        if (at := states.get(place)) is not None:
            constraint, here = at
            masks = tune_writer.memory.tree.mask(constraint, here)
            expected = conditionals(
                logs[None], tune_writer.settings.search.temperature, masks, *opinions(constraint, here)
            )
            logs = expected[0].astype(np.float32)
        found.append((tokens[place], logs))
    return found


def _states(
    tune_writer: TuneWriter, measure: int, first: int, count: int
) -> dict[int, tuple[MeasureConstraint, NDArray[np.int32]]]:
    """Of each place in the measure, counted from token `first`: the constraint and its state there, while it was
    obeyed."""
    found = tune_writer.constraint_at(measure)
    if found is None:
        return {}
    constraint, guard, head = found
    state, states = constraint.enter(guard), dict[int, tuple[MeasureConstraint, NDArray[np.int32]]]()
    for at in range(head, first + count):
        here = np.array([state], np.int32)
        if not constraint.masks(here)[0, tune_writer.tokens[at]]:
            break
        states[at - first] = (constraint, here)
        state = constraint.follow(state, tune_writer.tokens[at])
    return states
