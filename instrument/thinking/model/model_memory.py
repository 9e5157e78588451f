"""Memory of the model: one node store for all that is composed, found by tokens.

Going back in a tune, or turning a control, finds the states that are there already. Many tokens that were given,
not composed (an opening, bars played in another meter), are read in one pass instead of being stepped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from instrument.music.tokens.tokens import BARS
from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.networks.folk.novelty import NoteIndex
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.form.idiom import Idiom
from instrument.thinking.tree.search import NODES
from instrument.thinking.tree.store import Store
from instrument.thinking.tree.store_cuda import DeviceStore
from instrument.thinking.tree.tree import Tree
from instrument.thinking.tree.tree_cuda import DeviceTree

FEW = 8  #: tokens that are stepped rather than read in one pass
PASSAGES = 16  #: that were read in one pass and are remembered as such


class ModelMemory:
    """A model and its nodes. thread: the thinker's."""

    def __init__(
        self, model: FolkRNN, vocabulary: Vocabulary, nodes: int = NODES, index: NoteIndex | None = None,
        precision: str = "float32",
    ) -> None:  # fmt: skip
        """model: on the device it is to run on; index: of the tunes it was trained on, where it is known
        precision: of `instrument.thinking.model.model_choice`."""
        self.model, self.vocabulary, self.index = model, vocabulary, index
        self.stepper = stepper = Stepper(model)
        self.store = (
            DeviceStore(stepper, nodes, precision)
            if stepper.rows.is_cuda
            else Store(Siblings(stepper, precision), nodes)
        )
        bars = [i for i, token in enumerate(vocabulary.texts) if token in BARS]
        self.tree = Tree(self.store, vocabulary.stop, ends=bars, never=[vocabulary.start])
        #: where trees are grown on the device; None on the CPU
        self.device_tree = DeviceTree(self.store, self.tree) if isinstance(self.store, DeviceStore) else None
        self.idioms: dict[tuple[str, str, str], Idiom] = {}  #: by meter, dance and mode, as they are asked for
        self.check: Callable[[], None] = lambda: None  #: called between batches; raises Interrupted to break off
        self._passages: dict[tuple[int, ...], tuple[int, int]] = {}  # tokens: node and its stamp

    def warm(self) -> None:
        """Do now what would take longer the first time. Raises RuntimeError for a device that does not work."""
        self.store.warm()

    def node(self, tokens: Sequence[int]) -> int:
        """The node behind `<s>` and these tokens, computed only as far as it is not remembered."""
        whole = tuple(tokens)
        node, at = self._longest(whole)
        while at < len(whole) and (child := int(self.store.children[node, whole[at]])) >= 0:
            node, at = child, at + 1
        if len(whole) - at > FEW:
            return self._read(whole)
        for token in whole[at:]:
            node = self.store.step(node, token)
        return node

    def _longest(self, tokens: tuple[int, ...]) -> tuple[int, int]:
        """The passage that begins `tokens` furthest, and its length; `<s>` alone where there is none."""
        self._passages = {p: kept for p, kept in self._passages.items() if self.store.alive(*kept)}
        if () not in self._passages:
            self._keep((), self.store.begin(self.vocabulary.start))
        best = max((p for p in self._passages if tokens[: len(p)] == p), key=len)
        return self._passages[best][0], len(best)

    @torch.inference_mode()
    def _read(self, tokens: tuple[int, ...]) -> int:
        column = torch.tensor([self.vocabulary.start, *tokens])[:, None].to(self.store.states.device)  # [steps, beams]
        logits, state = self.model.sequence(column)
        look = self.model.look
        trail = look.trail([self.vocabulary.start, *tokens]) if look else None
        node = self.store.plant(state[0], logits[-1, 0], trail)
        self._keep(tokens, node)
        return node

    def _keep(self, tokens: tuple[int, ...], node: int) -> None:
        if len(self._passages) >= PASSAGES:
            del self._passages[next(p for p in self._passages if p)]
        self._passages[tokens] = (node, int(self.store.stamp[node]))
