"""Files that people hand us: what is no file, too large, too deep or oddly written is one line, at once."""

from __future__ import annotations

import codecs
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.commands.tunebook.tune_source import read_file
from instrument.files import bounded, rig_file, toml
from instrument.files.patch import PatchError
from instrument.files.patch import load as load_patch
from instrument.networks.chorale.weights import SHIPPED as EXPERTS
from instrument.networks.chorale.weights import load as load_experts
from instrument.networks.folk.weights import SHIPPED
from instrument.networks.folk.weights import load as load_folk
from instrument.ports.log.replay import replay
from instrument.workshop.books.tokens import Tokens
from tests.fakes.paths import DATA, ROOT

READERS: dict[str, Callable[[Path], object]] = {
    "patch": load_patch, "rig": rig_file.load, "log": replay, "tune": read_file,
}  # fmt: skip


def refused(read: Callable[[Path], object], path: Path) -> str:
    with pytest.raises((ValueError, OSError)) as caught:
        read(path)
    line = str(caught.value)
    assert len(line.splitlines()) == 1 and len(line) < 500
    return line


@pytest.mark.parametrize("kind", READERS)
def test_a_device_a_pipe_and_a_folder_are_no_files(tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    said = [refused(READERS[kind], path) for path in (Path("/dev/zero"), Path("/dev/null"), tmp_path / "pipe.toml",
                                                     tmp_path / "folder.toml", Path("/proc/self/mem"))]  # fmt: skip
    assert all("is a device" in line for line in said[:2]) and "is a pipe" in said[2] and "is a folder" in said[3]


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("name", ["loop.toml", "socket.toml", "file/x.toml", "x" * 300, "a\0b", "new\nline.toml"])
def test_what_the_system_does_not_open_is_one_line(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    (tmp_path / "file").write_text("x")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "socket.toml"))
        with pytest.raises((ValueError, OSError)) as caught:
            READERS[kind](tmp_path / name)
    assert len(" ".join(str(caught.value).split())) < 900


