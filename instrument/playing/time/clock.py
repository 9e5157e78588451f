"""Clock: the only module that reads the time or sleeps.

Everything that plays is given a clock. On stage it is a `SystemClock`; in tests and in `render` a
`ManualClock`, in which an hour passes as fast as it can be computed.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import datetime
from math import ceil
from typing import Protocol


class Bell:
    """Wakes one sleeper early. `ring` is any thread's and never blocks; rung while nobody sleeps, it is heard next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        with suppress(RuntimeError):  # it rings already
            self._lock.release()

    def wait(self, seconds: float) -> bool:
        """True as soon as it rings; False after `seconds` (> 0)."""
        return self._lock.acquire(timeout=seconds)


class Clock(Protocol):
    """Seconds that never go back. thread: any."""

    def now(self) -> float: ...

    def sleep_until(self, due: float, bell: Bell | None = None) -> None:
        """Return at `due` or a little later; at once if it has passed, or as soon as `bell` rings. Blocks."""
        ...


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.perf_counter()

    def sleep_until(self, due: float, bell: Bell | None = None) -> None:
        while (left := due - time.perf_counter()) > 0:
            if bell is None:
                time.sleep(left)
            elif bell.wait(left):
                return


class ManualClock:
    """Time that passes only when told to, or when somebody sleeps."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def sleep_until(self, due: float, bell: Bell | None = None) -> None:
        self._now = max(self._now, due)

    def advance(self, seconds: float) -> None:
        """Let `seconds` (>= 0) pass."""
        if seconds < 0:
            raise ValueError(f"time does not go back ({seconds} s)")
        self._now += seconds


def whole(seconds: float) -> float:
    """The next whole microsecond: what a log writes and reads back exactly."""
    return ceil(seconds * 1e6) / 1e6


def worked() -> float:
    """Seconds of work that this process has done so far, on all its threads; what others do does not count."""
    return time.process_time()


def wall() -> float:
    """Seconds since 1970 by the wall clock, which may jump: for time tags of OSC only, never for music."""
    return time.time()


def today() -> str:
    """The wall-clock date and time, for file names and logs: 2026-11-22T21-04-05."""
    return datetime.now().strftime("%Y-%m-%dT%H-%M-%S")
