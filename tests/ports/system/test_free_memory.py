"""Free memory is given back: a thread asks the C library for it again and again."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from instrument.playing.time.clock import ManualClock
from instrument.ports.system import free_memory
from instrument.ports.system.free_memory import (
    give_back_free_memory,
    keep_large_blocks_apart,
    keep_one_heap,
    trimmer,
)


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


#: what lies above a block that was freed keeps it in the process, once the library has learnt that such are usual
SOME_LEFT = """
import ctypes, os, sys
from pathlib import Path
from instrument.ports.system.free_memory import keep_large_blocks_apart

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
resident = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
if "apart" in sys.argv:
    assert keep_large_blocks_apart()
libc.free(libc.malloc(30_000_000))  # from now on it takes less than this for small
before = resident()
for _ in range(4):
    large = libc.malloc(20_000_000)
    ctypes.memset(large, 1, 20_000_000)
    small = libc.malloc(100_000)
    libc.free(large)
print(resident() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other C libraries keep large blocks apart, or cannot")
def test_a_large_block_that_is_freed_goes_back_whatever_was_taken_after_it() -> None:
    left = [
        int(subprocess.run([sys.executable, "-c", SOME_LEFT, *way], capture_output=True, check=True, timeout=60).stdout)
        for way in ([], ["apart"])
    ]
    assert left[0] > 15_000_000 and left[1] < 1_000_000, "as it comes, and apart"


#: how many of four threads are given memory outside the heap of the process
HEAPS = """
import ctypes, re, sys, threading
from pathlib import Path
from instrument.ports.system.free_memory import keep_one_heap

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
if "one" in sys.argv:
    assert keep_one_heap()
blocks, all_there = [], threading.Barrier(4)

def take():
    all_there.wait()
    blocks.append(libc.malloc(1000))
    all_there.wait()

threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
heap = re.search(r"^(\\w+)-(\\w+) .*\\[heap\\]$", Path("/proc/self/maps").read_text(), re.MULTILINE)
print(sum(not int(heap[1], 16) <= block < int(heap[2], 16) for block in blocks))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other C libraries have no heaps of threads")
def test_all_threads_take_memory_from_one_heap() -> None:
    outside = [
        int(subprocess.run([sys.executable, "-c", HEAPS, *way], capture_output=True, check=True, timeout=60).stdout)
        for way in ([], ["one"])
    ]
    assert outside == [4, 0], "as it comes, and one"


def test_where_the_c_library_cannot_nothing_is_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not keep_large_blocks_apart() and not keep_one_heap()


def test_where_the_c_library_cannot_no_thread_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_memory, "trimmer", lambda: None)
    assert give_back_free_memory(ManualClock()) is None
