"""Free memory is given back: a thread asks the C library for it again and again."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from pathlib import Path

import pytest

from instrument.playing.time.clock import ManualClock
from instrument.ports.system import free_memory
from instrument.ports.system.free_memory import give_back_free_memory, trimmer


def resident() -> int:
    """Bytes that this process takes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only the GNU C library gives memory back when asked")
def test_what_was_freed_below_what_is_held_goes_back_to_the_system() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    size, many = 4096, 10_000
    blocks = [libc.malloc(size) for _ in range(many)]
    held = libc.malloc(size)  # at the top: what lies below it stays with the process
    for block in blocks:
        ctypes.memset(block, 1, size)
        libc.free(block)
    full = resident()
    trim = trimmer()
    assert trim is not None and trim(0) == 1
    assert full - resident() > 0.8 * size * many
    libc.free(held)


def test_it_is_asked_for_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked, third = ManualClock(), list[tuple[float, int]](), threading.Event()

    def trim(kept: int) -> None:
        asked.append((clock.now(), kept))
        if len(asked) == 3:
            third.set()
            threading.Event().wait()  # it ends with the process

    monkeypatch.setattr(free_memory, "trimmer", lambda: trim)
    thread = give_back_free_memory(clock, 10.0)
    assert thread is not None and thread.daemon
    assert third.wait(10)
    assert asked == [(10.0, 0), (20.0, 0), (30.0, 0)]


def test_where_the_c_library_cannot_no_thread_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_memory, "trimmer", lambda: None)
    assert give_back_free_memory(ManualClock()) is None
