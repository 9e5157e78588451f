"""Batching of the network's steps: one tune at a time, or many candidates as one batch, by the same code.

A growth is a generator. It yields parents and tokens, each [beams], and is given their nodes [beams]; what it
returns is its result. It never steps the model itself, so whoever drives it decides what is stepped together:
`run` drives one, `together` drives many and steps what all of them ask for in one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

import numpy as np

from instrument.thinking.tree.leaves import Numbers
from instrument.thinking.tree.store import Store, StoreFull

T = TypeVar("T")
BatchedSteps = Generator[tuple[Numbers, Numbers], Numbers, T]  #: parents and tokens out, nodes in


class Interrupted(Exception):
    """Something newer was asked for while this was under way. What was computed stays in the store."""


def one(parent: int, token: int) -> BatchedSteps[int]:
    """The child of one node."""
    (node,) = yield np.array([parent], np.int32), np.array([token], np.int32)
    return int(node)


def run(store: Store, growth: BatchedSteps[T], check: Callable[[], None] = lambda: None) -> T:
    """The result of one growth. check: called before each batch; what it raises ends the growth. Raises StoreFull
    where the growth does not catch it."""
    (result,) = together(store, [growth], check)
    return result


def together(store: Store, growths: Sequence[BatchedSteps[T]], check: Callable[[], None] = lambda: None) -> list[T]:
    """The results of several, in their order; the nodes that all ask for at a time are stepped as one batch. Where the
    store cannot hold them all, StoreFull goes to whoever asks for most, of equals to the last, until what is left fits:
    a tree is given up before anybody's single step."""
    results: dict[int, T] = {}
    asked: dict[int, tuple[Numbers, Numbers]] = {}

    def go_on(index: int, nodes: Numbers | StoreFull | None) -> None:
        growth = growths[index]
        try:
            asked[index] = growth.throw(nodes) if isinstance(nodes, StoreFull) else growth.send(nodes)  # type: ignore[arg-type]
        except StopIteration as end:
            results[index] = end.value

    with store.keeping(asked.values()):  # a growth may step the model by itself as it begins
        for index in range(len(growths)):
            go_on(index, None)
    while asked:
        check()
        try:
            grown = _grown(store, list(asked.values()))
        except StoreFull as fault:
            widest = max(sorted(asked, reverse=True), key=lambda index: len(asked[index][0]))
            del asked[widest]
            go_on(widest, fault)
            continue
        batch, asked = asked, {}
        for index, nodes in zip(batch, grown, strict=True):
            go_on(index, nodes)
    return [results[index] for index in range(len(growths))]


def _grown(store: Store, batch: Sequence[tuple[Numbers, Numbers]]) -> Sequence[Numbers]:
    """What each asked for. Raises StoreFull."""
    if len(batch) == 1:
        return [store.grow(*batch[0])]
    parents, tokens = (np.concatenate(each) for each in zip(*batch, strict=True))
    pairs = parents.astype(np.int64) * store.children.shape[1] + tokens
    _, first, places = np.unique(pairs, return_index=True, return_inverse=True)  # two futures may agree so far
    nodes = store.grow(parents[first], tokens[first])[places]
    return np.split(nodes, np.cumsum([len(each[0]) for each in batch])[:-1])
