"""The token tree on a GPU: grown, weighed and drawn from on the device, as one graph; only the tokens come back.

The constraint and the leaves are those of `instrument.thinking.tree.tree`, in the same order, so the same number draws
the same leaf. Shapes are fixed: a graph is captured for a tuple length, a mode and a beam width of `WIDTHS`; a narrower
beam, the temperatures, the root, the constraint's state and the number drawn are what it reads. A path that has ended
goes on as one child that adds nothing; a path that may not be weighs nothing. What is stepped is not remembered:
stepping is faster than looking up. Runs on the CPU as well, where tests judge it. thread: the thinker's.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from instrument.networks.folk.device import GraphReplay, pinned, settle
from instrument.thinking.tree.constraint_table import LawTable
from instrument.thinking.tree.leaves import Path
from instrument.thinking.tree.look_back_table import LookTable
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tree.store_cuda import DeviceStore
from instrument.thinking.tree.tree import Constraint, Tree

WIDTHS = (8, 32, 128, 512, 2048)  #: that graphs are captured for, besides all branches
MOST_ROWS = 20_000  #: states at one depth, about 1 GB of GPU memory while the graph runs
KEPT = 12  #: graphs


@dataclass(frozen=True, slots=True)
class Drawn:
    """Tuple drawn on a GPU. path: the tuple; mass: 0..1, of the joint distribution that the beam kept."""

    path: Path
    mass: float


class DeviceTree:
    def __init__(self, store: DeviceStore, tree: Tree) -> None:
        """tree: says what ends a tuple and what is never drawn."""
        self.store, self.tree = store, tree
        self.table = LawTable(tree, store.device)
        #: for a model that looks back
        self.looks = LookTable(store.look, store.device, tree.ends) if store.look else None
        self._graphs: dict[tuple[int, int, str], _Graph] = {}

    def rows(self, search: Search) -> int:
        """States at the widest depth of a search's tree; more than `MOST_ROWS` are not to be had."""
        vocab, width = len(self.tree.may), self._width(search)
        if search.mode == "tree":
            return int((width or vocab) ** (search.n - 1))
        return int(width) if search.n > 1 else 1

    def draw(
        self, root: int, search: Search, uniform: float, constraint: Constraint | None = None, state: int = 0
    ) -> Drawn:
        """One tuple under a node. uniform: [0, 1). Raises StoreFull for a tree with too many rows.

        blocks: until the device is done, well under a millisecond for all but the largest trees.
        """
        if (rows := self.rows(search)) > MOST_ROWS:
            beta = search.beta or "all"
            raise StoreFull(f"n = {search.n} with beta = {beta} needs {rows} rows at once, {MOST_ROWS} fit")
        key = (search.n, self._width(search), search.mode)
        if key not in self._graphs:
            if len(self._graphs) >= KEPT:
                del self._graphs[next(iter(self._graphs))]
            self._graphs[key] = _Graph(self, *key)
        self.store.root = root
        place = self.looks.upload(self.store.trails[root], search.n) if self.looks else 0
        return self._graphs[key](root, self.table.upload(constraint, state, search.n), place, search, uniform)

    def _width(self, search: Search) -> int:
        """Children of each node, or paths in all, that the graph makes room for; 0 for all children."""
        vocab = len(self.tree.may)
        if search.mode == "tree":
            beta = search.beta if search.beta < vocab else 0
            return min(vocab, next((width for width in WIDTHS if width >= beta), vocab)) if beta else 0
        every = vocab**search.n
        beta = min(search.beta or every, every)
        return next((width for width in WIDTHS if width >= beta), every)


@dataclass(slots=True)
class _Level:
    """All paths of one depth, fixed in number. Each [rows]: the constraint's row, whether the path has ended, its
    log-probability by the model alone and with the temperature, -inf for a path that may not be."""

    state: Tensor
    ended: Tensor
    plain: Tensor
    logs: Tensor


