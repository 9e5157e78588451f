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
LARGE = 1 << 20  #: bytes
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  #: M_MMAP_THRESHOLD and M_ARENA_MAX of malloc.h


def trimmer() -> Callable[[int], int] | None:
    """`malloc_trim` of the C library; None where it has none (macOS, Windows, musl)."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None


def keep_large_blocks_apart(bytes_: int = LARGE) -> bool:
    """Let the C library take blocks from so many bytes on from the system one by one, and give each back when it is
    freed; whether it can. Otherwise what it takes for large once grows with what is freed, up to 32 MB: the arrays of
    wide trees come to lie between small ones, and what is left between them stays with the process (`mallopt` in the
    manual of the GNU C library). thread: any, before others begin."""
    return _set(_MMAP_THRESHOLD, bytes_)


def keep_one_heap() -> bool:
    """Let all threads take memory from one heap; whether it can. Otherwise the C library gives each thread one of its
    own, and what a thread has freed is of use to no other. thread: any, before others begin."""
    return _set(_ARENA_MAX, 1)


def _set(option: int, value: int) -> bool:
    try:
        return bool(ctypes.CDLL(None).mallopt(option, value))
    except (AttributeError, OSError, TypeError):
        return False


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
