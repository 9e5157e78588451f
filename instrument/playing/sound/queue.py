"""Queue of messages that wait for their audio frame.

Any thread may put them in; only the rendering thread takes them out.

There is no lock: the two threads share one deque, whose ends are safe to use at once.
"""

from __future__ import annotations

import heapq
from collections import deque

from instrument.playing.midi.output_message import Message


class FrameQueue:
    """Messages ordered by absolute frame; those for the same frame keep the order they came in."""

    def __init__(self) -> None:
        self._inbox: deque[tuple[int, Message] | None] = deque()
        self._waiting: list[tuple[int, int, Message]] = []
        self._count = 0

    def put(self, frame: int, message: Message) -> None:
        """thread: any. blocks: never."""
        self._inbox.append((frame, message))

    def forget(self) -> None:
        """Drop all that was put in before now. thread: any. blocks: never."""
        self._inbox.append(None)

    def collect(self) -> bool:
        """Sort in what has arrived; True if `forget` was among it. thread: rendering."""
        forgotten = False
        while self._inbox:
            entry = self._inbox.popleft()
            if entry is None:
                self._waiting.clear()
                forgotten = True
            else:
                self._count += 1
                heapq.heappush(self._waiting, (entry[0], self._count, entry[1]))
        return forgotten

    def take(self, before: int) -> tuple[int, Message] | None:
        """The earliest message for a frame < `before`, with its frame, or None. thread: rendering."""
        if self._waiting and self._waiting[0][0] < before:
            frame, _, message = heapq.heappop(self._waiting)
            return frame, message
        return None
