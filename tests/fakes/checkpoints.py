"""Checkpoints of the original folk-rnn, written as its pickles are, and pickles that would run something."""

from __future__ import annotations

import io
import pickle
import struct
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any, ClassVar

import numpy as np
import pytest

from instrument.commands.main import main
from tests.fakes.paths import DATA


class Python2(pickle._Pickler):  # type: ignore[misc]
    """Writes as Python 2's cPickle did at protocol 2: byte strings, and NumPy's old module names."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]

    def save_text(self, value: str) -> None:
        self.save_raw(value.encode("latin-1"))
        self.memoize(value)

    def save_raw(self, value: bytes) -> None:
        if len(value) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(value)]) + value)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(value)) + value)

    def save_name(self, obj: Any, name: str | None = None) -> None:
        self.write(f"c{obj.__module__.replace('numpy._core', 'numpy.core')}\n{obj.__name__}\n".encode())

    dispatch[str], dispatch[bytes] = save_text, save_raw
    dispatch[type] = dispatch[FunctionType] = dispatch[BuiltinFunctionType] = save_name


def python2(value: Any) -> bytes:
    out = io.BytesIO()
    Python2(out, 2).dump(value)
    return out.getvalue()


def parameters(vocab: int, hidden: int, layers: int, embedding: int | None = None) -> list[np.ndarray]:
    """param_values in Lasagne's order, random; embedding: its width, None for the one-hot identity."""
    rng = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.3).astype(np.float32)

    values = [np.eye(vocab, dtype=np.float32) if embedding is None else some(vocab, embedding)]
    width = embedding or vocab
    for _ in range(layers):
        for _ in ("input", "forget", "cell", "output"):
            values += [some(width, hidden), np.asfortranarray(some(hidden, hidden)), some(hidden)]
        values += [some(1, hidden), some(1, hidden)]  # cell, hidden
        width = hidden
    return [*values, some(hidden, vocab), some(vocab)]


def checkpoint(tokens: list[str], values: list[np.ndarray]) -> dict[str, Any]:
    return {
        "configuration": "config5", "experiment_id": "config5-wrepeats-20160112-222521", "epoch_since_start": 99,
        "iters_since_start": 34900, "losses_train": [np.float32(4.5), np.float32(1.25)], "losses_eval_valid": [1.3],
        "learning_rate": np.array(0.003, dtype=np.float32), "token2idx": {t: i for i, t in enumerate(tokens)},
        "param_values": values,
    }  # fmt: skip


class Runs:
    """A pickle of this calls `what` when it is loaded by anyone careless."""

    def __init__(self, what: Any, *args: Any) -> None:
        self.what, self.args = what, args

    def __reduce__(self) -> Any:
        return self.what, self.args


#: folk-rnn v2's own tokens, in its order
ORIGINAL = (DATA / "folkrnn_v2_tokens.txt").read_text(encoding="utf-8").split()


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with the original's vocabulary and its three layers, narrow, as Python 2 wrote it."""
    path = tmp_path_factory.mktemp("original") / "folkrnn_v2.pkl"
    path.write_bytes(python2(checkpoint(ORIGINAL, parameters(137, 24, 3))))
    return path


def lilt(*words: str) -> int:
    return main(list(words))
