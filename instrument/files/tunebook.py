"""The tunebook: tunes that were kept, in one ABC file, each with all that is needed to get it again.

Any program that reads ABC reads it. What Lilt knows besides stands in one line of each tune, as JSON, behind a `%`: to
others a comment (ABC 2.1, 3.3), which they pass over:

    X:3
    T:first, seed 7, tune 2
    %lilt {"id": "5f0c...", "patch": "first", "seed": 7, "tune": 1, "kept": "2026-11-26T21-04-05", "controls": {...}}
    M:4/4
    ...

A tune without that line, written in by hand, is a tune like any other; there is only nothing to get again. The book
belongs to its owner: it is only ever added to, and an entry of ours is written anew only while it is as we wrote it. A
line that cannot be read, torn or by a stranger, is that tune's `fault` and nobody else's. Two programs may write into
one book: they take turns by a lock beside it.
"""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from instrument.controls.control import Value
from instrument.controls.table import CONTROLS
from instrument.files import bounded

TUNEBOOK = Path("recordings/tunebook.abc")  #: where it is, unless told otherwise
SIGN = "%lilt "
LARGEST = 64_000_000  #: bytes of a file that we read; some thirty thousand tunes
LONGEST = 20_000  #: tokens of a tune
TURN = 5.0  #: seconds that another program may take for its turn
_TEXTS, _NUMBERS = ("id", "patch", "kept", "lilt", "model"), ("seed", "tune")


@dataclass(frozen=True, slots=True)
class Kept:
    """Kept tune of the tunebook. abc: the tune in ABC, from `X:` on, without our line; patch: its name
    seed; tune: how many tunes of the set came before it; kept: when, as 2026-11-26T21-04-05
    lilt: the version that played it; model: what names the weights
    tokens: as the model wrote it, `M:` and `K:` first; controls: every control's value, by dotted name
    id: of this entry and no other, "" where there is none; fault: why it cannot be had again, or ""
    """

    abc: str
    patch: str = ""
    seed: int = 0
    tune: int = 0
    kept: str = ""
    lilt: str = ""
    model: str = ""
    tokens: tuple[str, ...] = ()
    controls: Mapping[str, Value] = field(default_factory=dict)
    id: str = ""
    fault: str = ""

    @property
    def title(self) -> str:
        """Its first `T:`, or "untitled"."""
        titles = (line[2:].strip() for line in self.abc.splitlines() if line.startswith("T:"))
        return next(titles, "untitled")


def text_of(kept: Kept, number: int) -> str:
    """The tune as it stands in the file, ending in a line break. number: its `X:`. Pure."""
    told = {name: getattr(kept, name) for name in (*_TEXTS, *_NUMBERS) if name != "id" or kept.id}
    told |= {"tokens": " ".join(kept.tokens), "controls": dict(kept.controls)}
    line = SIGN + json.dumps(told)  # in ASCII, so that no sign in it ends the line
    body = [row for row in kept.abc.splitlines() if row.strip() and not row.startswith(("X:", SIGN))]
    titles = sum(row.startswith("T:") for row in body[:1])  # the X: and T: lead in every tune of an ABC file
    return "\n".join([f"X:{number}", *body[:titles], line, *body[titles:]]) + "\n"


def read(path: Path) -> list[Kept]:
    """The tunes of a tunebook in order; none if there is no such file. Raises ValueError, one line. Reads a file."""
    return list(each(path))


def each(path: Path) -> Iterator[Kept]:
    """The same one by one, so that a book of thousands is never held whole."""
    return map(_kept, _entries(_text(_bytes(path))))


def add(path: Path, kept: Kept) -> int:
    """Write one more tune at the end, safe against a power cut, and return its number. Makes the folder.

    Where the disk does not take it whole the book is as before. Raises ValueError for a file that is no tunebook,
    OSError as files do. blocks: for a disk, and five seconds at most for another program's turn.
    """
    with _turn(path):
        return _add(path, _bytes(path), kept)


def amend(path: Path, before: Kept, after: Kept) -> int | None:
    """Write the entry `before` (by its identity) anew as `after`; every other byte stays. Returns its number.

    If its owner has changed it meanwhile it stays as it is, and `after` is another tune at the end; if he has removed
    it, nothing is written: None. Raises as `add`.
    """
    with _turn(path):
        data = _bytes(path)
        for number, (first, last) in enumerate(_places(data), 1):
            entry = _kept(_text(data[first:last]).splitlines())
            if before.id and entry.id == before.id:
                if not _alike(entry, _kept(text_of(before, number).splitlines())):
                    return _add(path, data, replace(after, id=after.id + "-2"))
                number_there = _number(data[first:last], number)
                gap = data[first:last][len(data[first:last].rstrip(b"\r\n")) :] or b"\n"
                text = text_of(after, number_there).rstrip("\n").encode()
                bounded.replace(path, data[:first] + text + gap + data[last:])
                return number
    return None


