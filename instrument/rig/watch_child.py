"""Watchdog process as the conductor has it: the process over the player's notes, and the two pipes to it.

One line is the player's own, so that nothing stands between the two; the other takes what comes in here.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from instrument.playing.messages import Watch, Watching
from instrument.ports.log.log_pipe import RecordPipe
from instrument.rig.child_processes import Child

SHORTLY = 0.05  #: seconds until another starts: first it is seen whether the player has died with it
STARTING, WRITING = 30.0, 5.0  #: seconds it may still take at the end: to start and write; to write


def watchdog(
    conductor: Connection, player: Connection, events: Connection, path: Path | None, goes_on: bool
) -> None:  # fmt: skip
    """What runs in the process."""
    from instrument.ports.log.watchdog import run

    run(conductor, player, events, path, goes_on)


class WatchChild:
    """Watchdog process, seen from the main process. thread: the conductor's, but for `put`, which is any's."""

    def __init__(self, name: str, number: int, path: Path | None, player: Callable[[object], None]) -> None:
        """number: which of the player's lines, from 0; path: of the session log, NAME.jsonl, or None where it writes
        none; player: sends to the player's process."""
        self.path, self._number, self._player = path, number, player
        self.child = Child(name, watchdog, self._given)
        self.child.begun, self._again = self._begun, False
        self.ports: tuple[str, ...] = ()  #: the outputs it watches over
        self.systems: tuple[str, ...] = ()  #: the same, by the system's names
        self.told = False  #: it is at work, and knows what sounds
        self._written = False  # there is a log, and `path` is its name
        self._lay()

    def put(self, event: dict[str, Any]) -> None:
        """Something for the log. blocks: never."""
        self._events.put(("event", event))

    def watching(self, watching: Watching) -> None:
        """It has said what it watches over."""
        self.child.alive()
        self.told = True
        self.ports, self.systems = watching.ports, watching.systems
        if watching.log:
            self.path, self._written = Path(watching.log), True

    def gone(self) -> None:
        """It has died: another watches over the notes, and writes its log on. What is said until then waits for it."""
        self.told, self._again = False, True
        self._events.close()
        self._lay()
        self.child.later(SHORTLY)

    def close(self) -> None:
        """Let it write what there is, and end it. It ends by itself once its lines have closed; of a short session on a
        busy machine it may only now begin to write. blocks: where it hangs, so long as STARTING or WRITING says."""
        self._events.close()
        self.child.end(patience=WRITING if self.told or self.path is None else STARTING)

    def _lay(self) -> None:
        """New lines, the player's and ours."""
        context = get_context("spawn")
        heard, self.line = context.Pipe(duplex=False)  #: line: the player's end
        events, ours = context.Pipe(duplex=False)
        self._heard, self._events = (heard, events), RecordPipe(ours)

    def _begun(self) -> None:
        """It has started: its ends are its own, and the player's of another one's line goes to the player."""
        if self._again:
            self._player(Watch(bytes(ForkingPickler.dumps(self.line)), self._number))
        for end in (*self._heard, self.line):
            end.close()

    def _given(self) -> tuple[Any, ...]:
        return *self._heard, self.path, self._written
