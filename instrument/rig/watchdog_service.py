"""Watchdogs over the player's notes, and the session log, as the conductor has them: two processes that know the notes.

Each is told by the player itself, and each ends its notes, so that whichever two processes die together, one is left
that does. The first writes the session log as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from instrument.controls.explanations import Why
from instrument.playing.messages import Said, Sweep, Watching
from instrument.ports.midi.sweep import sweep
from instrument.rig.child_processes import Child
from instrument.rig.watch_child import WatchChild

SWEEPING = 1.0  #: seconds that it may take to end every key
DYING = 0.1  #: seconds that one who is killed together with the player takes to be gone


class WatchdogService:
    """Watchdog service of a performance. thread: the conductor's, but for `osc` and `said`, which are any's."""

    def __init__(self, path: Path | None, say: Callable[[str], None], player: Callable[[object], None]) -> None:
        """path: of the log, NAME.jsonl, or None for none; player: sends to the player's process."""
        self._say = say
        self.first = WatchChild("watchdog", 0, path, player)
        self.second = WatchChild("second watch", 1, None, player)
        self.both = (self.first, self.second)

    @property
    def lines(self) -> tuple[Connection, ...]:
        """The player's ends of the lines to them, until they start."""
        return tuple(watch.line for watch in self.both)

    @property
    def ports(self) -> tuple[str, ...]:
        """The outputs that both watch over, by the rig's names."""
        return tuple(name for name in self.first.ports if name in self.second.ports)

    def start(self, hears: dict[Child, dict[type, Any]], gone: dict[Child, Callable[[], object]]) -> None:
        """Start the processes, and say who hears them. From now on the player's ends are the player's alone."""
        for watch in self.both:
            watch.child.start()
            hears[watch.child] = {Said: partial(self._said, watch), Watching: watch.watching}
            gone[watch.child] = partial(self._gone, watch)

    def osc(self, data: bytes, client: tuple[Any, ...]) -> None:
        """A datagram has come in. blocks: never."""
        self.first.put({"osc": data.hex(), "from": f"{client[0]}:{client[1]}"})

    def said(self, line: str) -> None:
        """A line was shown to people."""
        self.first.put({"said": line})

    def why(self, why: Why) -> None:
        """Why notes were chosen."""
        self.first.put(why.plain())

    def instead(self, plugs: Child) -> None:
        """The player has died: where no watch is left, every key of its ports is ended from here, by the process that
        looks for ports, since it has clients at hand; else by ours. blocks: two seconds at most."""
        if any(watch.told and watch.child.stays(DYING) for watch in self.both):
            return
        systems = tuple(dict.fromkeys(name for watch in self.both for name in watch.systems))
        if plugs.line is not None:
            plugs.send(Sweep(systems))
            if any(isinstance(message, Sweep) for message in plugs.rest(Sweep, SWEEPING)):
                return
        sweep(systems)

    def close(self) -> None:
        """Let the log be written, and end them. blocks: where one hangs; see `WatchChild.close`."""
        for watch in self.both:
            watch.close()

    def _said(self, watch: WatchChild, said: Said) -> None:
        """What both have done is said once."""
        if watch is self.first or not self.first.told:
            self._say(said.line)

    def _gone(self, watch: WatchChild) -> None:
        watch.gone()
        self._say("the watch over hanging notes has died; another is starting")
