"""The session log: one performance as JSON Lines, from which it can be played again to the byte.

    {"begin": {...}, "t": ..., "outputs": [...], "lead": ..., "lilt": ..., "date": ...}   the first line
    {"t": ..., "tick": ..., "idle": [...], "in": [...], "out": [...]}                     a turn of the player
    {"idle": [...]}                                 turns in which nothing happened, by their distances in time
    {"osc": "...", "from": "host:port"}             a datagram as it came in, in hex
    {"plan": n, "why": [{"tick": ..., "voice": ..., "pitch": ..., "nats": {expert: nats}, "chances": {pitch: p}, ...}]}
    {"said": "..."}   {"ports": {...}}   {"lost": n}   {"end": true, ...}

t: microseconds on the player's clock; tick: where the music was. "in": spans, controls (only those that have changed),
actions, MIDI as {"is": "Heard"}, cables. "out": [port, due, hex], or a silence: [null, everything, [[port, hex], ...]].
    {"lost": n, "of": "events"}    of what is no turn of the player (OSC, what was said, why), so many were lost
A file that grows beyond its share is followed by NAME.2.jsonl and so on; of too many the oldest go. Every line is
handed to the system at once, so that a crash of ours loses none, and has a number, "n", so that one that is missing is
missed. A name that is taken is left to whom it belongs: NAME-2.jsonl is the next.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from instrument import __version__
from instrument.controls.snapshot import Snapshot
from instrument.playing.json_codec import plain
from instrument.playing.messages import Change, PlayerSetup
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.time.clock import today
from instrument.ports.midi.output import encode

PART = 16_000_000  #: bytes in one file
PARTS = 32  #: files that one session may take
NAMES = 1000  #: how many of one name are tried
_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-")
KEPT = 1_000_000_000  #: bytes of logs in one folder; older ones beyond it go when a session begins


class SessionLog:
    """Writes one session. path: where, perhaps the next free name. Raises OSError where it cannot. thread: one."""

    def __init__(self, path: Path, part: int = PART, parts: int = PARTS) -> None:
        """path: NAME.jsonl; its folder is made. part: bytes of a file; parts: files kept."""
        self._part, self._parts = part, parts
        self._number, self._size, self._lines = 1, 0, 0
        self._snapshot: Snapshot | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self._file = _open(path)

    @classmethod
    def resumed(cls, path: Path, number: int, size: int, lines: int) -> SessionLog:
        """Write a log on that another process has left. path: of its first part; number: of the part to go on in; size:
        its bytes that are whole lines, behind which nothing stays; lines: numbered so far. Raises OSError."""
        log = cls.__new__(cls)
        log._part, log._parts = PART, PARTS
        log._number, log._size, log._lines, log._snapshot, log.path = number, size, lines, None, path
        log._file = part(path, number).open("r+b", buffering=0)
        log._file.truncate(size)
        log._file.seek(size)
        return log

    def begin(self, setup: PlayerSetup, outputs: Iterable[str], lead: float, at: int) -> None:
        """The first line. setup: what the player was given; of its devices nothing is needed to play it again."""
        self._snapshot = setup.snapshot
        stage = {k: v for k, v in plain(setup).items() if k not in ("soundfont", "recordings")}
        self.write({"begin": {**stage, "sounds": {"map": {}}}, "t": at, "outputs": list(outputs), "lead": lead,
                    "lilt": __version__, "date": today()})  # fmt: skip

    def turn(
        self, at: int, tick: int, idle: list[int], entries: Iterable[object], out: Iterable[Message | Silence],
        faults: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """One turn of the player."""
        told = {"idle": idle, "in": map(self._entry, entries), "out": written(out), "faults": faults}
        self._put({"t": at, "tick": tick}, told)

    def end(self, at: int, out: Iterable[Message | Silence]) -> None:
        """The last line: the player has ended every note."""
        self.write({"end": True, "t": at, "out": list(written(out))})

    def write(self, line: dict[str, Any]) -> None:
        """One line of any kind."""
        self._put(line, {})

    def _put(self, line: dict[str, Any], lists: Mapping[str, Iterable[Any]]) -> None:
        """lists: what stands in the line too, unless it is empty. Each of their items is encoded as it comes: of dozens
        of bars in one turn only one is plain data at a time, which takes far more memory than its part of the line."""
        fields = [_encoded(line)[1:-1]] if line else []
        for name, items in lists.items():
            if told := b",".join(map(_encoded, items)):
                fields.append(b'"%b":[%b]' % (name.encode(), told))
        data = b'{%b,"n":%d}\n' % (b",".join(fields), self._lines + 1)
        self._lines += 1
        if self._size and self._size + len(data) > self._part:
            self._next_part()
        self._file.write(data)
        self._size += len(data)

    def close(self) -> None:
        """Safe to call twice."""
        self._file.close()

    def _entry(self, entry: object) -> Any:
        """As plain data; of the controls only what has changed."""
        if isinstance(entry, Change):
            before = self._snapshot.values if self._snapshot else {}
            known = self._snapshot.known if self._snapshot else None
            now = self._snapshot = entry.snapshot
            turned = {name: value for name, value in now.values.items() if before.get(name) != value}
            back: dict[str, Any] = {"undone": entry.undone, "top": entry.top}
            if now.known != known:
                back["known"] = plain(now.known) or {}
            return {"is": "Turned", "version": now.version, "tune": now.tune, "values": turned,
                    **{name: value for name, value in back.items() if value is not None}}  # fmt: skip
        return plain(entry)

    def _next_part(self) -> None:
        self._file.close()
        self._number += 1
        self._size = 0
        self._file = part(self.path, self._number).open("xb", buffering=0)
        part(self.path, self._number - self._parts).unlink(missing_ok=True)


def _open(path: Path) -> tuple[Path, IO[bytes]]:
    """The first name of which nothing is there yet, and its file."""
    for number in range(1, NAMES + 1):
        name = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        with suppress(FileExistsError):
            if not part(name, 2).exists():
                return name, name.open("xb", buffering=0)
    raise FileExistsError(17, f"{NAMES} logs have this name already", str(path))


def _encoded(line: Any) -> bytes:
    try:
        return json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a name that is no text, as files and ports may have
        return json.dumps(line, separators=(",", ":")).encode()


def written(out: Iterable[Message | Silence]) -> Iterator[list[Any]]:
    """What goes out, as the log has it: bytes in hex, moments in seconds to the microsecond."""
    for one in out:
        if isinstance(one, Silence):
            yield [None, one.everything, [[off.port, bytes(encode(off)).hex()] for off in one.offs]]
        else:
            yield [one.port, round(one.due, 6), bytes(encode(one)).hex()]


def part(path: Path, number: int) -> Path:
    """The files of a session: NAME.jsonl, NAME.2.jsonl, ..."""
    return path if number == 1 else path.with_suffix(f".{number}{path.suffix}")


def tidy(folder: Path, kept: int = KEPT) -> None:
    """Remove the oldest session logs of a folder, so that the rest takes at most `kept` bytes. What is named otherwise
    than sessions are is somebody's own, and stays. Raises nothing."""
    try:
        logs = [file for file in folder.glob("*.jsonl") if _OURS.match(file.name)]
        logs.sort(key=lambda file: file.stat().st_mtime, reverse=True)
        room = kept
        for file in logs:
            room -= file.stat().st_size
            if room < 0:
                file.unlink()
    except OSError:
        return
