"""The accompanist's process, as the conductor keeps it: started where a patch has voices for it, replaced when it dies.

It is joined to the player by a line of its own, so that nothing stands between a key and the voices' notes.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from instrument.controls.patch import Patch
from instrument.controls.requests import Ready
from instrument.controls.snapshot import Snapshot
from instrument.music.harmony import CHAIN, Why
from instrument.networks.expert_weights import SHIPPED, load
from instrument.playing.wire import Accompanied
from instrument.ports.priority import raise_priority

RESTARTS = 20  #: accompanists in a row that may die before we stop trying


def voices(patch: Patch) -> tuple[str, ...]:
    """The accompanying voices that a patch has."""
    return tuple(voice for voice in CHAIN if voice in patch.voices)


def check(patch: Patch, weights: Path | None) -> None:
    """Refuse experts that cannot play, where the patch needs any. Raises WeightsError, one line."""
    if voices(patch):
        load(weights or SHIPPED)


def _accompany(player: Connection, conductor: Connection, weights: Path | None, snapshot: Snapshot,
               octaves: dict[str, int]) -> None:  # fmt: skip
    """The accompanist's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from instrument.thinking.accompanying import load_choir, run

    choir = load_choir(weights)
    raise_priority()
    run(player, conductor, choir, snapshot, octaves)


class Quartet:
    """thread: the conductor's main one, but for `change`."""

    def __init__(self, patch: Patch, weights: Path | None, context: SpawnContext, to_player: Callable[[object], None],
                 say: Callable[[str], None]) -> None:  # fmt: skip
        """weights: of the experts, None: the shipped; say: shows one line to people."""
        self.wanted = bool(voices(patch))
        self.why: Why | None = None  #: of the newest notes
        self.line: Connection | None = None  #: to wait on
        self._octaves = {name: patch.voices[name].octave for name in voices(patch)}
        self._weights, self._context, self._to_player, self._say = weights, context, to_player, say
        self._process: BaseProcess | None = None
        self._theirs: Connection | None = None  # the player's end, until the accompanist is ready
        self._snapshot = patch.snapshot()
        self._started = 0

    @property
    def pid(self) -> int | None:
        """The process number, while there is one."""
        return self._process.pid if self._process is not None else None

    def start(self, snapshot: Snapshot) -> None:
        """Start the process, if the patch has voices for it."""
        self._snapshot = snapshot
        if not self.wanted:
            return
        self._started += 1
        self.line, conductor = self._context.Pipe()
        self._theirs, player = self._context.Pipe()
        how = (player, conductor, self._weights, snapshot, self._octaves)
        self._process = self._context.Process(target=_accompany, args=how, name="lilt accompanist", daemon=True)
        self._process.start()
        for end in (player, conductor):
            end.close()

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned. thread: any, one at a time."""
        self._snapshot = snapshot
        if (line := self.line) is not None:
            with suppress(OSError):
                line.send(snapshot)

    def hear(self) -> Why | None:
        """What it tells, when `line` has something; a dead one is replaced."""
        assert self.line is not None
        try:
            message = self.line.recv()
        except (EOFError, OSError):
            self._replace()
            return None
        if isinstance(message, Ready) and self._theirs is not None:
            self._to_player(Accompanied(self._theirs))
            self._theirs = None
        elif isinstance(message, Why):
            self._started, self.why = 1, message
            return message
        return None

    def end(self) -> None:
        """End it. Safe to call twice."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(1.0)
            self._process = None

    def _replace(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None
        self.end()
        if self._started > RESTARTS:
            self._say("the accompanist keeps failing; the music goes on without it. Run: lilt doctor")
            return
        self._say("the accompanist has died; its notes are ended and a new one is starting")
        self.start(self._snapshot)
