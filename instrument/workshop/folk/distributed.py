"""One training in several processes: each has its share of every batch, and all take the same step.

`torchrun --nproc-per-node 2 run.py train folk` starts them, on the GPUs of a machine (NCCL) or on CPUs (gloo). The sums
of the gradients and of the counts are those of the whole batch, so the result is that of one process but for dropout.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from instrument.workshop.folk.batches import TokenBatch


@dataclass(frozen=True, slots=True)
class Share:
    """Share of a process in distributed training. rank: which process this is, from 0; world: how many there are."""

    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Does this process report and write?"""
        return self.rank == 0

    def of(self, batch: TokenBatch) -> TokenBatch:
        """Every world-th beam, from the rank-th; where there is none, one whose targets do not count."""
        if self.world == 1:
            return batch
        beams = batch.tokens.shape[1]
        own = list(range(self.rank, beams, self.world)) or [0]
        counts = batch.counts[:, own] * (1.0 if self.rank < beams else 0.0)
        looks = None if batch.looks is None else batch.looks[:, own]
        return TokenBatch(batch.tokens[:, own], batch.targets[:, own], counts, looks)

    def sum(self, value: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.world > 1:
            dist.all_reduce(value)
        return value

    def add(self, tensors: Iterable[Tensor]) -> None:
        """Each tensor becomes its sum over all processes, in one message."""
        if self.world == 1:
            return
        every = list(tensors)
        flat = torch.cat([tensor.flatten() for tensor in every])
        dist.all_reduce(flat)
        for tensor, part in zip(every, torch.split(flat, [tensor.numel() for tensor in every]), strict=True):
            tensor.copy_(part.view_as(tensor))


ALONE = Share()


def joined(device: str) -> tuple[Share, str]:
    """This process's share, and its device, when torchrun started it; otherwise ALONE and the device as it is."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return ALONE, device
    if device == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    return Share(dist.get_rank(), dist.get_world_size()), device


def leave() -> None:
    """The processes part, all at a time: gloo ends a process whose peer goes while it still listens."""
    if dist.is_available() and dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()
