"""Likelihood of tokens that are given, by the model alone: what several ways of going on are weighed by."""

from __future__ import annotations

from collections.abc import Sequence

from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.tree.step_batching import BatchedSteps, one, together
from instrument.thinking.tree.store import Store


def mean_log(memory: ModelMemory, before: Sequence[int], tokens: Sequence[int]) -> float:
    """Mean log-probability (nats) of tokens behind others; 0 where there are none. Raises Interrupted.

    Token by token, so that it is the same whatever the store remembers.
    """
    return mean_logs(memory, before, [tokens])[0]


def mean_logs(memory: ModelMemory, before: Sequence[int], ways: Sequence[Sequence[int]]) -> list[float]:
    """The same of several ways of going on, stepped side by side. Raises Interrupted."""
    node = memory.node(before)
    memory.store.root = node
    return together(memory.store, [_reading(memory.store, node, tokens) for tokens in ways], memory.check)


def _reading(store: Store, node: int, tokens: Sequence[int]) -> BatchedSteps[float]:
    total = 0.0
    for place, token in enumerate(tokens):
        total += float(store.logs[node, token])
        if place < len(tokens) - 1:
            node = yield from one(node, token)
    return total / len(tokens) if tokens else 0.0
