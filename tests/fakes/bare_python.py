"""Python from which packages are hidden, as if they had not been installed: commands run in forks of one such process.

A process of its own for each command would spend its time on starting Python and reading torch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fakes.paths import ROOT

PROGRAM = """
import importlib, importlib.abc, importlib.util, json, os, sys, tempfile, traceback
hidden, before, root = set({hidden!r}), {before!r}, {root!r}
class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name.split(".")[0] in hidden else real(name, *more)
sys.meta_path.insert(0, Hide())
sys.path.insert(0, root)
for name in before:
    importlib.import_module(name)
for line in sys.stdin:
    folder, argv = json.loads(line)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        if not (child := os.fork()):
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(folder)
            os.environ["LILT_CACHE"] = folder  # what this user has cached is not there
            code = 1
            try:
                from instrument.commands import main as run
                code = run.main(argv)
            except SystemExit as ended:
                code = ended.code or 0
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0), err.seek(0)
        print(json.dumps([status, out.read(), err.read()]), flush=True)
"""


class BarePython:
    """hidden: packages that cannot be imported; before: those that are read once, for all commands."""

    def __init__(self, hidden: tuple[str, ...], before: tuple[str, ...] = ()) -> None:
        program = PROGRAM.format(hidden=hidden, before=before, root=str(ROOT))
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    def lilt(self, folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours, in a folder."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([str(folder), argv]) + "\n")
        self._process.stdin.flush()
        found: list[Any] = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(argv, *found)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)
