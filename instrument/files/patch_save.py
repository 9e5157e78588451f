"""Saving a patch: everything as it stands into a file of one's own, whole or not at all, and over nobody's.

A name that came with Lilt is refused; a name that is taken is left to whom it belongs, and NAME-2 is the next.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from instrument.controls.control import Value
from instrument.files.patch import Patch, reads
from instrument.files.patch_text import MARK, kept, patch_text
from instrument.files.shipped import PATCHES

NAMES = 1000  #: how many of one name are tried
_NAME = re.compile(r"[^\W_][\w \-]{0,59}")


def checked_name(name: str) -> str:
    """The name, without `.toml` and blanks around it. Raises ValueError, one line, for what may not be written: no name
    of a file, or one that came with Lilt. Looks into a folder."""
    plain = name.strip().removesuffix(".toml")
    if not _NAME.fullmatch(plain):
        raise ValueError(
            f'"{" ".join(name.split())[:60]}" is no name for a patch; letters, digits, - and _ make one, 60 at most'
        )
    if came_along(plain):
        raise ValueError(f'"{plain}" came with Lilt and stays as it is; save it under another name')
    return plain


def came_along(name: str) -> bool:
    """Whether a patch of that name came with Lilt, in whichever case it is written."""
    for file in PATCHES.glob("*.toml"):
        if file.stem.lower() == name.lower():
            with suppress(OSError, UnicodeDecodeError):
                return MARK not in file.read_text(encoding="utf-8")[:1000]
            return True
    return False


def save(folder: Path, name: str, values: Mapping[str, Value], base: Patch, day: str) -> Path:
    """Write NAME.toml, or NAME-2.toml and so on; returns where. The folder is made.

    values: every control as it stands; base: the patch that plays. Raises ValueError, one line: a name that may not
    be, or a performance that would not read back as it is; OSError, when nothing is left behind. blocks: for a disk.
    """
    plain = checked_name(name)
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for number in range(1, NAMES + 1):
            own = plain if number == 1 else f"{plain}-{number}"
            path = folder / f"{own}.toml"
            if path.exists() or (number > 1 and came_along(own)):
                continue
            text = patch_text(own, values, base, day)
            _same(kept(values), kept(reads(text, path).values))
            if _write(path, text.encode()):
                return path
        raise FileExistsError(17, f"{NAMES} patches have this name already", str(folder / plain))
    except BaseException:
        if made:
            with suppress(OSError):
                folder.rmdir()
        raise


def _same(wanted: Mapping[str, Value], found: Mapping[str, Value]) -> None:
    """Refuse what would not come back."""
    for name, value in wanted.items():
        if found.get(name) != value:
            raise ValueError(f"cannot be saved: {name} = {value} would come back as {found.get(name)}")


def _write(path: Path, data: bytes) -> bool:
    """Put a new file there, whole; False where somebody was quicker. Raises OSError, when nothing is left behind."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return False
        except OSError:  # a disk that knows no links
            _put_whole(path, data)
        return True
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _put_whole(path: Path, data: bytes) -> None:
    """Write a new file in its place. Raises FileExistsError where one is there, OSError when nothing is left behind."""
    with path.open("xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
