"""The player's line to the accompanist, which is a process of its own: cues go out, answers come in.

A thread waits for the answers, so that one that comes in wakes the player as a key does. Nothing waits for it: while
no accompanist is there, cues are lost, which does no harm, and when it dies that is said once.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection

from instrument.music.cues import Cue, Voicing
from instrument.playing.messages import AccompanistState
from instrument.playing.time.clock import Bell
from instrument.ports.system.receiver import take_over

FULLEST = 256  #: answers not taken; one at a time is asked for


class AccompanistClient:
    """Client of the accompanist process. thread: the player's, but for the reader's own."""

    def __init__(self, bell: Bell) -> None:
        """bell: is rung for every answer."""
        self._bell = bell
        self._line: Connection | None = None
        self._newest = b""
        self._waiting: deque[Voicing | AccompanistState] = deque(maxlen=FULLEST)

    def join(self, end: bytes) -> None:
        """Another accompanist, in place of the last one. end: of the line to it, pickled. blocks: never."""
        self.close()
        self._waiting.clear()
        self._newest = end
        take_over(end, lambda line: self._meet(line, end), "lilt partner")

    def ask(self, cue: Cue) -> None:
        """Send a cue. blocks: never, as long as one is out at a time."""
        if self._line is not None:
            with suppress(OSError, ValueError):  # it has died: the reader says so
                self._line.send(cue)

    def take(self) -> list[Voicing | AccompanistState]:
        """What has come in, in order: answers, and that an accompanist has come up or gone. blocks: never."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def close(self) -> None:
        """Let it go; it ends when its line closes. Safe to call twice."""
        if self._line is not None:
            with suppress(OSError):
                self._line.close()
        self._line, self._newest = None, b""

    def _meet(self, line: Connection, end: bytes) -> None:
        """The line is ours: read it."""
        if end is not self._newest:
            line.close()
            return
        self._line = line
        self._waiting.append(AccompanistState(True))
        self._bell.ring()
        self._read(line)

    def _read(self, line: Connection) -> None:
        with suppress(EOFError, OSError, TypeError):  # TypeError: closed from our side while it waits
            while line is self._line:
                answer = line.recv()
                if isinstance(answer, Voicing):
                    self._waiting.append(answer)
                    self._bell.ring()
        if line is self._line:
            self._waiting.append(AccompanistState(False))
            self._bell.ring()
