"""Device that the model runs on: a name from people to a torch device, and work of fixed shape replayed there.

On CUDA a piece of work is captured once as a graph and replayed, which costs one launch instead of dozens; on any
other device the same work is simply run, so what is replayed on a GPU can be judged on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable

import torch


def device_named(name: str) -> torch.device:
    """auto takes a CUDA GPU where there is one, else the CPU. Raises ValueError, one line with the way out."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device cuda: torch finds no NVIDIA GPU here; use --device cpu, or auto")
    if name == "mps" and not torch.backends.mps.is_available():
        raise ValueError("device mps: torch finds no Apple GPU here; use --device cpu, or auto")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def pinned(*shape: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Zeros on the host that the device can copy to and from while both go on."""
    return torch.zeros(*shape, dtype=dtype, pin_memory=device.type == "cuda")


class GraphReplay:
    """Replay of GPU work as a CUDA graph.

    work: reads and writes tensors that stay where they are, and nothing else. It is done once, on any device, before it
    is first asked for: what these tensors begin with must be valid. thread: the thinker's.
    """

    def __init__(self, work: Callable[[], None], device: torch.device) -> None:
        self._work = work
        self._graph: torch.cuda.CUDAGraph | None = None
        if device.type == "cuda":
            self._capture()
        else:
            self()  # as before a capture: on a GPU an index outside its table would end the process

    @torch.inference_mode()
    def _capture(self) -> None:
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(3):  # libraries take their memory and choose their kernels before anything is recorded
                self._work()
        torch.cuda.current_stream().wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._work()

    @torch.inference_mode()
    def __call__(self) -> None:
        """Do the work once. On a GPU it has been asked for, not done: see `settle`."""
        if self._graph is not None:
            self._graph.replay()
        else:
            self._work()


def settle(device: torch.device) -> None:
    """Wait until all that was asked for is done. blocks: for that long."""
    if device.type == "cuda":
        torch.cuda.current_stream().synchronize()
