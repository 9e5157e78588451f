"""Files that people hand us, read within bounds, and files of theirs that we write, whole or not at all.

A device or a pipe is no file: it might never end. What is larger than such a file can be is refused before it is read.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

KINDS = {stat.S_IFDIR: "a folder", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFIFO: "a pipe",
         stat.S_IFSOCK: "a socket"}  # fmt: skip


@contextmanager
def opened(path: Path, largest: int) -> Iterator[BinaryIO]:
    """A file, to be read; whatever cannot be read of it later is said likewise. Raises ValueError, one line without the
    path, for what is no file or larger than `largest` bytes; FileNotFoundError for none. blocks: for a disk, never for
    whoever writes into a pipe."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
        raise ValueError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        what = os.fstat(file)
        if not stat.S_ISREG(what.st_mode):
            raise ValueError(f"is {KINDS.get(stat.S_IFMT(what.st_mode), 'something else')}, not a file")
        if what.st_size > largest:
            raise ValueError(f"is larger than {_size(largest)}")
        with open(file, "rb", closefd=False) as stream:
            yield stream
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from None
    finally:
        os.close(file)


def read_bytes(path: Path, largest: int) -> bytes:
    """A file's contents. Raises as `opened` does."""
    with opened(path, largest) as stream:
        data = stream.read(largest + 1)
    if data is None:  # a file of the system's that would have us wait
        raise ValueError("cannot be read: there is nothing in it yet")
    if len(data) > largest:
        raise ValueError(f"is larger than {_size(largest)}")
    return data


def read_text(path: Path, largest: int) -> str:
    """As `read_bytes`, as UTF-8 text; a byte order mark at its beginning is passed over, line ends are as written."""
    data = read_bytes(path, largest)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 text (byte {error.start + 1})") from None


def replace(path: Path, data: bytes) -> None:
    """Put contents in a file's place, safe against a power cut; its rights stay, and a link stays a link. Raises
    OSError; the file is then as it was."""
    path = path.resolve()
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):
            shutil.copymode(path, beside)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _size(most: int) -> str:
    return f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most // 1000} kB"
