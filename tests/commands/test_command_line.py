"""The command line: whatever is missing or misspelt is one line with its mend, whatever there is can be found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from instrument.commands import COMMANDS
from instrument.commands.command_line import command_names, mend_of, patch_names, refusal, with_command
from instrument.commands.main import main
from instrument.files.tunebook import Kept, add
from tests.fakes.bare_python import BarePython
from tests.fakes.paths import ROOT

#: as if they had not been installed; then as outside any environment
EXTRAS = ("music21", "matplotlib", "PIL", "link", "selenium")
PACKAGES = (*EXTRAS, "torch", "numpy", "safetensors", "mido", "rtmidi", "sounddevice", "pythonosc", "websockets",
            "zeroconf", "tomlkit", "filelock", "tqdm")  # fmt: skip


@pytest.fixture(scope="module")
def without_extras() -> Iterator[BarePython]:
    python = BarePython(EXTRAS, before=("torch", "numpy"))
    yield python
    python.close()


@pytest.fixture(scope="module")
def without_packages() -> Iterator[BarePython]:
    python = BarePython(PACKAGES)
    yield python
    python.close()


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) <= 1, done.stderr
    return done.stderr


#: every command, and a way to ask it for what needs an extra, if any of its ways does
ASKED: dict[str, tuple[tuple[str, ...], str]] = {
    "train folk": (("train", "folk"), "pip install -e .[train]"),
    "train chorale": (("train", "chorale"), "pip install -e .[train]"),
    "train first": (("train", "first"), "pip install -e .[train]"),
    "train index": (("train", "index", "--out", "x"), "pip install -e .[train]"),
    "plot experts": (("plot", "experts", "--out", "x.png"), "pip install -e .[plot]"),
    "plot activations": (("plot", "activations", "--seed", "1", "--out", "x"), "pip install -e .[plot]"),
    "plot page": (("plot", "page", "--out", "x"), "pip install -e .[test]"),
    "study beam": (("study", "beam", "--out", "x"), "pip install -e .[plot]"),
    "study inside": (("study", "inside"), "pip install -e .[plot]"),
    "study experts": (("study", "experts"), "pip install -e .[train]"),
    "evaluate chorale": (("evaluate", "chorale"), "pip install -e .[train]"),
    "tunes": (("tunes", "1", "--book", "book.abc", "--export", "out", "--as", "abc,musicxml"), ".[train]"),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_command_without_its_extra_says_which_and_how(without_extras: BarePython, tmp_path: Path, what: str) -> None:
    argv, mend = ASKED[what]
    add(tmp_path / "book.abc", Kept("X:1\nT:x\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|\n"))
    done = without_extras.lilt(tmp_path, *argv)
    assert mend in said(done) and done.returncode == 2
    assert not (tmp_path / "out").exists() and not (tmp_path / "x").exists(), "nothing was begun"


WITHOUT: dict[str, tuple[str, ...]] = {
    "patches": ("patches",), "tunes": ("tunes",), "replay": ("replay", "nothing.jsonl"), "ports": ("ports",),
    "docs": ("docs", "--help"),
    "explain": ("explain", "nothing.abc"), "controllers": ("controllers", "--help"), "doctor": ("doctor", "--help"),
    "bench": ("bench", "nothing"), "render": ("render", "reel", "--bars", "1", "--out", "out"),
    "study": ("study", "nothing"), "plot": ("plot", "nothing"), "train": ("train", "nothing"),
    "evaluate": ("evaluate", "nothing"), "play": ("play", "nothing"), "help": ("help",),
    "import": ("import", "nothing.pkl"), "save": ("save", "x", "--osc-port", "0"),
}  # fmt: skip


def test_every_command_is_asked_below() -> None:
    asked = {words[0] for words, _ in ASKED.values()} | set(WITHOUT)
    assert {*command_names()} <= asked


@pytest.mark.parametrize("name", WITHOUT)
def test_every_command_starts_or_says_in_a_line_what_is_missing(
    without_packages: BarePython, tmp_path: Path, name: str
) -> None:
    done = without_packages.lilt(tmp_path, *WITHOUT[name])
    assert "Traceback" not in done.stderr and done.returncode in (0, 1, 2)
    lines = done.stderr.splitlines()
    assert len(lines) <= 1 or (lines[0].startswith("usage:") and all(line[0] == " " for line in lines[1:-1]))


@pytest.mark.parametrize("argv", [("first", "--bars", "1"), ("render", "jig"), ("evaluate", "folk")])
def test_outside_the_environment_it_says_where_the_environment_is(
    without_packages: BarePython, tmp_path: Path, argv: tuple[str, ...]
) -> None:
    done = without_packages.lilt(tmp_path, *argv)
    assert "is missing in this Python" in said(done) and ".venv/bin/python" in done.stderr and done.returncode == 2


def test_the_doctor_outside_the_environment_names_everything(without_packages: BarePython, tmp_path: Path) -> None:
    done = without_packages.lilt(tmp_path, "doctor")
    assert done.returncode == 1 and not said(done)
    for name in ("torch", "numpy", "mido", "tomlkit"):
        assert f"MISSING  package {name}" in done.stdout
    assert "is not Lilt's environment" in done.stdout


def test_an_old_python_is_told_in_a_line() -> None:
    program = f"import sys; sys.version_info = (3, 9, 2); sys.path.insert(0, {str(ROOT)!r}); import instrument"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "use 3.11 or 3.12" in said(done)


def test_tunes_are_exported_as_far_as_the_machine_can(without_extras: BarePython, tmp_path: Path) -> None:
    add(tmp_path / "book.abc", Kept("X:1\nT:x\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|\n"))
    done = without_extras.lilt(tmp_path, "tunes", "1", "--book", "book.abc", "--export", "out")
    assert done.returncode == 0 and not said(done)
    assert "without musicxml: MusicXML needs music21; pip install -e .[train]" in done.stdout
    assert {file.suffix for file in (tmp_path / "out").iterdir()} >= {".abc", ".json", ".mid"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [("rendr", '"render"'), ("rell", '"reel"'), ("tune", '"tunes"'), ("halp", '"help"'), ("pathces", '"patches"'),
     ("doctr", '"doctor"'), ("evalute", '"evaluate"')],
)  # fmt: skip
def test_a_misspelt_word_is_one_line_with_what_was_meant(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word, "jig"]) == 2
    told = capsys.readouterr().err
    assert f"did you mean {meant}?" in told and "lilt help" in told and len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("word", "way"),
    [("a.jsonl", "lilt replay a.jsonl"), ("t.mid", "is MIDI"),
     ("x/y.SF2", "--synth x/y.SF2"), ("m.safetensors", "--weights"), ("zzzzqqq", "lilt patches"), ("\0", "lilt help")],
)  # fmt: skip
def test_what_is_no_patch_is_said_with_the_command_that_takes_it(word: str, way: str) -> None:
    assert way in refusal(word) and len(refusal(word).splitlines()) == 1


def test_every_patch_and_every_file_of_toml_may_be_one() -> None:
    assert not any(refusal(word) for word in (*patch_names(), "sets/fri.toml", "--bars"))


def test_help_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["help"], ["--help"], ["help", "play"], ["play", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(argv)
        text = capsys.readouterr().out
        assert ended.value.code == 0
        names = patch_names() if "play" in argv else [command.name for command in COMMANDS]
        assert all(name in text for name in names)
    assert with_command([]) == ["play"] and with_command(["jig", "--bars", "3"]) == ["play", "jig", "--bars", "3"]


@pytest.mark.parametrize("word", ["patches", "list"])
def test_the_patches_are_listed_with_their_headers(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == patch_names() and all(len(line.split()) > 3 for line in lines)


def test_a_package_that_does_not_load_is_one_line() -> None:
    assert mend_of(ImportError("libasound.so.2:\ncannot open")) == "libasound.so.2: cannot open"
    assert "pip install" in mend_of(ModuleNotFoundError("x", name="PIL.Image"))


def test_a_bar_grows_only_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from instrument.ports.system import progress

    with progress.bar(3, "reel", "bar") as shown:
        shown.update(2)
    assert list(progress.each([1, 2], "reading")) == [1, 2] and capsys.readouterr() == ("", "")
