"""Real-time priority for the process that plays, where the system grants it."""

from __future__ import annotations

import os


def raise_priority() -> str:
    """Ask for it (SCHED_FIFO 20), and say in words which we got. thread: the process's first."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))
    except (AttributeError, OSError):
        return "ordinary priority"
    return "real-time priority"
