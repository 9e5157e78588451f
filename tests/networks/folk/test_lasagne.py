"""Importing an original checkpoint: built here in the same layout, judged by an obvious LSTM in NumPy."""

from __future__ import annotations

import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from instrument.networks.folk import pickles
from instrument.networks.folk.folkrnn import Stepper
from instrument.networks.folk.lasagne import import_checkpoint
from instrument.networks.folk.pickles import Array, Unreadable, read_bytes
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import WeightsError, load, save
from tests.fakes.checkpoints import Runs, checkpoint, parameters, python2

TOKENS = ["</s>", "<s>", "|", "M:4/4", "K:Cmaj", "^c", "D", "3/2>", "z"]


def obvious(values: list[np.ndarray], tokens: list[int]) -> np.ndarray:
    """Logits after every token, [steps, vocab]: the equations, one gate at a time."""

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    layers = (len(values) - 3) // 14
    own = [values[1 + 14 * k : 15 + 14 * k] for k in range(layers)]
    cell, hidden = [p[12][0] for p in own], [p[13][0] for p in own]
    logits = []
    for token in tokens:
        x = values[0][token]
        for k, p in enumerate(own):
            gate = [x @ p[3 * g] + hidden[k] @ p[3 * g + 1] + p[3 * g + 2] for g in range(4)]
            cell[k] = sigmoid(gate[1]) * cell[k] + sigmoid(gate[0]) * np.tanh(gate[2])
            x = hidden[k] = sigmoid(gate[3]) * np.tanh(cell[k])
        logits.append(x @ values[-2] + values[-1])
    return np.array(logits)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "folkrnn_v2.pkl"
    path.write_bytes(data)
    return path


def test_the_test_writes_what_python_2_wrote() -> None:
    data = python2(checkpoint(TOKENS, parameters(9, 6, 1)))
    assert data.startswith(b"\x80\x02") and b"cnumpy.core.multiarray\n_reconstruct\n" in data
    assert b"numpy._core" not in data and b"_codecs" not in data
    back = pickle.loads(data, encoding="latin-1")
    assert back["token2idx"]["^c"] == 5 and back["param_values"][1].shape == (9, 6)


@pytest.mark.parametrize("embedding", [None, 4])
def test_an_imported_model_computes_what_the_checkpoint_says(tmp_path: Path, embedding: int | None) -> None:
    values, tokens = parameters(9, 6, 3, embedding), [1, 3, 4, 5, 2, 6, 0, 8]
    model, vocabulary, card = import_checkpoint(written(tmp_path, python2(checkpoint(TOKENS, values))))
    with torch.inference_mode():
        logits, _ = model.sequence(torch.tensor(tokens)[:, None])
    assert np.abs(logits[:, 0].numpy() - obvious(values, tokens)).max() < 1e-5
    assert list(vocabulary.texts) == TOKENS and vocabulary.start == 1
    stepper = Stepper(model)
    first, _ = stepper.step(torch.tensor([1]), stepper.start())
    assert np.abs(first[0].numpy() - obvious(values, [1])[0]).max() < 1e-5
    save(model, tmp_path / "mine", card)
    again, same, _ = load(tmp_path / "mine")
    assert same.texts == vocabulary.texts and torch.equal(again.initial, model.initial.half().float())


def test_a_checkpoint_of_full_size(tmp_path: Path) -> None:
    tokens, values = list(reversed(Vocabulary.shipped().texts)), parameters(137, 512, 3)
    path = written(tmp_path, python2(checkpoint(tokens, values)))
    model, vocabulary, _ = import_checkpoint(path)
    assert model.parameter_count() == 5_599_881 and list(vocabulary.texts) == tokens
    with torch.inference_mode():
        logits, _ = model.sequence(torch.tensor([[3], [70], [9]]))
    assert np.abs(logits[:, 0].numpy() - obvious(values, [3, 70, 9])).max() < 1e-3


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_other_protocols_doubles_and_no_embedding(tmp_path: Path, protocol: int) -> None:
    values = [v.astype(np.float64) for v in parameters(9, 4, 1)]
    path = written(tmp_path, pickle.dumps(checkpoint(TOKENS, values[1:]), protocol))
    model, _, _ = import_checkpoint(path)
    with torch.inference_mode():
        logits, _ = model.sequence(torch.tensor([[1], [3]]))
    assert np.abs(logits[:, 0].numpy() - obvious(values, [1, 3])).max() < 1e-5


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize(
    "what",
    [os.system, eval, exec, np.load, np.fromfile, getattr, np.frombuffer, pickle.loads],
    ids=lambda what: what.__name__,
)
def test_a_hostile_pickle_is_refused_and_not_run(tmp_path: Path, what: Any, protocol: int) -> None:
    trap = tmp_path / "sprung"
    hostile = checkpoint(TOKENS, parameters(9, 4, 1)) | {"extra": Runs(what, f"touch {trap}")}
    path = written(tmp_path, pickle.dumps(hostile, protocol))
    with pytest.raises(WeightsError, match=r"folkrnn_v2\.pkl: .*(not run|no checkpoint needs)") as caught:
        import_checkpoint(path)
    assert "\n" not in str(caught.value) and not trap.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"(S'true'\nios\nsystem\n.",  # INST
        b"(cos\nsystem\nS'true'\no.",  # OBJ
        b"\x80\x02cbuiltins\neval\n\x8c\x011\x85\x81.",  # NEWOBJ
        b"\x80\x02cnumpy.core.multiarray\nscalar\ncos\nsystem\nR.",
        b"\x80\x02cnumpy\nndarray\n)R.",
        b"\x80\x02cnumpy\ndtype\nU\x01O\x85R.",  # objects: pointers, to whoever sets their bytes
        b"\x80\x02}X\x05\x00\x00\x00shapecnumpy\ndtype\nsb.",
        b"Pevil\n.",  # a persistent id
        b"\x82\x01.",  # the extension registry
        b"\x96\xff\xff\xff\xff\xff\xff\xff\x7f.",  # BYTEARRAY8 of 8 EiB
        b"\x80\x02T\xff\xff\xff\x7fabc",  # 2 GiB that are not there
        b"\x80\x02N" + b"r\xff\xff\xff\x7f" + b"0.",  # memo place 2,147,483,647: allowed, holds one thing
        b"0.", b"t.", b"a.", b"]s.", b"h\x05.", b"", b".", b"\xff", b"hello", b"\x80\x02", b"R.", b"b.",
    ],
)  # fmt: skip
def test_gadgets_and_rubbish_are_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(WeightsError) as caught:
        import_checkpoint(written(tmp_path, data))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def nested(key: bool) -> bytes:
    """t = (t, t), sixty deep: 2^60 leaves for whoever hashes or prints it."""
    body = b"\x80\x02}" + b")" + b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(60))
    return body + (b"K\x01s." if key else b"U\x01xs.")


