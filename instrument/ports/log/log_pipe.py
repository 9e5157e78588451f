"""Pipes to the processes that watch and log: they never block, whoever may be slow or dead beyond them.

What a pipe does not take waits here, up to a limit; beyond it records are lost and counted, and the next one that gets
through says how many. The player tells each turn to two: to one all of it, for the log, to the other what sounds.
"""

from __future__ import annotations

import os
import pickle
import struct
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from instrument.playing.messages import PlayerSetup
from instrument.playing.midi.channel_controllers import Part
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.turn import Entry, Exits
from instrument.ports.log.recent_records import RecentRecords

MOST = 4_000_000  #: bytes that wait at most
IDLE = 200  #: turns in which nothing happens that are told together
HEARTBEAT = 1.0  #: seconds after which they are told however few: silence beyond is a sign that we hang


#: of an output: the keys that are down, and what else is not at rest, each with its channel 1..16
Sounds = tuple[list[tuple[int, int]], list[tuple[int, Part]]]


class RecordPipe:
    """Pipe to a process that watches and logs. thread: any. blocks: never."""

    def __init__(self, line: Connection | None) -> None:
        """line: the writing end of a pipe; None: there is no log."""
        self.lost = 0  #: records, in all
        self._line = line
        self._lock = threading.Lock()
        self._waiting: deque[memoryview] = deque()
        self._size = 0
        self._untold = 0
        if line is not None and os.name == "posix":
            os.set_blocking(line.fileno(), False)

    @property
    def on(self) -> bool:
        """Whether anybody listens."""
        return self._line is not None

    @property
    def waits(self) -> bool:
        """Whether something is left to be sent."""
        return bool(self._waiting)

    def put(self, record: object, whole: bytes | None = None) -> None:
        """Send a record, now or when there is room. whole: the same `framed`, where others are sent it too."""
        if self._line is None:
            return
        data = framed(record, self._untold) if whole is None or self._untold else whole
        with self._lock:
            if self._size + len(data) > MOST:
                self.lost += 1
                self._untold += 1
                return
            self._untold = 0
            self._waiting.append(memoryview(struct.pack("!i", len(data)) + data))  # as Connection.recv_bytes reads it
            self._size += len(data) + 4
            self._write()

    def close(self) -> None:
        """Send what can be sent, and let the line go."""
        with self._lock, suppress(OSError):
            if self._line is not None:
                self._write()
            if self._line is not None:
                self._line.close()
            self._line = None

    def _write(self) -> None:
        try:
            while self._waiting and self._line is not None:
                first = self._waiting[0]
                written = os.write(self._line.fileno(), first)
                self._size -= written
                if written < len(first):
                    self._waiting[0] = first[written:]
                else:
                    self._waiting.popleft()
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more
            self._line = None
            self._waiting.clear()


class LogPipe:
    """What the player tells of its turns, to each who watches. thread: the player's. Cost: docs/LOG.md."""

    def __init__(self, *lines: Connection | None) -> None:
        """lines: the writing ends of pipes; None: nobody is there yet."""
        self._pipes = [RecordPipe(line) for line in lines]
        self._last = 0  # microseconds, of the newest turn
        self._idle: list[int] = []  # microseconds since the turn before, of turns in which nothing happened
        self._told = 0
        self._recent = RecentRecords()  # of turns, for another who writes the log
        self._asked = any(line is not None for line in lines)  # somebody listens, or has listened

    @property
    def on(self) -> bool:
        """Whether anybody listens."""
        return any(pipe.on for pipe in self._pipes)

    @property
    def lost(self) -> int:
        """Records, in all."""
        return sum(pipe.lost for pipe in self._pipes)

    def put(self, record: object) -> None:
        """Send a record to each."""
        whole = framed(record)
        for pipe in self._pipes:
            pipe.put(record, whole)

    def _log(self, record: object, out: list[Message | Silence], begins: int) -> None:
        """Send a turn to the first, who logs; to the others what it does to the notes, and that we are there."""
        first, *others = self._pipes or [RecordPipe(None)]
        first.put(record, self._keep(record, begins))
        for pipe in others:
            pipe.put(("follow", out))

    def _keep(self, record: object, begins: int) -> bytes:
        """Keep a record of turns for another who writes the log. begins: microseconds, of the moment before it."""
        whole = framed(record)
        self._recent.keep(begins, self._last, whole, bool(self._pipes and self._pipes[0].on))
        return whole

    def _put_turns(self, record: object, begins: int) -> None:
        """Send a record of turns to each."""
        whole = self._keep(record, begins)
        for pipe in self._pipes:
            pipe.put(record, whole)

    def close(self) -> None:
        """Send what can be sent, and let the lines go."""
        for pipe in self._pipes:
            pipe.close()

    def begin(self, setup: PlayerSetup, outputs: list[str], lead: float, now: float) -> None:
        """The performance begins."""
        self._last = self._told = micro(now)
        self._put_turns(("begin", setup, outputs, lead, self._last), self._last)

    def ports(self, ports: dict[str, str]) -> None:
        """Which MIDI outputs there are now: the rig's names, the system's names."""
        self.put(("ports_there", ports))

    def renew(
        self, line: Connection, ports: dict[str, str], sounding: dict[str, Sounds], number: int = 0,
        laid: Sequence[Message] = (),
    ) -> None:  # fmt: skip
        """Another listens from now on, who is told what there is and what sounds, and, in the place of the first, what
        the log may lack. number: in whose place; laid: what tells of the outputs' zones."""
        while len(self._pipes) <= number:
            self._pipes.append(RecordPipe(None))
        self._pipes[number].close()
        self._pipes[number] = pipe = RecordPipe(line)
        self._asked = True
        pipe.put(("ports_there", ports))
        pipe.put(("sounding", sounding))
        if laid:
            pipe.put(("follow", list(laid)))
        if number == 0:
            for begins, ends, whole in self._recent.all():
                pipe.put(("again", begins, ends, whole))

    def turn(self, now: float, tick: int, entries: list[Entry], exits: Exits) -> None:
        """A turn: what came in, and what goes out."""
        if not self._asked:
            return
        at = micro(now)
        step, before, self._last = at - self._last, self._last - sum(self._idle), at
        if entries or exits.out or exits.faults or any(pipe.waits for pipe in self._pipes):
            self._log(("turn", self._idle, step, tick, entries, exits.out, exits.faults), exits.out, before)
            self._idle, self._told = [], at
            return
        self._idle.append(step)
        if len(self._idle) >= IDLE or at - self._told > HEARTBEAT * 1e6:
            self._put_turns(("idle", self._idle), before)
            self._idle, self._told = [], at

    def end(self, now: float, out: list[Message | Silence]) -> None:
        """It is over, every note ended."""
        before, step, self._last = self._last - sum(self._idle), micro(now) - self._last, micro(now)
        self._put_turns(("end", self._idle, step, out), before)
        self.close()


def framed(record: object, lost: int = 0) -> bytes:
    """A record in bytes, and how many before it did not get through."""
    return pickle.dumps((lost, record), pickle.HIGHEST_PROTOCOL)


def micro(now: float) -> int:
    """Whole microseconds."""
    return round(now * 1e6)
