"""A session log played again: the same entries at the same moments into a performance without a device.

What the log says went out is compared with what goes out now, turn by turn and byte by byte. The models are not needed:
their spans are in the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.files import bounded
from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Note, Span
from instrument.music.repertoire.known_tune import KnownTunes
from instrument.music.ticks import WHOLE
from instrument.playing.json_codec import revive
from instrument.playing.messages import Change, Further, PlayerSetup
from instrument.playing.performance import Performance
from instrument.playing.turn import Entry, Exits
from instrument.ports.log.session_log import part, written

LARGEST = 64_000_000  #: bytes of a part of a log; ours begin another at a quarter of it
LONGEST = 4_000_000  #: bytes of a line
GAP = 3600.0  #: seconds between two turns at most
ENTRIES = get_args(Entry)
EXACT = 1e-6  #: seconds that a due time may differ: the log rounds it so


@dataclass(slots=True)
class LogReplay:
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


def replay(path: Path) -> LogReplay:
    """Play a log again. Raises ValueError, one line, for what is no log, or has no beginning any more. What somebody
    else has written into a log is refused likewise, whatever it is."""
    lines = read(path)
    _, begin = next(lines, (1, {}))
    if "begin" not in begin:
        raise ValueError(f"{path}: does not begin with a session; its first part is needed")
    number = 1
    try:
        follow = _Follow(begin)
        for number, line in lines:
            if follow.line(number, line):
                break
        return follow.found
    except Exception as error:  # a log may come from anybody
        what = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise ValueError(f"{path}: line {number} is no line of a session log: {' '.join(what.split())[:200]}") from None


def read(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a log with their numbers, all its parts in order. A last line that a crash has cut is left out.
    Raises ValueError, one line, for what is no log, or cannot be read."""
    part_number, number = 1, 0
    while True:
        file = part(path, part_number)
        try:
            with bounded.opened(file, LARGEST) as lines:
                while data := lines.readline(LONGEST + 1):
                    number += 1
                    line = _line(data, number)
                    if line is None:
                        return
                    yield number, line
        except FileNotFoundError:
            break
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from None
        part_number += 1
    if part_number == 1:
        raise ValueError(f"no session log at {path}")


def _line(data: bytes, number: int) -> dict[str, Any] | None:
    """A line of a log; None where a crash has cut it. Raises ValueError, without the file, for what is none."""
    if len(data) > LONGEST:
        raise ValueError(f"line {number} is longer than {LONGEST // 1_000_000} MB; no log of ours")
    try:
        line = json.loads(data)
    except (ValueError, RecursionError):
        if data.endswith(b"\n"):
            raise ValueError(f"no log: line {number} is {data[:60].decode('utf-8', 'replace')!r}") from None
        return None
    if not isinstance(line, dict):
        raise ValueError(f"no log: line {number} is a {type(line).__name__}, not an object")
    return line


class _Follow:
    """A performance led by the lines of a log."""

    def __init__(self, begin: dict[str, Any]) -> None:
        setup = _stage(begin)
        outputs, lead = begin["outputs"], begin["lead"]
        if not isinstance(outputs, list) or not all(isinstance(name, str) for name in outputs) or len(outputs) > 64:
            raise ValueError("outputs is no list of names")
        if type(lead) not in (int, float) or not 0 <= lead <= 1:
            raise ValueError(f"lead = {lead!r} is outside 0..1 (seconds)")
        self.performance = Performance(setup, outputs, lead)
        self.found, self.now, self.snapshot = LogReplay(), _moment(begin["t"]), setup.snapshot
        self._count = begin.get("n", 0)

    def line(self, number: int, line: dict[str, Any]) -> bool:
        """Follow a line. True at the end, or where a difference was found."""
        found, performance = self.found, self.performance
        missed = line["n"] - self._count - 1 if self._count and "n" in line else 0
        self._count = line.get("n", self._count)
        for step in line.get("idle", ()):
            self._pass(self.now + step)
            _compare(found, number, self.now, [], performance.turn(self.now / 1e6, []))
        if missed:
            what = f"{missed} lines before it are missing" if missed > 0 else "it is not in its place"
            found.difference = f"line {number}: {what}; it cannot be followed further"
        elif "lost" in line and line.get("of") != "events":
            found.difference = f"line {number}: the log lost {line['lost']} records here; it cannot be followed further"
        elif "end" in line:
            found.whole = True
            self._pass(line["t"])
            _compare(found, number, self.now, line.get("out", []), performance.close(self.now / 1e6))
        elif "t" in line:
            self._pass(line["t"])
            self._turn(number, line)
        return bool(found.difference) or found.whole

    def _turn(self, number: int, line: dict[str, Any]) -> None:
        entries = []
        for data in line.get("in", ()):
            entry, self.snapshot = _entry(data, self.snapshot)
            entries.append(entry)
        exits = self.performance.turn(self.now / 1e6, entries)
        tick = self.performance.player.scheduler.tick(self.now / 1e6)
        if line.get("tick", tick) != tick:
            what = f"then the music stood at tick {str(line['tick'])[:40]}, now at {tick}"
            self.found.difference = f"line {number}, {self.now / 1e6:.6f} s: {what}"
        else:
            _compare(self.found, number, self.now, line.get("out", []), exits)

    def _pass(self, moment: Any) -> None:
        """Time has come to a moment."""
        now = _moment(moment)
        if not self.now <= now <= self.now + GAP * 1e6:
            raise ValueError(f"time goes from {self.now / 1e6:.6f} s to {now / 1e6:.6f} s")
        self.now = now


