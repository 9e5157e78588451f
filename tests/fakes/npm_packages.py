"""Packages from npm that the tests use, pinned by `tests/npm/package-lock.json`; installed when asked for."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from tests.fakes.paths import ROOT

FOLDER = ROOT / "tests" / "npm"
LIMIT = 300.0  #: seconds


def there() -> bool:
    """Whether node and npm are on this machine (Debian: nodejs, npm)."""
    return bool(shutil.which("node") and shutil.which("npm"))


@lru_cache(maxsize=1)
def installed() -> Path:
    """The folder of the packages; they are installed as the lock file has them if they are not there."""
    modules, lock = FOLDER / "node_modules", FOLDER / "package-lock.json"
    stamp = modules / "installed"
    if not stamp.is_file() or stamp.read_bytes() != lock.read_bytes():
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(FOLDER)]
        subprocess.run(command, check=True, timeout=LIMIT, capture_output=True, cwd=FOLDER)
        stamp.write_bytes(lock.read_bytes())
    return modules
