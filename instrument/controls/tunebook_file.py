"""The tunebook: tunes that were kept, in one ABC file, each with all that is needed to get it again.

Any program that reads ABC reads it. What Lilt knows besides stands in one line of each tune, as JSON, behind a `%`: to
others a comment (ABC 2.1, 3.3), which they pass over:

    X:3
    T:first, seed 7, tune 2
    %lilt {"patch": "first", "seed": 7, "tune": 1, "kept": "2026-11-26T21-04-05", "controls": {"tune.key": "D major"}}
    M:4/4
    ...

A tune without that line, written in by hand, is a tune like any other; there is only nothing to get again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from instrument.controls.control import Value

TUNEBOOK = Path("recordings/tunebook.abc")  #: where it is, unless told otherwise
SIGN = "%lilt "
LARGEST = 64_000_000  #: bytes of a file that we read; some thirty thousand tunes
_TEXTS, _NUMBERS = ("patch", "kept", "lilt", "model"), ("seed", "tune")


@dataclass(frozen=True, slots=True)
class Kept:
    """abc: the tune in ABC, from `X:` on, without our line; patch: its name
    seed; tune: how many tunes of the set came before it; kept: when, as 2026-11-26T21-04-05
    lilt: the version that played it; model: what names the weights
    tokens: as the model wrote it, `M:` and `K:` first; controls: every control's value, by dotted name
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

    @property
    def title(self) -> str:
        """Its first `T:`, or "untitled"."""
        titles = (line[2:].strip() for line in self.abc.splitlines() if line.startswith("T:"))
        return next(titles, "untitled")


def text_of(kept: Kept, number: int) -> str:
    """The tune as it stands in the file, ending in a line break. number: its `X:`. Pure."""
    told = {name: getattr(kept, name) for name in (*_TEXTS, *_NUMBERS)}
    told |= {"tokens": " ".join(kept.tokens), "controls": dict(kept.controls)}
    line = SIGN + json.dumps(told)  # in ASCII, so that no sign in it ends the line
    body = [row for row in kept.abc.splitlines() if row.strip() and not row.startswith(("X:", SIGN))]
    titles = sum(row.startswith("T:") for row in body[:1])  # the X: and T: lead in every tune of an ABC file
    return "\n".join([f"X:{number}", *body[:titles], line, *body[titles:]]) + "\n"


def read(path: Path) -> list[Kept]:
    """The tunes of a tunebook in order; none if there is no such file. Raises ValueError, one line. Reads a file."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path}: is larger than {LARGEST // 1_000_000} MB; is it a tunebook?")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: is not UTF-8 text (byte {error.start + 1})") from None
    found = []
    for number, lines in enumerate(_tunes(text), 1):
        try:
            found.append(_kept(lines))
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"{path}: tune {number}: its {SIGN.strip()} line cannot be read: {error}") from None
    return found


def add(path: Path, kept: Kept) -> int:
    """Write one more tune at the end, safe against a power cut, and return its number. Makes the folder.

    Raises ValueError for a file that is no tunebook, OSError as files do. blocks: for a disk.
    """
    number = len(read(path)) + 1
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if number > 1 else "") + text_of(kept, number))
        file.flush()
        os.fsync(file.fileno())
    return number


def amend(path: Path, number: int, kept: Kept) -> None:
    """Write the entry of that number anew; every other byte stays. Raises ValueError for no such entry, OSError.

    The file is replaced whole, so that a power cut leaves the old one or the new.
    """
    read(path)
    lines = path.read_text(encoding="utf-8").split("\n")
    heads = [i for i, line in enumerate(lines) if line.startswith("X:")]
    if not 1 <= number <= len(heads):
        raise ValueError(f"{path}: has no tune {number}")
    first = heads[number - 1]
    last = heads[number] if number < len(heads) else len(lines)
    entry = text_of(kept, number).split("\n")  # its last line is empty, as is the one between two tunes
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write("\n".join([*lines[:first], *entry, *lines[last:]]))
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def _tunes(text: str) -> list[list[str]]:
    tunes: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("X:"):
            tunes.append([])
        if tunes:
            tunes[-1].append(line)
    return tunes


def _kept(lines: list[str]) -> Kept:
    abc = "\n".join(line for line in lines if line.strip() and not line.startswith(SIGN)) + "\n"
    line = next((line for line in lines if line.startswith(SIGN)), None)
    told = json.loads(line[len(SIGN) :]) if line else {}
    patch, kept, lilt, model = (str(told.get(name, "")) for name in _TEXTS)
    seed, tune = (int(told.get(name, 0)) for name in _NUMBERS)
    tokens = tuple(str(told.get("tokens", "")).split())
    return Kept(abc, patch, seed, tune, kept, lilt, model, tokens, dict(told.get("controls", {})))
