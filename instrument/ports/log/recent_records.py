"""Recent records of the player's turns, kept until it is sure that they are in the log.

A process that writes the log may be killed with records in its pipe. The next one is told them again, each with the
moment it ends at, and takes those that the log lacks.
"""

from __future__ import annotations

from collections import deque

KEPT = 512_000  #: bytes: several times what a pipe holds
MOST = 4_000_000  #: bytes, while nobody writes


class RecentRecords:
    """Records of recent turns, not yet logged for sure. thread: the player's. blocks: never."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, int, bytes]] = deque()
        self._size = 0

    def keep(self, begins: int, ends: int, whole: bytes, written: bool) -> None:
        """One more. begins, ends: microseconds, of the moment before it and of its last turn; whole: as it was framed;
        written: whether anybody is there who writes the log."""
        self._kept.append((begins, ends, whole))
        self._size += len(whole)
        while self._size > (KEPT if written else MOST):
            self._size -= len(self._kept.popleft()[2])

    def all(self) -> list[tuple[int, int, bytes]]:
        """Those that are kept, in order."""
        return list(self._kept)
