"""Order of what falls in one turn of the player: by its tick, ends before beginnings, whichever source it comes from.

What is struck on one key by two sources is struck in the order in which the music has it, however long the turn was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from instrument.playing.midi.output_message import Message

OFF, ON = 0, 1  #: an end, a beginning
Moment = tuple[int, int]  #: tick, and which of these
AT_ONCE: Moment = (-(2**62), OFF)  #: before all that has a tick


class Source(Protocol):
    """Something of the player's that has messages to come at ticks of the music."""

    def head(self) -> Moment | None:
        """When the first thing that it has to come does; None where nothing is to come, or the music stands."""

    def take(self, now: float) -> list[Message]:
        """The messages of that thing, which has come. now: seconds, the scheduler's."""


def in_order(sources: Sequence[Source], tick: int, now: float) -> list[Message]:
    """What of the sources has come by `tick`, at `now` (seconds). Of what comes at one moment, the first source's is
    first. thread: the player's."""
    messages: list[Message] = []
    while True:
        earliest, first = (tick, ON + 1), None  # what has come is before that
        for source in sources:
            head = source.head()
            if head is not None and head < earliest:
                earliest, first = head, source
        if first is None:
            return messages
        messages += first.take(now)
