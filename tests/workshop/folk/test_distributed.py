"""One training in two processes (torchrun, gloo) gives the weights of one process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from instrument.workshop.folk.batches import TokenBatch
from instrument.workshop.folk.distributed import ALONE, Share
from tests.fakes.paths import ROOT

CODE = """
import sys
from pathlib import Path

import torch

from instrument.workshop.folk.recipes import FolkRecipe
from instrument.workshop.folk.distributed import joined, leave
from instrument.workshop.folk.trainer import FolkTrainer

torch.set_num_threads(1)
share, device = joined("cpu")
recipe = FolkRecipe(epochs=2, batch=5, chunk=9, rate=1e-2, drop=0.0, drop_in=0.0, drop_weights=0.0)
tunes = [[0, *(2 + (start + step) % 7 for step in range(8 + start)), 1] for start in range(11)]
trainer = FolkTrainer(9, recipe, device, (8, 2), share=share)
losses = [trainer.run_epoch(tunes) for _ in range(2)]
if share.first:
    torch.save({"losses": losses, "world": share.world, "model": trainer.averaged.state_dict()}, sys.argv[1])
leave()
"""


@pytest.mark.long  # fourteen seconds of CPU
def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(CODE)
    root = ROOT
    found = []
    for name, start in (
        ("one", [sys.executable]),
        ("two", [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]),
    ):
        command = [*start, str(script), str(tmp_path / name)]
        done = subprocess.run(command, cwd=root, env=_environment(root), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        found.append(torch.load(tmp_path / name, weights_only=True))
    one, two = found
    assert (one["world"], two["world"]) == (1, 2)
    assert torch.allclose(torch.tensor(one["losses"]), torch.tensor(two["losses"]), atol=1e-4)
    for name, tensor in one["model"].items():
        assert torch.allclose(tensor, two["model"][name], atol=1e-4), name


def _environment(root: Path) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}


@given(st.integers(1, 7), st.integers(1, 4))
def test_shares_make_up_the_batch(beams: int, world: int) -> None:
    tokens = torch.arange(3 * beams).reshape(3, beams)
    whole = TokenBatch(tokens, tokens + 1, torch.ones(3, beams))
    parts = [Share(rank, world).of(whole) for rank in range(world)]
    assert sum(float(part.counts.sum()) for part in parts) == 3 * beams
    kept = [part.tokens[:, part.counts[0] > 0] for part in parts]
    assert sorted(torch.cat(kept, 1)[0].tolist()) == tokens[0].tolist()
    assert ALONE.of(whole) is whole
