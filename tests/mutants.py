"""Mutation testing: is a wrong line of code noticed by a test? `make mutants` runs it and prints the score.

mutmut changes the modules that pyproject.toml lists under [tool.mutmut], one expression at a time, and runs the quick
tests listed there; what it found is kept in mutants/, so that a run that was cut short goes on where it was. What it
does not change (constants, decorated functions, other modules) are the mistakes of mutants.toml, each tried in a copy
of the tree. There also stand the mutants that change nothing, each with its reason; they do not count.

    python tests/mutants.py [--minutes 60] [--no-run] [--least 90]

Ends with 1 where the score of all modules is below the least, where a mistake of the list lives, where a text of the
list is no longer found, or where the time did not suffice.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.paths import ROOT

COPIED = ("instrument", "patches", "tests", "run.py", "pyproject.toml")
NOTICED = ("killed", "timeout", "segfault", "caught by type check")
#: the same questions each time; few examples of the long property; one thread
ENVIRONMENT = {
    **os.environ, "CI": "1", "LILT_EXAMPLES": "20", "OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_ADDOPTS": "-p no:unraisableexception -p no:threadexception",  # these collect garbage for as long as a run
}  # fmt: skip


@dataclass
class Module:
    """What became of one module's mutants. survivors: (line as it is, line as it was changed)."""

    noticed: int = 0
    same: int = 0
    untried: int = 0
    survivors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def counted(self) -> int:
        return self.noticed + len(self.survivors)

    @property
    def score(self) -> float:
        """Per cent of those that were tried and are mistakes."""
        return 100 * self.noticed / self.counted if self.counted else 100.0


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutation testing: is a wrong line of code noticed by a test?")
    parser.add_argument("--minutes", type=float, default=60.0, help="for mutmut at most; it goes on the next time")
    parser.add_argument("--no-run", action="store_true", help="only print what the last run of mutmut found")
    parser.add_argument("--least", type=float, default=90.0, help="score in per cent")
    asked = parser.parse_args()
    os.chdir(ROOT)
    listed = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text("utf-8"))
    if not asked.no_run and (failed := run_mutmut(asked.minutes)):
        return failed
    modules, unused = results(listed["same"])
    good = report(modules, asked.least)
    for was, new in set() if any(module.untried for module in modules.values()) else unused:
        say(f"listed as changing nothing, but no mutant is or survives so: {was!r} -> {new!r}")
    living = list(wrong(listed["wrong"]))
    say(f"mistakes of the list: {len(listed['wrong']) - len(living)} of {len(listed['wrong'])} are noticed")
    for name, why in living:
        say(f"  {name}: {why}")
    return 0 if good and not living else 1


def run_mutmut(minutes: float) -> int:
    """Run it to its end or that long; what lived the last time is tried again. 0: there are results."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.utils.file_utils import walk_mutatable_files

    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        lived = [name for name, code in data.exit_code_by_key.items() if code not in (None, 1)]
        if lived:
            data.exit_code_by_key |= dict.fromkeys(lived)
            data.save()
    mutmut = Path(sys.executable).with_name("mutmut")
    process = subprocess.Popen([str(mutmut), "run", "--max-children", "1"], cwd=ROOT, env=ENVIRONMENT)
    try:
        return process.wait(minutes * 60)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # what was found is kept
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        say(f"\nstopped after {minutes:g} minutes; another run goes on from here")
        return 0
    finally:
        process.kill()


def results(listed: list[dict[str, Any]]) -> tuple[dict[str, Module], set[tuple[str, str]]]:
    """By module; and what is listed as changing nothing that is no survivor."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import walk_mutatable_files

    same = {(was, new) for group in listed for was, new in group["lines"]}
    modules, used = dict[str, Module](), set[tuple[str, str]]()
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        module = modules[str(path)] = Module()
        for name, code in data.exit_code_by_key.items():
            status = status_by_exit_code[code]
            if status in ("not checked", "check was interrupted by user"):
                module.untried += 1
            elif status in NOTICED:
                module.noticed += 1
            elif (change := changed(get_diff_for_mutant(name, path=path))) in same:
                module.same += 1
                used.add(change)
            else:
                module.survivors.append(change)
    return modules, same - used


def changed(diff: str) -> tuple[str, str]:
    """The lines of a diff that differ, as they were and as they are, each as one text."""
    rows = [row for row in diff.splitlines() if not row.startswith(("---", "+++"))]
    was, new = ([row[1:].strip() for row in rows if row.startswith(sign)] for sign in "-+")
    return " ".join(was), " ".join(new)


def report(modules: dict[str, Module], least: float) -> bool:
    """Print each module's score and its survivors. True where all of them together reach the least."""
    for path, module in modules.items():
        for (was, new), times in Counter(module.survivors).items():
            say(f"{path}: lives{f' ({times})' if times > 1 else ''}\n  - {was}\n  + {new}")
    say(f"\n{'module':44}{'mutants':>8}{'noticed':>9}{'live':>6}{'same':>6}{'score':>8}")
    whole = Module()
    for path, module in [*modules.items(), ("together", whole)]:
        if module is not whole:
            whole.noticed, whole.same = whole.noticed + module.noticed, whole.same + module.same
            whole.untried, whole.survivors = whole.untried + module.untried, whole.survivors + module.survivors
        total = module.counted + module.same + module.untried
        say(f"{path:44}{total:8}{module.noticed:9}{len(module.survivors):6}{module.same:6}{module.score:7.1f}%")
    if whole.untried:
        say(f"{whole.untried} were not tried: run it again, it goes on from here")
    return whole.score >= least and not whole.untried


def wrong(listed: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Of the mistakes of the list those that no test notices, or that are no longer any, each with why."""
    with tempfile.TemporaryDirectory(prefix="lilt-mutants-") as folder:
        copy = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, copy / name)
        files = {path: path.read_text("utf-8") for path in (copy / "instrument").rglob("*.py")}
        tests = sorted({test for one in listed for test in one["tests"]})
        code, output = run_tests(copy, tests)
        if code:
            yield "nothing changed", f"yet its tests end with {code}:\n{output[-3000:]}"
            return
        for one in listed:
            places = [path for path, text in files.items() if text.count(one["old"]) == 1]
            if len(places) != 1 or sum(text.count(one["old"]) for text in files.values()) != 1:
                yield one["name"], f"{one['old']!r} does not stand in the package once"
                continue
            began, path = time.monotonic(), places[0]
            path.write_text(files[path].replace(one["old"], one["new"]), "utf-8")
            code, _ = run_tests(copy, one["tests"])
            path.write_text(files[path], "utf-8")
            say(f"{'lives' if code != 1 else 'noticed':8} {one['name']} ({time.monotonic() - began:.0f} s)")
            if code != 1:
                yield one["name"], "no test of " + ", ".join(one["tests"]) + f" notices it ({code})"


def run_tests(copy: Path, tests: list[str]) -> tuple[int, str]:
    """Of these tests ("test_x.py" or "test_x.py::test_y", in any folder) in a copy of the tree: 0 where all pass, 1
    where one fails or hangs; and what pytest said."""
    chosen = [str(path.relative_to(copy)) + name[len(path.name) :]
              for name in tests for path in (copy / "tests").rglob(name.split("::")[0])]  # fmt: skip
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-m", "not realtime and not peers", *chosen]
    try:
        done = subprocess.run(command, cwd=copy, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        return 1, "it hangs"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
