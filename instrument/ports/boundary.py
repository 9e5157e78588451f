"""A boundary behind which a fault stays: what prints, records, saves, shows or sends must never stop the music.

The rule: whatever leaves the beat (an output, the recording, the session log, a line on the terminal, the page, OSC,
the tunebook) is called through a boundary. It catches every fault, says one line the first time a fault of its kind
comes, and goes on. What ends a process on purpose, `SystemExit`, passes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")
KINDS = 8  #: of faults that are told, each once; beyond them nothing is said any more


class Boundary:
    """thread: any, one at a time. what: what stands behind it, as the line begins: "the page". say: may fail, too."""

    def __init__(self, what: str, say: Callable[[str], object]) -> None:
        self.what, self._say = what, say
        self.faults = 0  #: in all
        self._told: set[str] = set()

    def __call__(self, work: Callable[[], Result], otherwise: Result) -> Result:
        """What `work` gives; `otherwise` where it fails. raises: never."""
        try:
            return work()
        except Exception as fault:
            self.faults += 1
            self._tell(fault)
            return otherwise

    def run(self, work: Callable[[], object]) -> bool:
        """Whether it was done. raises: never."""
        return self(lambda: (work(), True)[1], False)

    def _tell(self, fault: Exception) -> None:
        said = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        kind = type(fault).__name__
        line = f"{kind}: {' '.join(said.split())}" if said.strip() else kind
        if kind in self._told or len(self._told) >= KINDS:
            return
        self._told.add(kind)
        with suppress(Exception):
            self._say(f"{self.what}: {line[:300]}; the music goes on")
