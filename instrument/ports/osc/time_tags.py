"""Time tags: messages of bundles that are meant for later, kept until then. Fed with the time; never waits.

A tag is time by the sender's wall clock, so it is turned into a moment of ours when it arrives. One further ahead than
WAIT seconds is a clock that is wrong, and happens at once, as one that has passed does.
"""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

from instrument.ports.osc.addresses import WAIT
from instrument.ports.osc.packet import AT_ONCE, OscCall

Who = TypeVar("Who")

MOST = 2048  #: messages that wait; more happen at once
EPOCH = 2_208_988_800  #: seconds from 1900, where time tags begin, to 1970


class TimeTagged(Generic[Who]):
    """Who: what is known of a sender. thread: one at a time."""

    def __init__(self) -> None:
        self.on = True  #: whether time tags are heeded at all
        self._waiting: list[tuple[float, int, list[OscCall], Who]] = []
        self._size, self._count = 0, 0

    def __len__(self) -> int:
        return self._size

    def put(self, messages: list[OscCall], who: Who, now: float, wall: float) -> list[OscCall]:
        """Keep those whose time is to come; returns the others. now, wall: seconds on our clock and since 1970."""
        at_once: list[OscCall] = []
        groups: dict[int, list[OscCall]] = {}
        for message in messages:
            ahead = self._ahead(message, wall)
            if ahead > 0 and self._size < MOST:
                groups.setdefault(message.tag, []).append(message)
                self._size += 1
            else:
                at_once.append(message)
        for group in groups.values():
            self._count += 1
            heapq.heappush(self._waiting, (now + self._ahead(group[0], wall), self._count, group, who))
        return at_once

    def due(self, now: float) -> list[tuple[list[OscCall], Who]]:
        """What is to happen by now, the earliest first; of one moment together, as it was sent together."""
        found = []
        while self._waiting and self._waiting[0][0] <= now:
            _, _, group, who = heapq.heappop(self._waiting)
            self._size -= len(group)
            found.append((group, who))
        return found

    def next(self) -> float:
        """When the next is due (seconds); infinity for none."""
        return self._waiting[0][0] if self._waiting else float("inf")

    def _ahead(self, message: OscCall, wall: float) -> float:
        """Seconds that a message is to wait; 0 for none."""
        if not self.on or message.tag <= AT_ONCE or message.address.removesuffix("/norm").endswith("/panic"):
            return 0.0
        ahead = (message.tag / 2**32 - EPOCH - wall + 2**31) % 2**32 - 2**31  # the seconds begin again in 2036
        return ahead if 0 < ahead <= WAIT else 0.0