class _Graph:
    """One captured expansion. width: as `DeviceTree._width` says."""

    def __init__(self, tree: DeviceTree, n: int, width: int, mode: str) -> None:
        self.n, self.width, self.mode = n, width, mode
        self.store, self.table, self.looks, self.device = tree.store, tree.table, tree.looks, tree.store.device
        self.vocab = len(tree.tree.may)
        self.ends = torch.from_numpy(tree.tree.ends).to(self.device)
        first = torch.arange(self.vocab) == 0
        self._ended = torch.where(first, 0.0, -torch.inf).double().to(self.device)  # [vocab], behind an end
        self._whole = pinned(
            4, dtype=torch.long, device=self.device
        )  # root, the constraint's row, beta, the place's row
        self._real = pinned(3, dtype=torch.float64, device=self.device)  # temperature, joint, uniform
        self._whole[0] = tree.store.scrap
        self._real[:2] = 1.0
        self._tokens = pinned(n, dtype=torch.long, device=self.device)
        self._shares = pinned(2, dtype=torch.float64, device=self.device)  # probability, mass
        self._replay = GraphReplay(self._work, self.device)

    def __call__(self, root: int, state: int, place: int, search: Search, uniform: float) -> Drawn:
        self._whole.numpy()[:] = root, state, search.beta or self.vocab**self.n, place
        self._real.numpy()[:] = search.temperature, search.joint, uniform
        self._replay()
        settle(self.device)
        tokens = tuple(token for token in self._tokens.tolist() if token >= 0)
        probability, mass = self._shares.tolist()
        return Drawn(Path(tokens, probability), min(mass, 1.0))

    def _work(self) -> None:
        root, row, beta, place = self._whole.to(self.device, non_blocking=True).chunk(4)  # each [1]
        temperature, joint, uniform = self._real.to(self.device, non_blocking=True).chunk(3)
        states = self.store.states.index_select(0, root)  # [rows, layers, 2, hidden]
        network = self.store.device_logs.index_select(0, root)  # [rows, vocab]
        nothing = torch.zeros(1, dtype=torch.float64, device=self.device)
        level = _Level(row, nothing > 0, nothing, nothing)
        ups, tokens = [], []
        agreed = self.looks.agreed[None] if self.looks else place  # [rows, sources]
        looks = None
        for depth in range(self.n):
            up, token, level = self._descend(level, network, temperature, beta)
            ups.append(up)
            tokens.append(token)
            if depth < self.n - 1:
                products = self.store.batched.recur(states).index_select(1, up)
                cells = states.select(2, 1).index_select(0, up)
                on = token.clamp(min=0)
                if self.looks:
                    place, agreed, looks = self.looks.step(place.index_select(0, up), agreed.index_select(0, up), on)
                network, states = self.store.batched.forward(on, cells, products, looks)
        self._draw(level.logs, ups, tokens, joint, uniform)

    def _descend(
        self, level: _Level, network: Tensor, temperature: Tensor, beta: Tensor
    ) -> tuple[Tensor, Tensor, _Level]:
        """The children of every path: whose they are, their tokens (-1 behind an end), and their level; each [rows]."""
        after, weights, shares = (
            table.index_select(0, level.state) for table in (self.table.after, self.table.weights, self.table.shares)
        )  # each [rows, vocab]
        warm_logs = _expected(network, temperature, after >= 0, weights, shares)
        warm = self._children(warm_logs, level.ended, level.logs)
        if not self.width:
            kept = torch.arange(warm.numel(), device=self.device)
            plain, logs = level.plain, warm.view(-1)  # nothing is ranked
        else:
            tree = self.mode == "tree"  # each node's best as it is drawn from; paths in all by the model's own
            logs = warm_logs if tree else _expected(network, torch.ones_like(temperature), after >= 0, weights, shares)
            ranks = self._children(logs, level.ended, level.plain)
            kept, alive = self._kept(ranks, beta)
            plain, logs = (
                torch.where(alive, each.view(-1).index_select(0, kept), -torch.inf) for each in (ranks, warm)
            )
        up, token = kept // self.vocab, kept % self.vocab
        ended = level.ended.index_select(0, up)
        state = after.view(-1).index_select(0, kept).clamp(min=0).long()
        return up, torch.where(ended, -1, token), _Level(state, ended | self.ends.index_select(0, token), plain, logs)

    def _children(self, logs: Tensor, ended: Tensor, above: Tensor) -> Tensor:
        """[rows, vocab]: `logs` of the children added to what is above; behind an end one child that adds nothing."""
        return torch.where(ended[:, None], self._ended, logs) + above[:, None]

    def _kept(self, ranks: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
        """Flat places in ranks [rows, vocab] of what is kept, ascending, and whether each is within beta."""
        rows = 1 if self.mode == "beam" else ranks.shape[0]
        table = ranks.view(rows, -1)
        width = min(self.width, table.shape[1])
        best = table.topk(width, 1).indices
        outside = torch.arange(width, device=self.device) >= beta
        order = torch.sort(best + outside * ranks.numel(), 1).values  # those outside beta behind the others
        place = order % ranks.numel() + torch.arange(rows, device=self.device)[:, None] * table.shape[1]
        return place.view(-1), (order < ranks.numel()).view(-1)

    def _draw(self, logs: Tensor, ups: list[Tensor], tokens: list[Tensor], joint: Tensor, uniform: Tensor) -> None:
        """Choose a leaf by its share, in two stages, and send its tokens to the host."""
        scaled = logs / joint
        shares = torch.exp(scaled - scaled.max()).view(self._groups(len(logs)), -1)  # [groups, leaves of each]
        group, below, whole = _place(shares.sum(1), uniform)
        within = shares.index_select(0, group)[0]
        leaf, _, _ = _place(within, below / within.sum())
        place = group * shares.shape[1] + leaf
        probability = within.index_select(0, leaf) / whole
        path = []
        for up, token in zip(reversed(ups), reversed(tokens), strict=True):
            path.append(token.index_select(0, place))
            place = up.index_select(0, place)
        self._tokens.copy_(torch.cat(path[::-1]), non_blocking=True)
        self._shares.copy_(torch.cat((probability, torch.exp(logs).sum()[None])), non_blocking=True)

    def _groups(self, leaves: int) -> int:
        return leaves // self.vocab if not self.width else 1 if self.mode == "beam" else leaves // self.width


def _expected(network: Tensor, temperature: Tensor, may: Tensor, weights: Tensor, shares: Tensor) -> Tensor:
    """`instrument.thinking.tree.tree.conditionals`, on the device; each [rows, vocab]."""
    scaled = torch.where(may, network.double() / temperature + weights.double(), -torch.inf)
    rest = 1 - shares.double().sum(1, keepdim=True)
    return torch.log(torch.softmax(scaled, 1) * rest + shares.double())


def _place(shares: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where `uniform` [1] of the cumulated shares falls, how far into that share, and their sum; each [1]."""
    totals = shares.cumsum(0)
    whole = totals[-1:]
    target = torch.minimum(uniform * whole, whole * (1 - 2**-52))  # rounding must not reach a share of nothing
    place = torch.searchsorted(totals, target, right=True).clamp(max=len(shares) - 1)
    before = totals.index_select(0, place) - shares.index_select(0, place)
    return place, (target - before).clamp(min=0), whole
