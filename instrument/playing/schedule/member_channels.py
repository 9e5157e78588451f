"""Member channels of a zone (MPE): which of them a note goes to, so that each bends by itself.

The one on which the fewest keys sound, and of those the one that has rested longest, so that what dies away is not bent
with what begins.
"""

from __future__ import annotations

from instrument.playing.schedule.ledger import Ledger
from instrument.playing.schedule.route import Route


class MemberChannels:
    """Member channels of an MPE zone. thread: the player's. blocks: never. Cost: the members, times what sounds."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._used: dict[tuple[str, int], int] = {}  # when each was given a note, by count
        self._count = 0

    def choose(self, route: Route, port: str) -> int:
        """The channel, 1..16, of a note of a voice that is about to be struck on an output."""
        if not route.members:
            return route.channel
        sounding = self._ledger.sounding(port)
        chosen = min(route.members, key=lambda one: (sounding[one], self._used.get((port, one), 0)))
        self._count += 1
        self._used[port, chosen] = self._count
        return chosen
