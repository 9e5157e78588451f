"""Programs that a test starts, ours and other people's: what they say, read with a limit, and their end, made by us.

Nothing here waits without a limit, and nobody else's program is left to end by itself.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.fakes.jackd import ended, until


class Program:
    """Said: its lines so far, of both streams."""

    def __init__(
        self, command: Sequence[str | Path], env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self.said: list[str] = []
        pipe, both = subprocess.PIPE, subprocess.STDOUT
        self.process = subprocess.Popen(
            list(map(str, command)), env=env, cwd=cwd, text=True, stdin=pipe, stdout=pipe, stderr=both, errors="replace"
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: Any) -> None:
        ended(self.process)

    def says(self, part: str, seconds: float = 60, since: int = 0) -> int:
        """Wait until a line, from number `since` on, has this in it. Returns the number behind it; fails where none
        comes, or it ends before."""

        def place() -> int:
            return next((n + 1 for n, line in enumerate(self.said) if n >= since and part in line), 0)

        until(lambda: place() or not self._reading.is_alive(), seconds)
        assert place(), f"it does not say {part!r}: {self.said[-20:]}"
        return place()

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin
        with suppress(BrokenPipeError):
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()

    def ends(self, seconds: float = 30) -> int:
        """Its status, once it has ended by itself; fails where it does not."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end: {self.said[-20:]}") from None
        self._reading.join(5)
        return status

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))


def quits(synth: subprocess.Popen[str]) -> None:
    """FluidSynth obeys its keyboard and leaves the server in order; where it does not it is made to go."""
    with suppress(BrokenPipeError, subprocess.TimeoutExpired, ValueError):
        if synth.poll() is None and synth.stdin is not None:
            synth.stdin.write("quit\n")
            synth.stdin.flush()
            synth.wait(10)
    ended(synth)


def over(process: subprocess.Popen[str], seconds: float) -> None:
    """Give somebody else's program so long to end by itself, then end it: what it did is judged by what came of it."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    ended(process)
