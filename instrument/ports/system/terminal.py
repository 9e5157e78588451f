"""Lines on the terminal, or wherever standard output leads, printed by a thread of their own.

A terminal that is stopped (Ctrl-S), a pager that waits, a reader that has gone, a full disk, a sign that its code page
lacks: none of them holds up or ends who says the line. Once nobody reads any more, lines are dropped. What a name or a
file holds of signs that steer a terminal is written out, not obeyed.
"""

from __future__ import annotations

import errno
import os
import re
import select
import threading
from collections import deque
from contextlib import suppress
from typing import TextIO

MOST = 1000  #: lines that wait at most
PASSING = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.EFBIG, errno.ENOSPC)
#: signs that steer a terminal or turn the text round; our own colours, as a QR code has them, are let through
STEERING = re.compile(r"\x1b(?!\[(?:97;40|0)m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
PATIENCE = 1.0  #: seconds that closing waits for a live terminal that reads slowly


class Terminal:
    """`say` is any thread's and never raises."""

    def __init__(self, stream: TextIO | None, live: bool = True) -> None:
        """stream: as `sys.stdout`; None is said nothing
        live: music plays: `say` never blocks, beyond MOST waiting lines the oldest are dropped; otherwise it waits."""
        self._stream, self._live = stream, live
        self._file = _number(stream)
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._lines: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._over = self._failed = False
        self.gone = stream is None  #: nobody reads any more
        self._thread = threading.Thread(target=self._work, name="terminal", daemon=True)
        self._thread.start()

    def say(self, line: str) -> None:
        """Show a line to people. What their code page lacks is written as \\xNN."""
        data = f"{STEERING.sub(_written, line)}\n".encode(self._encoding, "backslashreplace")
        with self._changed:
            if not self._live:
                self._changed.wait_for(lambda: self.gone or len(self._lines) < MOST)
            elif len(self._lines) >= MOST:
                self._lines.popleft()
            if not (self._over or self.gone):
                self._lines.append(data)
                self._changed.notify_all()

    def close(self) -> None:
        """Let what waits be printed; whatever the program still writes there is no trouble. Safe to call twice.
        blocks: live, a second at most; otherwise until all is read."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join(PATIENCE if self._live else None)
        if self._failed:
            hush(self._stream)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._over)
                if not self._lines:
                    return
                data = self._lines.popleft()
                self._changed.notify_all()
            try:
                self._write(data)
                self._failed = False
            except Exception as error:
                self._failed = True
                if not _passing(error):
                    with self._changed:
                        self.gone = True
                        self._lines.clear()
                        self._changed.notify_all()

    def _write(self, data: bytes) -> None:
        if self._file is None:
            assert self._stream is not None
            self._stream.write(data.decode(self._encoding))
            self._stream.flush()
            return
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._file, left) :]
            except BlockingIOError:  # somebody has made it so
                select.select([], [self._file], [])


def _written(sign: re.Match[str]) -> str:
    """A sign that steers, as people can read it: \\x1b."""
    number = ord(sign[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def _passing(error: Exception) -> bool:
    """Whether the next line may get through: a full disk may be emptied."""
    return isinstance(error, OSError) and error.errno in PASSING


def _number(stream: TextIO | None) -> int | None:
    """The stream's file, what stands in its buffer written; None where there is none."""
    with suppress(OSError, ValueError, AttributeError):
        if stream is not None:
            stream.flush()
            return stream.fileno()
    return None


def hush(stream: TextIO | None) -> None:
    """Lead a stream that takes nothing more to nowhere, so that the end of the program does not stumble over it."""
    with suppress(OSError, ValueError, AttributeError):
        if stream is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
