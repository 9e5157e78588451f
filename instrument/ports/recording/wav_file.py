"""A WAV file that grows and can be opened at any moment of its growing, whatever ends the program that writes it.

The sound goes to disk first, then its length into the header. What a full disk has cut is left out of the length.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LARGEST = 4_000_000_000  #: bytes of sound in one file; the format's sizes are 32-bit
EACH = 0.25  #: seconds of sound between two corrections of the header
_FRAME = 4  #: bytes: two channels of 16 bits
_HEAD = 44


class WavWriter:
    """16 bits, stereo. rate: frames a second. A name that is taken raises FileExistsError. Raises OSError as files do.
    thread: one."""

    def __init__(self, path: Path, rate: int) -> None:
        self.path, self.rate, self.frames = path, rate, 0
        self._file = path.open("xb", buffering=0)
        self._bytes = 0  # of sound
        self.told = 0  #: bytes of sound that the header tells of
        self._closed = False
        self._pwrite(self._header(), 0)

    @property
    def full(self) -> bool:
        """The format holds no more; go on in another file."""
        return self._bytes >= LARGEST

    @property
    def there(self) -> bool:
        """Whether the file is still where it was made."""
        return same_file(self._file.fileno(), self.path)

    def write(self, sound: NDArray[np.float32]) -> None:
        """Add sound, float32 [frames, 2]; what is outside -1..1 is clipped."""
        data = memoryview(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        while data:
            done = self._pwrite(data, _HEAD + self._bytes)
            self._bytes += done
            data = data[done:]
        self.frames = self._bytes // _FRAME
        if self._bytes - self.told >= self.rate * _FRAME * EACH:
            self.flush()

    def flush(self) -> None:
        """Bring the header up to date: what is there now can be played."""
        self._pwrite(self._header(), 0)
        self.told = self._bytes

    def close(self) -> None:
        """Safe to call twice."""
        if not self._closed:
            self._closed = True
            try:
                self.flush()
            finally:
                self._file.close()

    def discard(self) -> None:
        """Close and remove it: it was never wanted."""
        self._closed = True
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _header(self) -> bytes:
        """Of what is there in whole frames."""
        size = self._bytes // _FRAME * _FRAME
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, self.rate, self.rate * _FRAME, _FRAME, 16)
        return struct.pack("<4sI4s", b"RIFF", _HEAD - 8 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)

    def _pwrite(self, data: bytes | memoryview, at: int) -> int:
        return write_at(self._file.fileno(), data, at)


def write_at(file: int, data: bytes | memoryview, at: int) -> int:
    """Write at a place of an open file; returns how many bytes were taken. Raises OSError."""
    if hasattr(os, "pwrite"):
        return os.pwrite(file, data, at)
    os.lseek(file, at, os.SEEK_SET)  # Windows
    return os.write(file, data)


def same_file(file: int, path: Path) -> bool:
    """Whether an open file is the one at `path`: neither removed nor replaced."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return False
