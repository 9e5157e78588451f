"""Choice of the model: which one plays, where it runs and how exactly it counts. A value for the command line to
fill in; no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from instrument.files.patch import Patch
from instrument.thinking.model.settings import wish_of
from instrument.thinking.tree.search import NODES, may_reject

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("float32", "bfloat16", "int8")
VOCAB, NODE_KB = 137, 20  #: tokens of folk-rnn; a state with what belongs to it


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Choice of the model and its device.

    weights: others than the shipped ones; device: of DEVICES, auto is a CUDA GPU where there is one
    precision: of PRECISIONS; float32 gives the same tune for a seed everywhere. Raises ValueError."""

    weights: Path | None = None
    device: str = "auto"
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ValueError(f'device "{self.device}" is none of {", ".join(DEVICES)}')
        if self.precision not in PRECISIONS:
            raise ValueError(f'precision "{self.precision}" is none of {", ".join(PRECISIONS)}')
        if self.precision == "int8" and self.device in ("cuda", "mps"):
            raise ValueError("precision int8 is the CPU's; on a GPU use bfloat16 or float32")


def refuse_too_large(patch: Patch) -> None:
    """Refuse a patch whose token tree cannot be held, with the arithmetic. Raises ValueError, one line.

    A tree that is drawn from without being grown (mode tree, joint temperature 1) needs no memory at all.
    """
    search = wish_of(patch.snapshot(), 0).search
    if may_reject(search) or (need := search.nodes(VOCAB)) <= NODES // 2:
        return
    beta = search.beta or (VOCAB if search.mode == "tree" else VOCAB**search.n)
    if search.mode == "tree":
        sum_ = " + ".join(f"{beta}^{depth}" if depth > 1 else str(beta) for depth in range(1, search.n))
    else:
        sum_ = " + ".join(str(min(beta, VOCAB**depth)) for depth in range(1, search.n))
    raise ValueError(
        f"{patch.name}: search.tuple = {search.n} with search.beam = {search.beta or '0 (all)'} in mode "
        f"{search.mode} keeps {sum_ if search.n > 2 else beta} = {need:,} states of {NODE_KB} kB, "
        f"{need * NODE_KB / 1e6:,.1f} GB; there is room for {NODES // 2:,}. Lower search.beam or search.tuple"
        + (", or set search.joint = 1" if search.mode == "tree" else "")
    )
