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
MOST = 50  #: different faults that are told, each once; a storm of others is no news


def hearing(message: object) -> str:
    """Who hears of a message, as a line about its fault begins. Pure."""
    return f"what hears of {type(message).__name__}"


class Boundary:
    """Fault boundary. thread: any. what: what stands behind it, as the line begins: "the page". say: may fail, too."""

    def __init__(self, what: str, say: Callable[[str], object]) -> None:
        self.what, self._say = what, say
        self.faults = 0  #: in all
        self._told: set[str] = set()

    def __call__(self, work: Callable[[], Result], otherwise: Result, what: str = "") -> Result:
        """What `work` gives; `otherwise` where it fails. what: in place of the boundary's own. raises: never."""
        try:
            return work()
        except Exception as fault:
            self.faults += 1
            self._tell(what or self.what, fault)
            return otherwise

    def run(self, work: Callable[[], object], what: str = "") -> bool:
        """Whether it was done. raises: never."""
        return self(lambda: (work(), True)[1], False, what)

    def _tell(self, what: str, fault: Exception) -> None:
        said = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        kind = type(fault).__name__
        line = f"{kind}: {' '.join(said.split())[:300]}" if said.strip() else kind
        if line in self._told or len(self._told) >= MOST:
            return
        self._told.add(line)
        with suppress(Exception):
            self._say(f"{what}: {line}; the music goes on")
