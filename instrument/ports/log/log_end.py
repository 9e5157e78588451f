"""End of a session log that its process left behind: where it can be written on, and up to which moment it tells.

A last line that was cut is no line. The moment is the player's, in microseconds: that of the last turn, and of the
turns in which nothing happened behind it. With it whoever writes on knows what the log lacks.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instrument.ports.log.session_log import part


@dataclass(frozen=True, slots=True)
class LogEnd:
    """End of an interrupted session log.

    number: of the part to be written on; size: its bytes, whole lines only; lines: numbered so far
    at: microseconds on the player's clock; None where nothing of the player's is in it; turns: some turn is in it
    over: it has its end."""

    number: int
    size: int
    lines: int
    at: int | None
    turns: bool
    over: bool


def end_of(path: Path) -> LogEnd:
    """Where the log NAME.jsonl ends. blocks: while a part of it is read, or several where nobody played for long.
    Raises OSError where it cannot be read, or is not there."""
    numbers = _numbers(path)
    if not numbers:
        raise FileNotFoundError(2, "no such log", str(path))
    lines, size = _whole(part(path, numbers[-1]))
    last, rest = numbers[-1], list(reversed(numbers[:-1]))
    told = lines
    while rest and not any("t" in line for line in told):
        told = _whole(part(path, rest.pop(0)))[0] + told
    at: int | None = None
    for line in told:
        if "t" in line:
            at = int(line["t"])
        elif at is not None:
            at += sum(line.get("idle", ()))
    turns = any("begin" not in line and ("t" in line or "idle" in line) for line in told)
    number = max((line.get("n", 0) for line in told), default=0)
    return LogEnd(last, size, number, at, turns, any("end" in line for line in lines))


def _numbers(path: Path) -> list[int]:
    """The parts that there are, rising: of a long session the first have gone."""
    ours = re.compile(re.escape(path.stem) + r"\.(\d+)" + re.escape(path.suffix))
    further = [int(found[1]) for file in path.parent.iterdir() if (found := ours.fullmatch(file.name))]
    return sorted([*further, *([1] if path.exists() else [])])


def _whole(file: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines of a part that are whole, and their bytes."""
    found, size = list[dict[str, Any]](), 0
    with file.open("rb") as lines:
        for data in lines:
            try:
                line = json.loads(data)
            except ValueError:
                break
            if not data.endswith(b"\n") or not isinstance(line, dict):
                break
            found.append(line)
            size += len(data)
    return found, size
