"""A thinker that needs no tune model and no torch: bars of rests, for what is played by hand.

It is fed and asked as `instrument.thinking.thinker.Thinker` is.
"""

from __future__ import annotations

from multiprocessing.connection import Connection

from instrument.controls.requests import Extend, Ready, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.thinking.arrange import Arrangement
from instrument.thinking.planner import Planner
from instrument.thinking.rests import Rests


class Bare:
    """thread: the thinker's."""

    def __init__(self, arrangement: Arrangement) -> None:
        self.planner = Planner(Rests, arrangement, Snapshot())
        self.until = 0
        self._newest: Rethink | None = None

    @property
    def behind(self) -> bool:
        """Whether spans are waited for."""
        return self._newest is not None or (self.planner.plan > 0 and self.planner.tick < self.until)

    def hear(self, request: object) -> None:
        """Take a request: each `Rethink` says all there is to know, and voids older ones."""
        if isinstance(request, Rethink):
            self._newest = request
        elif isinstance(request, Extend):
            self.until = request.until

    def work(self) -> list[object]:
        """One span, if one is waited for."""
        if self._newest is not None:
            newest, self._newest = self._newest, None
            self.planner.rethink(newest)
        return [self.planner.next_span()] if self.behind else []


def run(line: Connection, arrangement: Arrangement) -> None:
    """Serve until the line closes. Sends `Ready`, then spans."""
    thinker = Bare(arrangement)
    try:
        line.send(Ready())
        while True:
            while line.poll(0 if thinker.behind else None):
                thinker.hear(line.recv())
            for message in thinker.work():
                line.send(message)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
