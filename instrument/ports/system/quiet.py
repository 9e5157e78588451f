"""Silence for C libraries: they write nothing to the terminal while a port is opened.

They say in ten lines what we say in one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_kept: list[int] = []  # standard error as it was, while it is sent nowhere
_asking = 0  # how many have it silenced now


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send the process's standard error nowhere for a moment. thread: any; others are silenced too."""
    _silence()
    try:
        yield
    finally:
        _restore()


def silenced() -> None:
    """From now on nothing that this process writes reaches the terminal: for one whose libraries write lines of their
    own, and which says what there is to say by messages."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _silence() -> None:
    global _asking
    with _lock:
        _asking += 1
        if _asking > 1:
            return
        try:
            _kept.append(os.dup(2))
        except OSError:  # there is no standard error
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _restore() -> None:
    global _asking
    with _lock:
        _asking -= 1
        if not _asking and _kept:
            kept = _kept.pop()
            os.dup2(kept, 2)
            os.close(kept)
