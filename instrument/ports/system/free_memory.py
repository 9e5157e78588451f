"""Free memory given back to the system, every few seconds: what a burst of work took and no longer needs.

The C library keeps what is freed for later and gives back little by itself. After a wide tree or a long tune read at
once, tens of megabytes would stay with the process for good (`malloc_trim` in the manual of the GNU C library).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable

from instrument.playing.time.clock import Clock

EVERY = 10.0  #: seconds


def trimmer() -> Callable[[int], int] | None:
    """`malloc_trim` of the C library; None where it has none (macOS, Windows, musl)."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None


def give_back_free_memory(clock: Clock, seconds: float = EVERY) -> threading.Thread | None:
    """Begin a thread that gives free memory back every so many seconds, for as long as the process lives; a millisecond
    each time. None where it cannot be given back. thread: any."""
    trim = trimmer()
    if trim is None:
        return None

    def run() -> None:
        while True:
            clock.sleep_until(clock.now() + seconds)
            trim(0)

    thread = threading.Thread(target=run, name="free memory", daemon=True)
    thread.start()
    return thread