def test_bombs_go_off_in_nobodys_hands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = b"\x80\x02]q\x00T" + struct.pack("<i", 1 << 20) + bytes(1 << 20) + b"q\x01"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    state = b"(K\x01K\x01\x85cnumpy\ndtype\nU\x02f4\x85R\x89h\x01tb"
    bombs = [nested(True), nested(False), shared + (array + state) * 3000 + b"."]
    bombs.append(b"\x80\x02" + b"]" * 100_001 + b".")
    monkeypatch.setattr(pickles, "MOST_STEPS", 100_000)
    for bomb in bombs:
        with pytest.raises(WeightsError) as caught:
            import_checkpoint(written(tmp_path, bomb))
        assert "\n" not in str(caught.value)


def test_truncated_anywhere_is_one_line(tmp_path: Path) -> None:
    data = python2(checkpoint(TOKENS, parameters(9, 4, 1)))
    for length in range(0, len(data) - 1, 37):
        with pytest.raises(WeightsError) as caught:
            import_checkpoint(written(tmp_path, data[:length]))
        assert "\n" not in str(caught.value)


def test_flipped_bytes_never_raise_anything_else(tmp_path: Path) -> None:
    data, rng = python2(checkpoint(TOKENS, parameters(9, 4, 1))), np.random.default_rng(5)
    for _ in range(400):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 3):
            broken[at] = rng.integers(0, 256)
        try:
            read_bytes(bytes(broken))
            import_checkpoint(written(tmp_path, bytes(broken)))
        except (Unreadable, WeightsError) as error:
            assert len(str(error)) < 2000


def changed(**changes: Any) -> dict[str, Any]:
    return checkpoint(TOKENS, parameters(9, 4, 1)) | changes


def with_array(i: int, array: np.ndarray) -> dict[str, Any]:
    values = parameters(9, 4, 1)
    values[i] = array
    return changed(param_values=values)


FAULTS = {
    "not a dict": ([1, 2], "no token2idx"),
    "no tokens": ({"param_values": []}, "no token2idx"),
    "peepholes": (changed(param_values=parameters(9, 4, 1) + [np.zeros(4, np.float32)] * 3), "peepholes"),
    "too few arrays": (changed(param_values=parameters(9, 4, 1)[:5]), "has 5 arrays"),
    "not arrays": (changed(param_values=[1.0] * 17), r"param_values\[0\] is not an array of floats"),
    "whole numbers": (with_array(3, np.zeros(4, np.int32)), r"param_values\[3\] is not an array of floats"),
    "infinite": (with_array(3, np.full(4, np.inf, np.float32)), r"param_values\[3\] holds values that are not finite"),
    "big-endian": (with_array(3, np.zeros(4, ">f4")), "big-endian"),
    "wrong shape": (with_array(4, np.zeros((9, 5), np.float32)), r"array 4 of layer 1 is \[9, 5\], \[9, 4\] belongs"),
    "wrong output": (with_array(16, np.zeros(8, np.float32)), r"the output's b is \[8\]"),
    "wrong embedding": (with_array(0, np.zeros(8, np.float32)), "the embedding"),
    "gap in numbers": (changed(token2idx={"<s>": 0, "</s>": 2}), "does not number"),
    "no start": (changed(token2idx={t: i for i, t in enumerate([*TOKENS[:1], "E", *TOKENS[2:]])}), "needs <s>"),
    "odd token": (changed(token2idx={t: i for i, t in enumerate([*TOKENS[:8], "la\nla"])}), "not a token"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_checkpoint_that_does_not_fit_is_one_clear_line(tmp_path: Path, fault: str) -> None:
    found, said = FAULTS[fault]
    with pytest.raises(WeightsError, match=said) as caught:
        import_checkpoint(written(tmp_path, python2(found)))
    assert "\n" not in str(caught.value) and "folkrnn_v2.pkl" in str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nothing\.pkl: cannot be read"):
        import_checkpoint(tmp_path / "nothing.pkl")


def test_arrays_come_out_as_they_went_in() -> None:
    found = read_bytes(python2({"a": np.arange(6, dtype=np.float32).reshape(2, 3), "n": 12345678901, "x": -1.5}))
    assert found["n"] == 12345678901 and found["x"] == -1.5
    assert isinstance(found["a"], Array) and found["a"].shape == (2, 3) and found["a"].dtype.code == "f4"
