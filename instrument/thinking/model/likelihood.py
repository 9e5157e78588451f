"""Likelihood of tokens that are given, by the model alone: what several ways of going on are weighed by."""

from __future__ import annotations

from collections.abc import Sequence

from instrument.thinking.model.model_memory import ModelMemory


def mean_log(memory: ModelMemory, before: Sequence[int], tokens: Sequence[int]) -> float:
    """Mean log-probability (nats) of tokens behind others; 0 where there are none. Raises Interrupted.

    Token by token, so that it is the same whatever the store remembers.
    """
    node, total = memory.node(before), 0.0
    for token in tokens:
        total += float(memory.store.logs[node, token])
        node = memory.store.step(node, token)
    memory.check()
    return total / len(tokens) if tokens else 0.0
