"""Addresses of clusters, what is said of a fault, and what tells two installations apart."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from instrument.networks.weight_files import FOLDER
from instrument.rig.cluster.address import check, in_one_line
from instrument.rig.cluster.marks import HOUSE, difference, marks, portable, tune_weights


@pytest.mark.parametrize(
    "address", ["", "rack", "ray://", "ray://rack", "ray://rack:0", "ray://rack:65536", "http://rack:10001",
                "rack:10001:1", "ray://rack:10001/x", "ray://rack :10001", "LOCAL", "auto", "x" * 5000]
)  # fmt: skip
def test_what_is_no_address_is_said_with_those_that_are(address: str) -> None:
    with pytest.raises(ValueError, match=r"^--thinker .* is no cluster: write local, ray://HOST:10001") as raised:
        check(address, "--thinker")
    assert len(str(raised.value)) < 300 and "\n" not in str(raised.value)


def test_a_cluster_that_answers_or_is_ours_passes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check(f"ray://127.0.0.1:{port}", "--thinker")
        check(f"127.0.0.1:{port}", "--thinker")
    check("local", "--thinker")
    with pytest.raises(ValueError, match="nothing answers there"):
        check(f"ray://127.0.0.1:{port}", "--thinker")


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("one\n  two", "one two"),
        ("Traceback (most recent call last):\n  File x\n    y()\n    ^^^\nValueError: no weights", "no weights"),
        ("Version mismatch: The cluster was started with:\n    Ray: 2.9\n    Python: 3.10", "must be the same there"),
        ("The actor is a TemporaryActor object", "pip install lilt[cluster]"),
        ("No module named 'instrument'", "not installed on that node"),
        ("", "RuntimeError"),
    ],
)  # fmt: skip
def test_a_fault_of_the_cluster_is_one_line(fault: str, line: str) -> None:
    said = in_one_line(RuntimeError(fault))
    assert line in said and "\n" not in said and len(said) < 350


def test_installations_are_told_apart_by_weights_and_by_code(tmp_path: Path) -> None:
    file = tmp_path / "folk.safetensors"
    file.write_bytes(b"one")
    here = marks({"the model": file}, ["controls"])
    assert difference(here, dict(here)) == ""
    file.write_bytes(b"two")
    there = marks({"the model": file}, ["controls"])
    line = f"the model there {there['the model']}, here {here['the model']}"
    assert difference(here, there) == line
    others = marks({"the model": file}, ["controls", "files"])
    assert difference(there, others).startswith("code there ")
    assert difference(here, {}) == f"Lilt there missing, here {here['Lilt']}"
    with pytest.raises(FileNotFoundError):
        marks({"the model": tmp_path / "none"}, [])


def test_what_came_with_lilt_is_found_on_a_machine_where_it_lies_elsewhere(tmp_path: Path) -> None:
    (shipped,) = tune_weights(None).values()
    assert portable(shipped) == Path("networks/weights/folk.safetensors") and (HOUSE / portable(shipped)).exists()
    assert portable(FOLDER / "x").is_absolute() is False
    own = tmp_path / "own.safetensors"
    assert portable(own) == own == HOUSE / portable(own)
