"""Rules of the house, read off the source: who imports whom, no circles, who reads the time, who prints, how big a
folder may grow. The tables are those of docs/architecture.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "instrument"
MODULES = sorted(HOUSE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
#: rooms, each with those whose code it may import
MAY: Mapping[str, frozenset[str]] = {
    "music": frozenset(),
    "controls": frozenset({"music"}),
    "files": frozenset({"music", "controls"}),
    "networks": frozenset({"music"}),
    "thinking": frozenset({"music", "controls", "files", "networks"}),
    "playing": frozenset({"music", "controls", "files"}),
    "ports": frozenset({"music", "controls", "files", "playing"}),
    "rig": frozenset({"music", "controls", "files", "networks", "thinking", "playing", "ports"}),
    "workshop": frozenset({"music", "controls", "files", "networks", "thinking", "playing", "ports", "rig"}),
    "commands": frozenset(
        {"music", "controls", "files", "networks", "thinking", "playing", "ports", "rig", "workshop"}
    ),
}
#: packages of a room, in order: each may import those before it. A room's top files may import any of its packages
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "music": ("analysis", "chorale", "dances", "abc", "tokens", "backing", "scores", "repertoire", "sounds"),
    "controls": ("knobs", "devices"),
    "networks": ("folk", "chorale"),
    "thinking": ("constraints", "tree", "form", "model", "known", "spans", "heard", "chords", "tune", "voices"),
    "playing": (
        "midi",
        "time",
        "schedule",
        "backing",
        "voices",
        "modes",
        "sound",
        "beginning",
        "sets",
        "way_back",
        "microphone",
        "ensemble",
    ),
    "ports": (
        "system",
        "network",
        "osc_out",
        "osc",
        "web",
        "midi",
        "audio",
        "jack",
        "recording",
        "log",
        "microphone",
        "ensemble",
    ),
    "rig": ("way_back", "cluster", "ensemble"),
    "commands": ("tunebook", "microphone", "ensemble"),
    "workshop": (
        "cluster",
        "books",
        "folk",
        "chorale",
        "form",
        "evaluate",
        "published",
        "hymns",
        "chords",
        "tune_studies",
        "study",
        "bench",
        "backing",
        "microphone",
        "stress",
    ),
}
#: rooms whose top files are values that their own packages build on
VALUES_ON_TOP = ("music", "controls", "networks")
TORCH = (
    "networks/folk", "networks/chorale/experts.py", "networks/chorale/first_voice.py", "thinking", "workshop",
    "commands/doctor.py",  # asks which device there is
)  # fmt: skip
DEVICES = ("mido", "rtmidi", "jack", "sounddevice", "pythonosc", "socket", "websockets", "zeroconf")
FULL = 16  #: files of code in a folder at most
LONG = 300  #: lines in a file at most, of code and of tests


@dataclass(frozen=True)
class Read:
    """What a file says of itself. imports: every module and name, those under TYPE_CHECKING and inside functions too;
    calls: names of what it calls; told: its public classes with the first lines of their docstrings."""

    imports: frozenset[str]
    calls: frozenset[str]
    told: tuple[tuple[str, str], ...]


@cache
def read(path: Path) -> Read:
    """A file, parsed once for all tests. Its tree is let go: the garbage collector would go through it for long."""
    imports, calls, told = set[str](), set[str](), list[tuple[str, str]]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imports |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call):
            called = node.func
            calls.add(called.id if isinstance(called, ast.Name) else getattr(called, "attr", ""))
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            told.append((node.name, (ast.get_docstring(node) or "").partition("\n")[0]))
    return Read(frozenset(imports), frozenset(calls), tuple(told))


def file_of(name: str) -> Path | None:
    """The file that a dotted name of ours is, if it is one."""
    path = ROOT / (name.replace(".", "/") + ".py")
    return path if path.exists() else None


@cache
def ours(path: Path) -> frozenset[Path]:
    """The files of ours that a file imports."""
    return frozenset(found for name in read(path).imports if (found := file_of(name)))


def place(path: Path) -> tuple[str, str]:
    """Room and package of a file; "" where it stands on top."""
    parts = path.relative_to(HOUSE).parts
    return (parts[0], parts[1] if len(parts) > 2 else "") if len(parts) > 1 else ("", "")


def identify(path: Path) -> str:
    return str(path.relative_to(ROOT))


def allowed(path: Path, other: Path) -> bool:
    """Whether a file may import another: by its room, and within it by its package."""
    (room, package), (there, within) = place(path), place(other)
    if "" in (room, there) or other.name == "__init__.py":
        return True
    if there != room or within == package:
        return there == room or there in MAY[room]
    order = PACKAGES[room]
    if room in VALUES_ON_TOP:
        return within == "" or package in order[order.index(within) + 1 :]
    return package == "" or within in order[: order.index(package)]


def test_a_file_imports_only_what_its_room_and_its_package_may() -> None:
    wrong = [(identify(path), identify(other)) for path in MODULES for other in ours(path) if not allowed(path, other)]
    assert not wrong, f"may not import: {wrong}"


def test_torch_devices_and_the_time_stay_where_they_belong() -> None:
    for path in MODULES:
        own = str(path.relative_to(HOUSE))
        outside = {name.split(".")[0] for name in read(path).imports} - {"instrument"}
        if "torch" in outside:
            assert own.startswith(TORCH), f"{own} must not import torch"
        if "ray" in outside:
            assert own in ("rig/cluster/address.py", "workshop/cluster/nodes.py"), "the relay alone reaches a cluster"
        if touched := outside & set(DEVICES):
            assert own.startswith(("ports", "workshop")), f"{own} must not touch devices ({touched})"
        if outside & {"time", "datetime", "sched"}:
            assert own == "playing/time/clock.py", f"{own} must not read the time"


def test_only_the_clock_sleeps_and_nobody_calls_print() -> None:
    for path in [*MODULES, ROOT / "run.py"]:
        called = read(path).calls
        assert "sleep" not in called or path.name == "clock.py", f"{identify(path)} must not sleep"
        assert "print" not in called, f"{identify(path)}: lines go out through Terminal, which waits for nobody"


def test_a_public_class_says_first_what_it_is() -> None:
    """Its fields and its thread come behind that."""
    for path in MODULES:
        for name, told in read(path).told:
            assert not re.match(r"[a-z_, 0-9]+:", told), f"{path.name}, {name}: {told}"


def test_no_file_imports_itself_round_a_circle() -> None:
    """What is imported under TYPE_CHECKING and inside functions counts."""
    done: set[Path] = set()

    def visit(path: Path, way: tuple[Path, ...]) -> None:
        assert path not in way, " -> ".join(identify(each) for each in (*way[way.index(path) :], path))
        if path not in done:
            for other in ours(path):
                visit(other, (*way, path))
            done.add(path)

    for path in MODULES:
        visit(path, ())


@pytest.mark.parametrize(
    ("package", "modules"),
    [
        ("torch", "instrument.rig.conductor, instrument.ports.player_process, instrument.commands.main"),
        # the processes that watch over keys, and look for ports: small, and started at once
        ("numpy", "instrument.rig.watch_child, instrument.ports.log.watchdog, instrument.commands.main"),
        ("numpy", "instrument.rig.child_processes, instrument.ports.midi.hotplug"),
    ],
)
def test_a_process_never_imports_what_it_has_no_use_for(package: str, modules: str) -> None:
    """Not by rule alone: its entry point is imported in a fresh interpreter."""
    code = f"import sys, {modules}; sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_no_file_and_no_folder_outgrows_its_idea() -> None:
    long = {identify(p): n for p in [*MODULES, *TESTS] if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONG}
    assert not long, f"redesign rather than add: {long}"
    full = {str(folder): n for folder, n in Counter(p.parent.relative_to(ROOT) for p in MODULES).items() if n > FULL}
    assert not full, f"split by idea: {full}"


def test_tests_mirror_the_house_and_import_no_tests() -> None:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        folder = path.parent.relative_to(ROOT / "tests")
        assert (HOUSE / folder).is_dir() or folder.parts[0] in ("judges",), f"{path} tests no room"
        borrowed = {name for name in read(path).imports if any(part.startswith("test_") for part in name.split("."))}
        assert not borrowed, f"{identify(path)} imports {borrowed}: what tests share belongs in tests/fakes"


def test_the_map_names_every_room_and_package() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `"): line for line in text.splitlines() if line.startswith("| `")}
    for room, packages in PACKAGES.items():
        assert ", ".join(package for package in packages) in rows[room].replace(" (torch)", "").replace(
            " (NumPy; experts.py torch)", ""
        )


def test_what_needs_quiet_needs_real_time() -> None:
    """`make test` reads only the files that say so."""
    for path in TESTS:
        text = path.read_text(encoding="utf-8")
        if path.name != "test_house.py" and re.search(r"mark\.quiet\b", text):
            assert "mark.realtime" in text, f"{identify(path)} is never run"


def test_the_mistakes_that_mutation_testing_makes_by_name_can_be_made() -> None:
    """A text that has been rewritten would not be looked for again until `make mutants` is run."""
    package = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "instrument").rglob("*.py")))
    listed = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text("utf-8"))["wrong"]
    assert (
        listed
        and {each["name"]: package.count(each["old"]) for each in listed if package.count(each["old"]) != 1} == {}
    )
