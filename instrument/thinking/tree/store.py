"""The node store: every state the model has been stepped to, found by where it came from and its token.

A node is one path of tokens: its parent, its last token, the state behind it and the log-probabilities of what
may follow. All are preallocated; a node's number is its row. States and the recurrent products stay on the
model's device, log-probabilities on the host, where trees are grown. `grow` computes what is missing and
nothing else; `computed` and `reused` count rows. What a node holds is a function of its path, bit for bit on the
CPU, so it never matters whether it was there already.

When the store is full it forgets what is neither on the way to `root` nor under it, then what is not on the
way, and at last the far end of the way. Numbers may then be given anew: keep a `stamp` beside a number
that must survive, and ask `alive`. Bounded memory, no growth while music plays. thread: the thinker's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from instrument.networks.folk.look_back import Trail
from instrument.networks.folk.split_step import Siblings
from instrument.thinking.tree.search import NODES

Numbers = NDArray[np.int32]
LEAST = 16  #: nodes


class StoreFull(ValueError):
    """One tree needs more nodes than there are; the message says how many."""


class Store:
    def __init__(self, siblings: Siblings, nodes: int = NODES) -> None:
        """nodes: how many to hold, >= 16. A quarter of them may keep their recurrent products."""
        self.siblings, self.capacity = siblings, max(nodes, LEAST)
        layers, hidden, vocab, device = siblings.layers, siblings.hidden, siblings.vocab, siblings.rows.device
        self.states = torch.zeros(self.capacity, layers, 2, hidden, device=device)
        self.products = torch.zeros(max(self.capacity // 4, LEAST), layers, 4 * hidden, device=device)
        self.logs = np.zeros((self.capacity, vocab), np.float32)  # [nodes, vocab]
        self.parent = np.full(self.capacity, -1, np.int32)
        self.token = np.full(self.capacity, -1, np.int32)
        self.children = np.full((self.capacity, vocab), -1, np.int32)
        self.stamp = np.zeros(self.capacity, np.int64)  # 0: not in use
        self.look = siblings.look
        self.trails = np.full(self.capacity if self.look else 0, None, object)  #: of a model that looks back
        self.root = -1
        self.computed = self.reused = 0
        self._kept: Collection[tuple[Numbers, Numbers]] = ()
        self._place = np.full(self.capacity, -1, np.int32)  # of a node's products
        self._placed = 0
        self._free = np.arange(self.capacity, dtype=np.int32)
        self._stamped = 0

    def warm(self) -> None:
        """Take all the memory that the nodes will need, now: a page that is first touched while music plays is late."""
        self.states.zero_()
        self.products.zero_()
        self.logs.fill(0)

    @property
    def free(self) -> int:
        """Nodes that can be made before anything must be forgotten."""
        return len(self._free)

    def alive(self, node: int, stamp: int) -> bool:
        """Whether a node is still what it was when its stamp was read."""
        return 0 <= node < self.capacity and stamp > 0 and int(self.stamp[node]) == stamp

    def plant(self, state: Tensor, logits: Tensor, trail: Trail | None = None) -> int:
        """A node without a parent, from a state [layers, 2, hidden] computed elsewhere and its logits [vocab].

        trail: of its path, for a model that looks back
        """
        (node,) = self._blank()
        self.states[node] = state
        if self.look:
            self.trails[node] = trail
        self._know(node, torch.log_softmax(logits.float(), 0))
        return int(node)

    def begin(self, token: int) -> int:
        """The node behind a tune's very first token, without a parent."""
        initial = self.siblings.initial[None]  # [1, layers, 2, hidden]
        first = torch.zeros(1, dtype=torch.long, device=initial.device)
        trail = self.look.after(self.look.start, token) if self.look else None
        looks = None if trail is None else torch.tensor([trail.rows], device=initial.device)
        logs, state = self.siblings.forward(
            first + token, initial, first, self.siblings.recur(initial), first, looks=looks
        )
        (node,) = self._blank()
        if self.look:
            self.trails[node] = trail
        self.states[node], self.token[node] = state[0], token
        self._know(node, logs[0])
        self.computed += 1
        return int(node)

    def _blank(self) -> Numbers:
        if not len(self._free):
            self._prune(1, np.empty(0, np.int32))
        return self._take(1)

    def _know(self, node: int, logs: Tensor) -> None:
        """Keep the log-probabilities [vocab] behind a node."""
        self.logs[node] = logs.cpu().numpy()

    def step(self, node: int, token: int) -> int:
        """The child of one node."""
        found = int(self.children[node, token])
        if found >= 0:
            self.reused += 1
            return found
        return int(self.grow(np.array([node], np.int32), np.array([token], np.int32))[0])

    def prepare(self, node: int) -> None:
        """Do the part of the next step that needs no token: afterwards, `step` takes half as long."""
        self._products(np.array([node], np.int32))

    def grow(self, parents: Numbers, tokens: Numbers) -> Numbers:
        """The children [beams] of parents [beams] by tokens [beams], no pair twice. Raises StoreFull."""
        found = self.children[parents, tokens]
        missing = (found < 0).nonzero()[0]
        self.reused += len(found) - len(missing)
        if not len(missing):
            return found
        self.computed += len(missing)
        if len(missing) > len(self._free):
            self._prune(len(missing), np.concatenate((parents, found[found >= 0])))
        new = self._take(len(missing))
        if len(missing) == len(found):
            self._step(parents, tokens, new)
            return new
        self._step(parents[missing], tokens[missing], new)
        found[missing] = new
        return found

    def path(self, node: int) -> list[int]:
        """Nodes from the oldest remembered one to this."""
        nodes = []
        while node >= 0:
            nodes.append(node)
            node = int(self.parent[node])
        return nodes[::-1]

    def _step(self, parents: Numbers, tokens: Numbers, new: Numbers) -> None:
        """Compute children new [beams], as many at a time as there is room for products."""
        if (room := len(self.products)) < len(new):
            for part in (slice(first, first + room) for first in range(0, len(new), room)):
                self._step(parents[part], tokens[part], new[part])
            return
        device = self.states.device
        above, which = _different(parents)
        places = self._products(above)[which] if len(above) > 1 else self._products(above)
        rows = torch.from_numpy(parents if len(above) > 1 else above).to(device)
        first, beams = int(new[0]), len(new)
        joined = int(new[-1]) - first == beams - 1  # as always before anything was forgotten
        looks = self._looks(parents, tokens, new)
        logs, states = self.siblings.forward(
            torch.from_numpy(tokens).to(device), self.states, rows, self.products, torch.from_numpy(places).to(device),
            self.states[first : first + beams] if joined else None, looks if looks is None else looks.to(device),
        )  # fmt: skip
        if not joined:
            self.states[torch.from_numpy(new).to(device)] = states
        self.logs[new] = logs.cpu().numpy()
        self._record(parents, tokens, new)

    def _looks(self, parents: Numbers, tokens: Numbers, new: Numbers) -> Tensor | None:
        """The look-back inputs [beams, inputs] of new nodes, on the host; their trails are kept. None where there are
        none."""
        if self.look is None:
            return None
        after, above = self.look.after, self.trails[parents].tolist()
        trails = [after(trail, token) for trail, token in zip(above, tokens.tolist(), strict=True)]
        for node, trail in zip(new.tolist(), trails, strict=True):
            self.trails[node] = trail
        return torch.from_numpy(np.array([trail.rows for trail in trails], np.int64))

    def _record(self, parents: Numbers, tokens: Numbers, new: Numbers) -> None:
        """Note where new nodes [beams] came from."""
        self.parent[new], self.token[new] = parents, tokens
        self.children[parents, tokens] = new

    def _products(self, nodes: Numbers) -> Numbers:
        """Places of the recurrent products of different nodes, computed where they are missing."""
        missing = nodes[self._place[nodes] < 0]
        if len(missing):
            if self._placed + len(missing) > len(self.products):
                self._place[:] = -1  # a cache of a cache: forgetting costs time only
                self._placed, missing = 0, nodes
            places = np.arange(self._placed, self._placed + len(missing), dtype=np.int32)
            rows = torch.from_numpy(missing).to(self.states.device)
            self.siblings.recur(
                self.states.index_select(0, rows), self.products[self._placed : self._placed + len(missing)]
            )
            self._place[missing] = places
            self._placed += len(missing)
        return self._place[nodes]

    # memory

    def _take(self, count: int) -> Numbers:
        """`count` free nodes, blank; there are so many. The caller may keep the array."""
        taken, self._free = self._free[:count].copy(), self._free[count:]
        first, last = int(taken[0]), int(taken[-1])
        where = slice(first, last + 1) if last - first == count - 1 else taken  # a slice is filled faster
        self.stamp[where] = np.arange(self._stamped + 1, self._stamped + count + 1)
        self._stamped += count
        self.parent[where] = self.token[where] = self._place[where] = self.children[where] = -1
        return taken

    @contextmanager
    def keeping(self, asked: Collection[tuple[Numbers, Numbers]]) -> Iterator[None]:
        """Meanwhile no node is forgotten that somebody asks to go on from. asked: parents and tokens, each [beams]; it
        may grow meanwhile."""
        before, self._kept = self._kept, asked
        try:
            yield
        finally:
            self._kept = before

    def _prune(self, need: int, held: Numbers) -> None:
        held = np.concatenate((held, *(parents for parents, _ in self._kept)))
        used = self.stamp > 0
        way = self.path(self.root)
        keep = np.zeros(self.capacity, np.bool_)
        for node in held.tolist():
            while node >= 0 and not keep[node]:
                keep[node] = True
                node = int(self.parent[node])
        keep[way] = True
        if self._under(keep).sum() + need <= self.capacity:
            keep = self._under(keep)
        elif (over := int(keep.sum()) + need - self.capacity) > 0:
            if over >= len(way):  # the root itself stays
                raise StoreFull(f"this tree needs {need + len(held)} nodes and the store holds {self.capacity}")
            keep[way[:over]] = False
        self._forget(used & ~keep)

    def _under(self, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """keep, and all that grows from the root."""
        under = np.zeros(self.capacity, np.bool_)
        level = np.array([self.root] if self.root >= 0 else [], np.int32)
        while len(level):
            under[level] = True
            below = self.children[level]
            level = below[below >= 0]
        return keep | under

    def _forget(self, gone: NDArray[np.bool_]) -> None:
        self.stamp[gone] = 0
        if self.look:
            self.trails[gone] = None
        alive = self.stamp > 0
        self.parent[alive & (self.parent >= 0) & gone[self.parent]] = -1
        below = self.children[alive]
        below[(below >= 0) & gone[below]] = -1
        self.children[alive] = below
        self._free = np.flatnonzero(~alive).astype(np.int32)


def _different(parents: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """The different ones, and which of them each is. A tree's come in runs, one for each: no need to sort those."""
    new = np.empty(len(parents), np.bool_)
    new[0] = True
    np.not_equal(parents[1:], parents[:-1], out=new[1:])
    above = parents[new]
    if len(above) > 1 and not bool((above[1:] > above[:-1]).all()):
        return np.unique(parents, return_inverse=True)
    return above, np.cumsum(new) - 1
