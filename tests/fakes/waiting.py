"""Waiting, in real time, until something has come true."""

from __future__ import annotations

from collections.abc import Callable

from instrument.playing.time.clock import SystemClock

CLOCK = SystemClock()


def until(condition: Callable[[], object], seconds: float, every: float = 0.05) -> bool:
    """Look again and again; whether it came true in time. seconds: at most; every: seconds between two looks."""
    ends = CLOCK.now() + seconds
    while not condition():
        if CLOCK.now() > ends:
            return False
        CLOCK.sleep_until(CLOCK.now() + every)
    return True
