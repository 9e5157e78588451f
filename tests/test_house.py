"""The house rules, read off the source: who imports whom, who reads the time, who prints."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY = {  # folder: what of ours it may import
    "music": set(),
    "controls": {"music"},
    "networks": {"music"},
    "thinking": {"music", "controls", "networks"},
    "playing": {"music", "controls"},
    "ports": {"music", "controls", "playing"},
    "rig": {"music", "controls", "networks", "thinking", "playing", "ports"},
    "witnessing": {"controls", "playing", "ports", "processes"},
    "processes": {"controls", "thinking", "playing", "ports"},
    "quartet": {"music", "controls", "networks", "thinking", "playing", "ports", "processes"},
    "learning": {"controls", "playing"},
    "openings": {"music", "controls", "thinking", "playing", "rig"},
    "conductor": {"music", "controls", "networks", "thinking", "playing", "ports", "rig", "processes", "quartet",
                  "witnessing", "learning", "openings"},
    "workshop": {"music", "controls", "networks", "thinking", "playing", "ports", "rig", "processes", "quartet",
                 "conductor"},
}
MODULES = sorted((ROOT / "instrument").rglob("*.py"))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def folder(path: Path) -> str:
    return path.relative_to(ROOT / "instrument").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_what_its_folder_may(path: Path) -> None:
    own = folder(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "instrument" and len(parts) > 1 and parts[1] != "__version__":
            assert parts[1] in MAY[own] | {own}, f"{own} may not import {name}"
        if parts[0] == "torch":
            assert own in ("networks", "thinking", "workshop"), f"{own} must not import torch"
        if parts[0] in ("mido", "rtmidi", "sounddevice", "pythonosc", "socket"):
            assert own == "ports" or own == "workshop", f"{own} must not touch devices ({name})"


@pytest.mark.parametrize("path", [*MODULES, ROOT / "run.py"], ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_clock_reads_the_time_or_sleeps_and_only_run_prints(path: Path) -> None:
    if path.name != "clock.py":
        assert not {"time", "datetime", "sched"} & {name.split(".")[0] for name in imports(path)}
    calls = [n.func for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    for call in calls:
        name = call.id if isinstance(call, ast.Name) else call.attr if isinstance(call, ast.Attribute) else ""
        assert name != "sleep" or path.name == "clock.py"
        assert not (isinstance(call, ast.Name) and call.id == "print") or path.name == "run.py"


def test_the_player_process_never_imports_torch() -> None:
    """Not by rule alone: the player's entry point is imported in a fresh interpreter."""
    import subprocess
    import sys

    code = "import sys, instrument.conductor, instrument.ports.stage; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_no_file_outgrows_its_idea() -> None:
    long = {p.name: n for p in MODULES if (n := len(p.read_text().splitlines())) > 300}
    assert not long, f"redesign rather than add: {long}"
