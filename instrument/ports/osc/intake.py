"""Packets that have come in and wait to be obeyed: whose turn it is, and what cannot wait. Pure.

Each sender has a queue of its own and they take turns, so that a flood from one does not keep the others waiting; a
sender's own packets keep their order. Panic and stop do not wait behind anything: they are handed back at once, and
what was to start the music and came in before such a stop is overtaken by it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

Client = tuple[Any, ...]

MOST = 4096  #: packets that wait; beyond it the sender with the most loses its newest
MOST_BYTES = 8_000_000
URGENT = (b"/lilt/panic\0", b"/lilt/transport/stop\0", b"/lilt/norm/panic\0", b"/lilt/norm/transport/stop\0",
          b"/lilt/panic/norm\0", b"/lilt/transport/stop/norm\0")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Packet:
    """OSC packet that waits. number: counts packets as they came in."""

    number: int
    data: bytes
    client: Client


class Intake:
    """Intake queue of OSC packets. thread: one."""

    def __init__(self) -> None:
        self.lost = 0  #: packets, in all
        self._count, self._size, self._bytes = 0, 0, 0
        self._queues: dict[Client, deque[Packet]] = {}  # the first is the next to be served

    def __len__(self) -> int:
        return self._size

    def put(self, data: bytes, client: Client) -> Packet | None:
        """A packet has come in: it waits its turn, or is handed back because it cannot wait."""
        self._count += 1
        packet = Packet(self._count, data, client)
        if self._size and data.startswith(URGENT):
            return packet
        if self._size >= MOST or self._bytes + len(data) > MOST_BYTES:
            self._drop()
        self._queues.setdefault(client, deque()).append(packet)
        self._size, self._bytes = self._size + 1, self._bytes + len(data)
        return None

    def next(self) -> Packet | None:
        """The next to be obeyed: each sender's in turn."""
        if not self._queues:
            return None
        client = next(iter(self._queues))
        queue = self._queues.pop(client)
        packet = queue.popleft()
        if queue:
            self._queues[client] = queue
        self._size, self._bytes = self._size - 1, self._bytes - len(packet.data)
        return packet

    def _drop(self) -> None:
        client = max(self._queues, key=lambda client: len(self._queues[client]))
        packet = self._queues[client].pop()
        if not self._queues[client]:
            del self._queues[client]
        self._size, self._bytes, self.lost = self._size - 1, self._bytes - len(packet.data), self.lost + 1
