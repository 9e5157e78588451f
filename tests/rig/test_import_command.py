"""Import of checkpoints by a command: what it writes, what it never writes over, and pickles that are bombs."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from instrument.networks.folk.weights import load
from tests.fakes.checkpoints import ORIGINAL, Runs, checkpoint, lilt, parameters, python2

# pickles of Python 3


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_checkpoint_that_python_3_wrote_is_no_bomb(tmp_path: Path, protocol: int) -> None:
    """In protocol 2 bytes are written as text to be encoded: each was counted twice, and the file had too few."""
    values = parameters(137, 64, 2)
    path = tmp_path / "three.pkl"
    path.write_bytes(pickle.dumps(checkpoint(ORIGINAL, values), protocol))
    model, vocabulary, _ = load(path)
    assert list(vocabulary.texts) == ORIGINAL
    assert np.array_equal(model.out.weight.detach().numpy(), values[-2].T)


def test_arrays_that_share_their_text_are_still_a_bomb(tmp_path: Path) -> None:
    """A thousand encodings of one text are a thousand times its bytes."""
    text = b"X" + (1 << 16).to_bytes(4, "little") + b"a" * (1 << 16) + b"q\x01"
    encoded = b"c_codecs\nencode\nh\x01X\x06\x00\x00\x00latin1\x86R"
    path = tmp_path / "bomb.pkl"
    path.write_bytes(b"\x80\x02]" + text + b"0" + (encoded + b"a") * 1000 + b".")
    with pytest.raises(ValueError, match="a bomb"):
        load(path)


# the command


def test_import_writes_weights_that_compute_what_the_checkpoint_does(
    original: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lilt("import", str(original), "--to", str(tmp_path / "mine.safetensors")) == 0
    said = capsys.readouterr().out
    assert "137 tokens" in said and "modes dor, maj, min, mix" in said and "lilt --weights" in said
    mine, vocabulary, card = load(tmp_path / "mine")
    theirs, _, _ = load(original)
    assert list(vocabulary.texts) == ORIGINAL and "folkrnn_v2.pkl" in card["source"]
    for name, tensor in theirs.state_dict().items():
        assert np.array_equal(tensor.half().float().numpy(), mine.state_dict()[name].numpy()), name


def test_import_writes_beside_the_checkpoint_and_never_over_anything(
    original: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lilt("import", str(original)) == 0
    before = {path: path.read_bytes() for path in original.parent.iterdir()}
    assert {path.name for path in before} == {f"folkrnn_v2{end}" for end in (".pkl", ".safetensors", ".json", ".md")}
    capsys.readouterr()
    assert lilt("import", str(original)) == 2
    assert "is there already" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in original.parent.iterdir()} == before


@pytest.mark.parametrize("to", ["other.pkl", "mine.v2.safetensors"])
def test_a_name_that_would_not_be_found_again_is_refused(
    original: Path, tmp_path: Path, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lilt("import", str(original), "--to", str(tmp_path / to)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_imported_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trap = tmp_path / "sprung"
    hostile = checkpoint(ORIGINAL, parameters(137, 4, 1)) | {"extra": Runs(os.system, f"touch {trap}")}
    unclosed = [token for token in ORIGINAL if token != ":|"]
    lacking = python2(checkpoint(unclosed, parameters(136, 4, 1)))
    files = {"hostile": pickle.dumps(hostile, 2), "text": b"hello", "no-signs": lacking}
    for name, data in files.items():
        path = tmp_path / f"{name}.pkl"
        path.write_bytes(data)
        for words in (["import", str(path)], ["render", "--weights", str(path), "--out", str(tmp_path / "out")]):
            assert lilt(*words) == 2, words
            said = capsys.readouterr().err
            assert len(said.splitlines()) == 1 and "Traceback" not in said
    assert not trap.exists() and lilt("import", str(tmp_path / "none.pkl")) == 2
