"""Real-time priority for the process that plays, where the system grants it."""

from __future__ import annotations

import os

PLAYER, ACCOMPANIST, WITNESS = 20, 15, 5  #: of 1..99; audio servers are above


def raise_priority(level: int = PLAYER) -> str:
    """Ask for it (SCHED_FIFO), and say in words which we got. thread: the process's first."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(level))
    except (AttributeError, OSError):
        return "ordinary priority"
    return "real-time priority"
