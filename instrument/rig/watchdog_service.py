"""The session log and the watch over the player's notes, as the conductor has them: a process, and two lines to it.

One line is the player's own, so that nothing stands between it and the log; the other takes what comes in here.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from instrument.controls.explanations import Why
from instrument.playing.messages import Said, Sweep, Watch, Watching
from instrument.ports.log.log_pipe import Tape
from instrument.ports.midi.sweep import sweep
from instrument.rig.child_processes import Child

SHORTLY = 0.05  #: seconds until another starts: first it is seen whether the player has died with it
SWEEPING = 1.0  #: seconds that it may take to end every key
STARTING, WRITING = 30.0, 5.0  #: seconds it may still take at the end: to start and write; to write
DYING = 0.1  #: seconds that one who is killed together with the player takes to be gone


def witness(conductor: Connection, player: Connection, events: Connection, path: Path | None) -> None:
    """The witness's process."""
    from instrument.ports.log.watchdog import run

    run(conductor, player, events, path)


class Witnessing:
    """thread: the conductor's, but for `osc` and `said`, which are any's."""

    def __init__(self, path: Path | None, say: Callable[[str], None], player: Callable[[object], None]) -> None:
        """path: of the log, NAME.jsonl, or None for none; player: sends to the player's process."""
        self.path, self._say, self._player = path, say, player
        self.child = Child("witness", witness, self._given)
        self.child.begun, self._again = self._begun, False
        self.hears: dict[type, Callable[[Any], object]] = {Said: lambda said: say(said.line), Watching: self._watching}
        self.ports: tuple[str, ...] = ()  #: the outputs it watches over
        self._systems: tuple[str, ...] = ()  # the same, by the system's names
        self._told = False  # the one that watches now knows what sounds
        self._lay()

    def _lay(self) -> None:
        """New lines, the player's and ours."""
        context = get_context("spawn")
        tape, self.line = context.Pipe(duplex=False)  #: line: the player's end
        events, ours = context.Pipe(duplex=False)
        self._heard, self._events = (tape, events), Tape(ours)

    def start(self) -> None:
        """Start the process. From now on the player's end of its line is the player's alone."""
        self.child.start()

    def _begun(self) -> None:
        """It has started: its ends are its own, and the player's of another one's line goes to the player."""
        if self._again:
            self._player(Watch(bytes(ForkingPickler.dumps(self.line))))
        for end in (*self._heard, self.line):
            end.close()

    def osc(self, data: bytes, client: tuple[Any, ...]) -> None:
        """A datagram has come in. blocks: never."""
        self._events.put(("event", {"osc": data.hex(), "from": f"{client[0]}:{client[1]}"}))

    def said(self, line: str) -> None:
        """A line was shown to people."""
        self._events.put(("event", {"said": line}))

    def why(self, why: Why) -> None:
        """Why notes were chosen."""
        self._events.put(("event", why.plain()))

    def gone(self) -> None:
        """It has died: another watches over the notes. The session log ends, since its beginning is not known there."""
        logged, self.path, self._told = self.path, None, False
        line = "the watch over hanging notes has died; another is starting"
        self._say(line + "; the session log ends" * bool(logged))
        self._events.close()
        self._again = True
        self.child.later(SHORTLY)

    def instead(self, plugs: Child) -> None:
        """The player has died: where nobody watched, every key of its ports is ended from here, by the process that
        looks for ports, since it has clients at hand; else by ours. blocks: two seconds at most."""
        if self._told and self.child.stays(DYING):
            return
        if plugs.line is not None:
            plugs.send(Sweep(self._systems))
            if any(isinstance(message, Sweep) for message in plugs.rest(Sweep, SWEEPING)):
                return
        sweep(self._systems)

    def _watching(self, watching: Watching) -> None:
        self.child.alive()
        self._told = True
        self.ports, self._systems = watching.ports, watching.systems

    def close(self) -> None:
        """Let it write what there is, and end it. It ends by itself once its lines have closed; of a short session on a
        busy machine it may only now begin to write. blocks: where it hangs, so long as STARTING or WRITING says."""
        self._events.close()
        self.child.end(patience=WRITING if self._told or self.path is None else STARTING)

    def _given(self) -> tuple[Any, ...]:
        if self._again:
            self._lay()
        return *self._heard, self.path
