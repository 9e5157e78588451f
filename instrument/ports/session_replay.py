"""A session log played again: the same entries at the same moments into a performance without a device.

What the log says went out is compared with what goes out now, turn by turn and byte by byte. The models are not needed:
their spans are in the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from instrument.controls.snapshot import Snapshot
from instrument.playing.performance import Entry, Exits, Performance
from instrument.playing.plain import revive
from instrument.playing.wire import Change, Stage
from instrument.ports.session_log import part, written

EXACT = 1e-6  #: seconds that a due time may differ: the log rounds it so


@dataclass(slots=True)
class Replay:
    """What playing a log again gave. turns, messages: how many; sent: (output, bytes) in order
    difference: the first that was found, in words, or ""; whole: whether the log has its end."""

    turns: int = 0
    messages: int = 0
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    difference: str = ""
    whole: bool = False

    @property
    def same(self) -> bool:
        """Whether the same bytes went out, as far as the log goes."""
        return not self.difference


def replay(path: Path) -> Replay:
    """Play a log again. Raises ValueError, one line, for what is no log, or has no beginning any more."""
    lines = read(path)
    begin = next(lines, {})
    if "begin" not in begin:
        raise ValueError(f"{path}: does not begin with a session; its first part is needed")
    setup = _stage(path, begin)
    performance = Performance(setup, begin["outputs"], begin["lead"])
    found, now, snapshot = Replay(), int(begin["t"]), setup.snapshot
    for number, line in enumerate(lines, 2):
        for step in line.get("idle", ()):
            now += step
            _compare(found, number, now, [], performance.turn(now / 1e6, []))
        if "lost" in line:
            found.difference = f"line {number}: the log lost {line['lost']} records here; it cannot be followed further"
        elif "end" in line:
            found.whole = True
            _compare(found, number, line["t"], line.get("out", []), performance.close(line["t"] / 1e6))
        elif "t" in line:
            now, entries = line["t"], []
            for data in line.get("in", ()):
                entry, snapshot = _entry(data, snapshot)
                entries.append(entry)
            exits = performance.turn(now / 1e6, entries)
            _compare(found, number, now, line.get("out", []), exits)
        if found.difference or found.whole:
            break
    return found


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log, all its parts in order. A last line that a crash has cut is left out."""
    number = 1
    while (file := part(path, number)).exists():
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    yield json.loads(line)
                except ValueError:
                    if line.endswith("\n"):
                        raise ValueError(f"{file}: no log: {line[:60]!r}") from None
                    return
        number += 1
    if number == 1:
        raise ValueError(f"no session log at {path}")


def _stage(path: Path, begin: dict[str, Any]) -> Stage:
    setup = revive(begin["begin"])
    if not isinstance(setup, Stage):
        raise ValueError(f"{path}: does not begin with a session")
    values = {**Snapshot().values, **setup.snapshot.values}  # controls that are newer than the log: as they usually are
    return replace(setup, snapshot=replace(setup.snapshot, values=values))


def _entry(data: Any, snapshot: Snapshot) -> tuple[Entry, Snapshot]:
    """An entry, and the controls after it."""
    if data.get("is") == "Turned":
        snapshot = Snapshot(data["version"], data["tune"], {**snapshot.values, **data["values"]})
        return Change(snapshot), snapshot
    return revive(data), snapshot


def _compare(found: Replay, number: int, now: int, logged: list[Any], exits: Exits) -> None:
    played = list(written(exits.out))
    found.turns += 1
    for one in played:
        if one[0] is None:
            found.sent += [(port, bytes.fromhex(data)) for port, data in one[2]]
        else:
            found.messages += 1
            found.sent.append((one[0], bytes.fromhex(one[2])))
    if len(logged) != len(played) or not all(map(_alike, logged, played)):
        then, today = str(logged)[:200], str(played)[:200]
        found.difference = f"line {number}, {now / 1e6:.6f} s: then {then} was sent, now {today}"


def _alike(logged: list[Any], played: list[Any]) -> bool:
    if logged[0] is None or played[0] is None:
        return logged == played
    return bool(logged[0] == played[0]) and bool(logged[2] == played[2] and abs(logged[1] - played[1]) <= 2 * EXACT)
