"""One update of the folk model: the loss with all that keeps it from over-fitting, and the step that follows.

Every operation is of fixed shape and asks nothing back from the device, so that a GPU can record an update once and
play it again (`instrument.workshop.folk.cuda_learner`); on a CPU the same lines run as they stand. Weights are in
float32; the layers may be computed in half precision.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.look_back import LookBack
from instrument.workshop.folk.batches import TokenBatch
from instrument.workshop.folk.distributed import ALONE, Share
from instrument.workshop.folk.recipes import FolkRecipe

SCALE = 1024.0  #: of the loss in float16, whose small gradients would vanish
WIDE = 128  #: inputs are padded to a multiple, for the GPU's fast kernels


class Learner:
    """Learner: model, optimiser and running mean.

    model, averaged: what learns, and its running mean. rate, keep: tensors of no dimension, the learning rate and
    the part of the mean that is kept, written before each step. seen: summed nats and tokens, [2]."""

    def __init__(
        self, vocab: int, recipe: FolkRecipe, device: str = "cpu", layers: int = 3, dtype: torch.dtype = torch.float32,
        share: Share = ALONE, look: LookBack | None = None,
    ) -> None:  # fmt: skip
        """dtype: of the layers' arithmetic; share: which part of each batch this process is given; look: of the
        vocabulary, for a model with look-back inputs."""
        torch.manual_seed(recipe.seed)
        self.recipe, self.device, self.dtype, self.share = recipe, device, dtype, share
        self.model = FolkRNN(vocab, recipe.hidden, layers, drop=recipe.drop, look=look)
        if not recipe.original:
            self.model.reset()
        self.model.to(device)
        self.averaged = copy.deepcopy(self.model).eval()
        self.learned: list[Tensor] = [p for p in self.model.parameters() if p.requires_grad]
        self._means: list[Tensor] = [p for p in self.averaged.parameters() if p.requires_grad]
        self.rate = torch.zeros((), device=device)
        self.keep = torch.zeros((), device=device)
        self.seen = torch.zeros(2, device=device)
        self.optimiser = optimiser(self.learned, recipe, self.rate)

    @torch.no_grad()
    def begin(self, model: FolkRNN) -> None:
        """Start as this model of the same size is."""
        for own in (self.model, self.averaged):
            for mine, theirs in zip(own.parameters(), model.parameters(), strict=True):
                mine.copy_(theirs)

    def step(self, batch: TokenBatch, state: Tensor | None = None) -> Tensor:
        """Learn from a batch: adds to `seen`, changes the weights and their mean; returns the state behind it.

        state: [beams, layers, 2, hidden], from where the batch goes on; zero by default
        """
        logits, hidden, after = outputs(self.model, batch.tokens, self.recipe, self.dtype, state, batch.looks)
        logs = logits.float().log_softmax(-1)  # [steps, beams, vocab]
        hard = -logs.gather(-1, batch.targets[..., None]).squeeze(-1)
        counts = self.share.sum(batch.counts.sum()).clamp(min=1)
        loss = self._loss(logs, hard, batch, hidden) / counts
        scale = SCALE if self.dtype == torch.float16 else 1.0
        grads = torch.autograd.grad(loss * scale, self.learned)
        self.share.add(grads)
        clip(grads, self.recipe.clip, scale)
        for parameter, grad in zip(self.learned, grads, strict=True):
            parameter.grad = grad
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_mul_(self._means, self.keep)
            torch._foreach_add_(self._means, list(torch._foreach_mul(self.learned, 1 - self.keep)))
            self.seen += torch.stack((self.share.sum((hard.detach() * batch.counts).sum()), counts))
        return after

    def state_dict(self) -> dict[str, Any]:
        """All that a checkpoint needs, but for counters."""
        return {
            "model": self.model.state_dict(), "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }  # fmt: skip

    def load_state_dict(self, kept: dict[str, Any]) -> None:
        """Go on from there. Raises RuntimeError, ValueError or KeyError for what does not fit."""
        self.model.load_state_dict(kept["model"])
        self.averaged.load_state_dict(kept["averaged"])
        self.optimiser.load_state_dict(kept["optimiser"])
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate

    def _loss(self, logs: Tensor, hard: Tensor, batch: TokenBatch, hidden: Tensor) -> Tensor:
        recipe = self.recipe
        loss = (hard * batch.counts).sum()
        if recipe.smooth:
            loss = (1 - recipe.smooth) * loss - recipe.smooth * (logs.mean(-1) * batch.counts).sum()
        if recipe.calm or recipe.slow:
            hidden = hidden.float()
            units = hidden.shape[-1]
            loss = loss + recipe.calm * (hidden.square().sum(-1) * batch.counts).sum() / units
            change = (hidden[1:] - hidden[:-1]).square().sum(-1) * batch.counts[1:]
            loss = loss + recipe.slow * change.sum() / units
        return loss


def outputs(
    model: FolkRNN, tokens: Tensor, recipe: FolkRecipe, dtype: torch.dtype, state: Tensor | None = None,
    rows: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Logits [steps, beams, vocab], the last layer's hidden states [steps, beams, hidden], and the state behind them.

    tokens: [steps, beams]; state: [beams, layers, 2, hidden], zero by default; rows: [steps, beams, inputs], where the
    model has look-back inputs
    """
    after = []
    beams, vocab = tokens.shape[1], model.vocab
    x = model.given(tokens, rows, dtype)
    if recipe.drop_in:
        x = x.clone()
        x[..., :vocab] *= _mask((1, beams, vocab), recipe.drop_in, x)
    for layer in range(model.layers):
        w_in, w_hidden, b_in, b_hidden = (
            model.lstm.get_parameter(f"{name}_l{layer}").to(dtype)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        if recipe.drop_weights:
            w_hidden = torch.nn.functional.dropout(w_hidden, recipe.drop_weights)
        if over := -x.shape[-1] % WIDE:
            x, w_in = (torch.nn.functional.pad(t, (0, over)) for t in (x, w_in))
        if state is None:
            h = c = x.new_zeros(1, beams, model.hidden)
        else:
            h, c = (state[None, :, layer, part].to(dtype).contiguous() for part in (0, 1))
        weights = [w_in.contiguous(), w_hidden.contiguous(), b_in, b_hidden]
        plain, h, c = torch._VF.lstm(x, (h, c), weights, True, 1, 0.0, True, False, False)
        after.append(torch.stack((h[0], c[0]), 1).detach())
        x = plain
        if recipe.drop:
            shape = (1, beams, model.hidden) if recipe.locked else tuple(x.shape)
            x = x * _mask(shape, recipe.drop, x)
    out = torch.nn.functional.linear(x, model.out.weight.to(dtype), model.out.bias.to(dtype))
    return model.expected(out, rows), plain, torch.stack(after, 1)


def _mask(shape: tuple[int, ...], drop: float, like: Tensor) -> Tensor:
    """Zeros in a share of `drop`, elsewhere what keeps the mean."""
    return like.new_empty(shape).bernoulli_(1 - drop).div_(1 - drop)


@torch.no_grad()
def clip(grads: Sequence[Tensor], most: float, scale: float = 1.0) -> None:
    """Unscale gradients in place and bound their norm; where it is not finite, the update is of zeros."""
    norms: list[Tensor] = list(torch._foreach_norm(list(grads)))
    norm = torch.stack(norms).norm() / scale
    factor = (most / (norm + 1e-6)).clamp(max=1.0) / scale
    factor = torch.where(norm.isfinite(), factor, torch.zeros_like(factor))
    torch._foreach_mul_(list(grads), factor)
    if scale != 1.0:
        for grad in grads:
            grad.nan_to_num_(0.0, 0.0, 0.0)


def optimiser(learned: Iterable[Tensor], recipe: FolkRecipe, rate: Tensor) -> torch.optim.Optimizer:
    """AdamW, or RMSprop as in folk-rnn; its learning rate is the tensor `rate`, read at every step."""
    if recipe.original:
        return RMSprop(learned, rate)
    ways: dict[str, Any] = {"fused": True, "capturable": True} if rate.is_cuda else {"foreach": False}
    adam = torch.optim.AdamW(learned, rate, betas=(0.9, 0.98), weight_decay=recipe.decay, **ways)
    for group in adam.param_groups:
        group["lr"] = rate  # the very tensor, not a copy of it
    return adam


class RMSprop(torch.optim.Optimizer):
    """As Lasagne has it: the mean square decays by 0.9, and 1e-6 is added under the root."""

    def __init__(self, learned: Iterable[Tensor], rate: Tensor) -> None:
        super().__init__(learned, {"lr": rate})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            own = group["params"]
            for p in own:
                if "square" not in self.state[p]:
                    self.state[p]["square"] = torch.zeros_like(p)
            squares, grads = [self.state[p]["square"] for p in own], [p.grad for p in own]
            torch._foreach_mul_(squares, 0.9)
            torch._foreach_addcmul_(squares, grads, grads, 0.1)
            roots = torch._foreach_add(squares, 1e-6)
            torch._foreach_sqrt_(roots)
            moves = torch._foreach_div(grads, roots)
            torch._foreach_mul_(moves, group["lr"])
            torch._foreach_sub_(own, moves)
