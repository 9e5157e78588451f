"""Batched sampling by the token tree's distribution, without tree or guard: for the study of the beam.

Mode "tree" at joint temperature 1: draw plainly, and start a tuple over where a token falls outside its node's beta
best (`instrument.thinking.tree.rejection` says why that is the same law). A tuple ends at a sign of `ends`, as live.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.networks.folk.folkrnn import Stepper, Trails

Floats = NDArray[np.float64]


class TupleSampler:
    """Sampler of token tuples, in batches. thread: any one. chance: where the numbers come from."""

    def __init__(
        self, stepper: Stepper, stop: int, never: Sequence[int], ends: Sequence[int], chance: np.random.Generator
    ) -> None:
        self.stepper, self.stop, self.chance = stepper, stop, chance
        self.never = list(never)
        self.ends = np.zeros(stepper.vocab, np.bool_)
        self.ends[[stop, *ends]] = True
        self.tuples = self.attempts = 0  #: of all tunes written so far; beta = 1 is not drawn at all

    @torch.inference_mode()
    def write(self, heads: Sequence[Sequence[int]], n: int, beta: int, most: int) -> list[list[int]]:
        """Go on from each of the heads, all of one length, to a stop or to `most` tokens.

        n: tokens a tuple; beta: branches, 0 for all. The tokens of each, its head included, without the stop.
        """
        written = [list(head) for head in heads]
        state, trails = self.stepper.start(len(heads)), self.stepper.trails(len(heads))
        logits = torch.zeros(len(heads), self.stepper.vocab)
        for column in zip(*heads, strict=True):
            tokens_there = torch.tensor(column, device=state.device)
            trails = self.stepper.follow(trails, tokens_there)
            logits, state = self.stepper.step(tokens_there, state, trails)
        shares = self._shares(logits)  # [tunes, vocab], of what comes next
        root, root_shares, root_trails = state.clone(), shares.copy(), trails.copy()  # where each tuple began
        began, depth = np.array([len(w) for w in written]), np.zeros(len(heads), np.int64)
        alive = np.arange(len(heads))
        while len(alive):
            tokens = self._draw(shares[alive], beta)
            rank = (shares[alive] > shares[alive, tokens][:, None]).sum(1)
            kept = rank < beta if beta else np.ones(len(alive), np.bool_)
            for tune in alive[~kept].tolist():
                del written[tune][began[tune] :]
                self.attempts += 1
            failed = alive[~kept]
            state[failed], shares[failed], depth[failed] = root[failed], root_shares[failed], 0
            trails[failed] = root_trails[failed]
            on, tokens = alive[kept], tokens[kept]
            self._step(on, tokens, state, shares, trails)
            depth[on] += 1
            done = self.ends[tokens] | (depth[on] == n)
            for tune, token in zip(on.tolist(), tokens.tolist(), strict=True):
                written[tune].append(token)
            whole = on[done]
            root[whole], root_shares[whole], depth[whole] = state[whole], shares[whole], 0
            root_trails[whole] = trails[whole]
            began[whole] = [len(written[tune]) for tune in whole.tolist()]
            self.tuples, self.attempts = self.tuples + len(whole), self.attempts + len(whole)
            over = {*on[tokens == self.stop].tolist(), *(t for t in whole.tolist() if len(written[t]) >= most)}
            alive = np.array([tune for tune in alive.tolist() if tune not in over], np.int64)
        return [tokens[: tokens.index(self.stop)] if self.stop in tokens else tokens[:most] for tokens in written]

    def _shares(self, logits: torch.Tensor) -> Floats:
        logits = logits.double().cpu()
        logits[:, self.never] = -torch.inf
        return np.asarray(torch.softmax(logits, 1).numpy())

    def _draw(self, shares: Floats, beta: int) -> NDArray[np.int64]:
        if beta == 1:
            return np.asarray(shares.argmax(1))
        totals = shares.cumsum(1)
        found = (totals <= self.chance.random(len(shares))[:, None] * totals[:, -1:]).sum(1)
        return np.asarray(np.minimum(found, shares.shape[1] - 1))

    def _step(
        self, tunes: NDArray[np.int64], tokens: NDArray[np.int64], state: torch.Tensor, shares: Floats, trails: Trails
    ) -> None:
        if not len(tunes):
            return
        told = torch.from_numpy(tokens).to(state.device)
        trails[tunes] = self.stepper.follow(trails[tunes], told)
        logits, new = self.stepper.step(told, state[tunes], trails[tunes])
        state[tunes], shares[tunes] = new, self._shares(logits)