def _moment(at: Any) -> int:
    if type(at) is not int or not -(2**60) < at < 2**60:
        raise ValueError(f"t = {str(at)[:40]} is no moment (microseconds)")
    return at


def _stage(begin: dict[str, Any]) -> PlayerSetup:
    setup = revive(begin["begin"])
    if not isinstance(setup, PlayerSetup):
        raise ValueError("it does not begin with a session")
    for span in setup.opening:
        _check(span)
    values = {**Snapshot().values, **setup.snapshot.values}  # controls that are newer than the log: as they usually are
    return replace(setup, snapshot=_checked(replace(setup.snapshot, values=values)))


def _entry(data: Any, snapshot: Snapshot) -> tuple[Entry, Snapshot]:
    """An entry, and the controls after it."""
    if data.get("is") == "Turned":
        known = (revive(data["known"]) if data["known"] else None) if "known" in data else snapshot.known
        snapshot = _checked(Snapshot(data["version"], data["tune"], {**snapshot.values, **data["values"]}, known=known))
        return Change(snapshot, _number(data, "undone"), _number(data, "top")), snapshot
    entry = revive(data)
    if not isinstance(entry, ENTRIES):
        raise ValueError(f"a {str(data.get('is'))[:40]} does not come in")
    for span in entry.spans if isinstance(entry, Further) else (entry,) if isinstance(entry, Span) else ():
        _check(span)
    if isinstance(entry, Change):
        _checked(entry.snapshot)
    return entry, snapshot


def _number(data: dict[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is not None and not _tick(value):
        raise ValueError(f"{name} = {str(value)[:40]} is no whole number")
    return value


def _checked(snapshot: Snapshot) -> Snapshot:
    """A snapshot whose values are legal."""
    if snapshot.known is not None and not isinstance(snapshot.known, KnownTunes):
        raise ValueError("known is no repertoire")
    for name, control in CONTROLS.items():
        control.check(snapshot.values[name], name)
    return snapshot


def _check(span: Any) -> None:
    """Music that can be: whole ticks, forwards, notes that a key can play."""
    right = isinstance(span, Span) and _tick(span.start) and _tick(span.end)
    right = right and 0 < span.end - span.start < 1000 * WHOLE
    right = right and isinstance(span.notes, tuple) and all(
        isinstance(note, Note) and _tick(note.start) and _tick(note.duration) and note.duration > 0
        and all(type(number) is int and 0 <= number <= 127 for number in (note.pitch, note.velocity))
        for note in span.notes
    )  # fmt: skip
    right = right and isinstance(span.chords, tuple) and all(
        isinstance(each, PlacedChord) and _tick(each.begins) and _tick(each.length) and each.length > 0
        and isinstance(each.chord, Chord) and isinstance(each.text, str)
        for each in span.chords
    )  # fmt: skip
    right = right and all(_tick(tick) and isinstance(text, str) for tick, text in span.ornaments)
    if not right:
        raise ValueError(f"no span can be {str(span)[:80]}")


def _tick(value: object) -> bool:
    return type(value) is int and abs(value) < 2**48


def _compare(found: LogReplay, number: int, now: int, logged: list[Any], exits: Exits) -> None:
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