def test_a_file_of_the_system_that_would_have_us_wait_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As /proc/kmsg is, for those who may read it: a file by its kind, with nothing in it for now."""
    (tmp_path / "x.toml").write_text("")

    class Waiting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return None  # type: ignore[return-value]

    monkeypatch.setattr(bounded, "open", lambda *_, **__: Waiting(), raising=False)
    assert "nothing in it yet" in refused(load_patch, tmp_path / "x.toml")


def test_a_pipe_that_somebody_writes_into_for_ever_is_refused_too(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    over = threading.Event()

    def write() -> None:
        end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        over.wait(10)
        os.close(end)

    threading.Thread(target=write, daemon=True).start()
    assert "is a pipe" in refused(load_patch, pipe)
    over.set()


@pytest.mark.parametrize("kind", READERS)
def test_what_is_larger_than_it_can_be_is_not_read(tmp_path: Path, kind: str) -> None:
    large = tmp_path / "large.toml"
    with large.open("wb") as file:
        file.truncate(5_000_000_000)
    assert "is larger than" in refused(READERS[kind], large)


def test_a_patch_with_a_byte_order_mark_is_the_patch_without(tmp_path: Path) -> None:
    marked = DATA / "patch-bom.toml"
    plain = tmp_path / "patch-bom.toml"
    plain.write_bytes(marked.read_bytes().removeprefix(codecs.BOM_UTF8))
    assert marked.read_bytes() != plain.read_bytes()
    one, other = load_patch(marked), load_patch(plain)
    assert one.values == other.values and one.openings == other.openings and len(one.openings) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" + ".".join(["a"] * 20_000) + "]", "line 1 has a key of over 12 parts"),
        ("tempo = 120\n" + ".".join(["a"] * 20_000) + " = 1", "line 2 has a key of over 12 parts"),
        ("x = {" + " . ".join(['"a"'] * 20_000) + " = 1}", "a key of over 12 parts"),
        ("x = [{y = 1, " + ".".join(["'a'"] * 20_000) + " = 1}]", "a key of over 12 parts"),
        ("[[" + "\t.\t".join(["a"] * 20_000) + "]]", "a key of over 12 parts"),
        ("x = " + "[" * 5000, "nested too deeply"),
        ("x = " + "[{a=" * 5000, "nested too deeply"),
        ("x = " + "[" * 41 + "]" * 41, "nested too deeply"),
    ],
)
def test_a_key_of_many_parts_and_deep_nesting_cost_nothing(tmp_path: Path, text: str, said: str) -> None:
    """In a process that may have 400 MB and two seconds of the processor."""
    (tmp_path / "hostile.toml").write_text(text)
    program = (
        "import resource, sys; sys.path.insert(0, sys.argv[2])\n"
        "from instrument.files.patch import load, PatchError\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400_000_000,) * 2); resource.setrlimit(resource.RLIMIT_CPU, (4, 4))\n"
        "try: load(sys.argv[1])\n"
        "except PatchError as error: sys.stdout.write(str(error))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "hostile.toml"), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout and len(done.stdout.splitlines()) == 1


def test_dots_in_texts_numbers_and_comments_are_no_keys() -> None:
    many = ".".join("a" * 50)
    data = toml.loads(f'# {many}\nx = "{many}" # {many}\ny = [1.5, "{many}"]\nz = """\n{many}"""\na.b.c = 1')
    assert data["x"] == many and data["y"] == [1.5, many] and data["a"] == {"b": {"c": 1}}


@given(st.binary(max_size=300))
def test_any_bytes_are_a_patch_a_rig_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_bytes(data)
    for read in (load_patch, rig_file.load):
        try:
            read(path)
        except ValueError as error:
            assert len(str(error).splitlines()) == 1


def test_replacing_fails_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rig.toml"
    path.write_text("mine")

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        bounded.replace(path, b"other")
    assert path.read_text() == "mine" and [f.name for f in tmp_path.iterdir()] == ["rig.toml"]
    with pytest.raises(PatchError, match="no such patch"):
        load_patch(tmp_path / "none.toml")


def test_a_megabyte_of_abc_in_one_line_and_a_million_tunes_are_refused_at_once(tmp_path: Path) -> None:
    line = tmp_path / "line.abc"
    line.write_text("X:1\nT:x\nM:4/4\nL:1/8\nK:C\n" + "CDEF " * 200_000)
    assert "tune 1 is longer than 40 kB" in refused(read_file, line)
    many = tmp_path / "many.abc"
    many.write_text("X:1\nM:4/4\nK:C\nC8|\n" * 1_000_000)
    assert "holds more than 50000 tunes" in refused(lambda path: read_file(path, 3), many)
    some = tmp_path / "some.abc"
    some.write_text("X:1\nM:4/4\nL:1/8\nK:C\nC8|\n" * 40_000)
    assert [bool(one.texts) for one in read_file(some, 3)[:4]] == [False, False, True, False]
    tokens = tmp_path / "tokens.txt"
    tokens.write_text("M:4/4 K:Cmaj " + "C 8 | " * 200_000)
    assert "one of over 10000 tokens" in refused(read_file, tokens)


@pytest.mark.parametrize("what", ["header", "device", "card"])
def test_weights_that_are_a_mountain_or_a_device_are_one_line(tmp_path: Path, what: str) -> None:
    card = tmp_path / "folk.json"
    card.write_bytes((SHIPPED.with_suffix(".json")).read_bytes())
    if what == "header":
        with (tmp_path / "folk.safetensors").open("wb") as file:
            file.write((90_000_000).to_bytes(8, "little"))
            file.truncate(91_000_000)
    elif what == "device":
        (tmp_path / "folk.safetensors").symlink_to("/dev/zero")
    else:
        card.unlink()
        card.symlink_to("/dev/zero")
    for load in (load_folk, load_experts, Tokens.load if what != "card" else load_folk):
        path = tmp_path / ("chorale" if load is load_experts else "folk")
        if load is load_experts:
            for ending in (".json", ".safetensors"):
                theirs = path.with_suffix(ending)
                if ending == ".json" and what != "card":
                    theirs.write_bytes(EXPERTS.with_suffix(".json").read_bytes())
                elif (tmp_path / f"folk{ending}").exists():
                    theirs.symlink_to(tmp_path / f"folk{ending}")
        line = refused(load, path if load is not Tokens.load else path.with_suffix(".safetensors"))
        assert ("a header of 90 MB" in line) if what == "header" else ("is no file" in line)