def _add(path: Path, data: bytes, kept: Kept) -> int:
    number = len(_places(data)) + 1
    gap = b"" if not data else b"\n" if data.endswith(b"\n") else b"\n\n"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    try:
        size = os.fstat(file).st_size
        try:
            left = memoryview(gap + text_of(kept, number).encode())
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            raise
    finally:
        os.close(file)
    return number


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """The book is ours alone among programs of our kind. Makes the folder. Raises TimeoutError."""
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.resolve()
    lock = FileLock(beside.with_name(f".{beside.name}.lock"), timeout=TURN)
    try:
        lock.acquire()
    except Timeout:
        raise TimeoutError(110, "another program holds it", str(path)) from None
    try:
        yield
    finally:
        lock.release()


def _bytes(path: Path) -> bytes:
    try:
        data = bounded.read_bytes(path, LARGEST)
    except FileNotFoundError:
        return b""
    except ValueError as error:
        raise ValueError(f"{path}: {error}; is it a tunebook?") from None
    if b"\0" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError(f"{path}: is not UTF-8 text; is it a tunebook?")
    return data


def _text(data: bytes) -> str:
    """As it was meant; an old book may be in Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _places(data: bytes) -> list[tuple[int, int]]:
    """Where each entry begins and ends, in bytes."""
    at = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    heads = []
    for line in data[at:].splitlines(keepends=True):
        if line.startswith(b"X:"):
            heads.append(at)
        at += len(line)
    return list(pairwise([*heads, at]))


def _entries(text: str) -> Iterator[list[str]]:
    entry: list[str] = []
    for line in text.splitlines():
        if line.startswith("X:") and entry:
            yield entry
            entry = []
        if entry or line.startswith("X:"):
            entry.append(line)
    if entry:
        yield entry


def _kept(lines: list[str]) -> Kept:
    """An entry, whatever stands in it. Its tune ends, as ABC has it, with the first empty line behind its key."""
    key = next((at for at, line in enumerate(lines) if line.startswith("K:")), len(lines))
    end = next((at for at, line in enumerate(lines) if at > key and not line.strip()), len(lines))
    abc = "\n".join(line for line in lines[:end] if line.strip() and not line.startswith(SIGN.rstrip())) + "\n"
    line = next((line for line in lines if line.startswith(SIGN.rstrip())), None)
    if line is None:
        return Kept(abc)
    try:
        return _told(abc, json.loads(line[len(SIGN) :], parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        return Kept(abc, fault=f"its {SIGN.strip()} line cannot be read: {' '.join(str(error).split())[:120]}")


def _told(abc: str, told: Any) -> Kept:
    """Raises ValueError for what no line of ours says."""
    if not isinstance(told, dict):
        raise ValueError("it holds no settings")
    for name in (*_TEXTS, "tokens"):
        if not isinstance(told.get(name, ""), str):
            raise ValueError(f"{name} is no text")
    numbers = {name: told.get(name, 0) for name in _NUMBERS}
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 2**31:
            raise ValueError(f"{name} = {str(number)[:40]} is outside 0..{2**31}")
    if not isinstance(controls := told.get("controls", {}), dict):
        raise ValueError("controls is no table")
    tokens = tuple(told.get("tokens", "").split())
    if len(tokens) > LONGEST:
        raise ValueError(f"{len(tokens)} tokens are no tune")
    for name, value in controls.items():
        if name in CONTROLS:
            CONTROLS[name].check(value)
        elif not isinstance(value, bool | int | float | str):
            raise ValueError(f"{name[:40]} is no control's value")
    names = {name: told.get(name, "") for name in _TEXTS}
    return Kept(abc, tokens=tokens, controls=controls, **numbers, **names)


def _alike(one: Kept, other: Kept) -> bool:
    """Whether two entries are the same but for their `X:`."""
    rows = [[row for row in entry.abc.splitlines() if not row.startswith("X:")] for entry in (one, other)]
    return rows[0] == rows[1] and replace(one, abc="") == replace(other, abc="")


def _number(entry: bytes, otherwise: int) -> int:
    """Its `X:`, as its owner may have numbered it."""
    digits = entry[2:].split(b"\n", 1)[0].strip()
    return int(digits) if digits.isdigit() and len(digits) < 10 else otherwise


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
