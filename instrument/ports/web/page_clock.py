"""Clock of a page against ours: its moments, as its own clock has them, put where they belong on ours, as NTP does.

We ask, the page answers with its time at once. Half of the way there and back is taken for each; of the newest
askings the quickest counts, since only what waits on the way makes one slower, and no two ways wait alike.
"""

from __future__ import annotations

import statistics
from collections import deque

KEPT = 40  #: askings that are remembered, some twenty seconds of them
SLOWEST = 2.0  #: seconds there and back, beyond which an asking says nothing
PAST = 0.5  #: seconds that a moment may lie back; what is older has waited on a network that stood still
NOTES = 16  #: moments over which lateness is told


class PageClock:
    """Clock offset of a page, as NTP estimates it. thread: one. Fed with times; reads none."""

    def __init__(self) -> None:
        self._asked: dict[int, float] = {}  # by number: when, on our clock
        self._number = 0
        self._answers: deque[tuple[float, float]] = deque(maxlen=KEPT)  # seconds there and back, ours less theirs
        self._late: deque[float] = deque(maxlen=NOTES)

    @property
    def known(self) -> bool:
        """Whether the page has ever answered."""
        return bool(self._answers)

    @property
    def there_and_back(self) -> float:
        """Seconds of the quickest of the newest askings; 0 where there is none."""
        return min(self._answers)[0] if self._answers else 0.0

    @property
    def offset(self) -> float:
        """Seconds: our clock less the page's."""
        return min(self._answers)[1] if self._answers else 0.0

    @property
    def late(self) -> float:
        """Seconds between a key and its arrival here, the median of the newest; before any, half of the way."""
        return statistics.median(self._late) if self._late else self.there_and_back / 2

    def ask(self, now: float) -> int:
        """The number to be answered. now: seconds on our clock, as it is sent."""
        self._number += 1
        self._asked[self._number] = now
        for number in [n for n in self._asked if n <= self._number - KEPT]:
            del self._asked[number]
        return self._number

    def answered(self, number: int, theirs: float, now: float) -> None:
        """An answer. theirs: seconds on the page's clock; now: on ours. One that was not asked for is passed over."""
        asked = self._asked.pop(number, None)
        if asked is None or not asked <= now <= asked + SLOWEST:
            return
        self._answers.append((now - asked, (asked + now) / 2 - theirs))

    def moment(self, theirs: float | None, now: float) -> float:
        """Seconds on our clock of a moment of the page's: never after now, never longer ago than PAST; now, where the
        page's clock is not known."""
        if theirs is None or not self.known:
            return now
        at = min(now, max(theirs + self.offset, now - PAST))
        self._late.append(now - at)
        return at

    def theirs(self, ours: float) -> float:
        """Seconds on the page's clock of a moment of ours."""
        return ours - self.offset
