"""Undo, redo and `tune.back` carried out in a performance, with the controls as they are now.

It stands between the conductor, who has the controls and tells the player, and the way back, which knows how they were.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from instrument.controls.control import Value
from instrument.controls.requests import Laid, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import LOOPING
from instrument.music.repertoire.known_tune import KnownTunes
from instrument.playing.ensemble.packets import SHARED
from instrument.playing.messages import Announced, Change
from instrument.rig.way_back.way_back import Changes, WayBack

GOES = ("undo", "redo", "tune.back", "tune.new", "loop.begin", "loop.end")  #: actions that are done here
LEADS = ("locked", "holding", "linked", "rolling")  #: states of a clock that somebody else turns the tempo by


class ControlsHost(Protocol):
    """What this needs of the conductor."""

    snapshot: Snapshot
    readings: dict[str, Value]


class GoingBack:
    """Undo, redo and `tune.back`, carried out. thread: any."""

    def __init__(
        self, performance: ControlsHost, lock: threading.Lock, turned: Callable[[Change], None],
        tell: Callable[[object], None], now: Callable[[], float],
    ) -> None:  # fmt: skip
        """lock: of the controls; turned: they are others from now on, called under it; tell: lets those who listen hear
        a message; now: seconds, never going back."""
        self._performance, self._lock, self._turned, self._tell = performance, lock, turned, tell
        self.way_back = WayBack(performance.snapshot, now)

    def change(self, changes: Changes) -> tuple[Changes, str]:
        """Turn controls. Returns those that were turned, and why the others were not, in one line, or ""."""
        with self._lock:
            return self._change(changes)

    def call(self, known: KnownTunes, changes: Changes) -> None:
        """Call for a known tune, and turn controls with it."""
        with self._lock:
            self._turned(self.way_back.known(self._performance.snapshot, known, changes))

    def know(self, known: KnownTunes) -> None:
        """Other tunes of the repertoire go with the controls; what plays stays."""
        with self._lock:
            here = self._performance.snapshot
            if here.known is not None and here.known.load == known.load:
                self._turned(Change(replace(here, version=here.version + 1, known=known)))

    def refusal(self, changes: Changes) -> str:
        """Why these changes cannot be made as things stand, in one line, or ""."""
        with self._lock:
            return self.way_back.refusal(self._performance.snapshot, changes)

    def act(self, name: str) -> str:
        """One of `GOES`. Returns a line for people, or ""."""
        with self._lock:
            way_back, here = self.way_back, self._performance.snapshot
            change: Change | None
            if name in ("loop.begin", "loop.end"):
                changes, line = way_back.loop_at(here, name, int(self._performance.readings["tune.bar"]))
                return line or self._change(changes)[1]
            if name == "tune.new":
                change, line = way_back.new_tune(here), ""
            elif name == "tune.back":
                change, line = way_back.tune_back(here)
            else:
                change, line = (way_back.undo if name == "undo" else way_back.redo)(here, self._led())
            if change is not None:
                self._turned(change)
            return line

    def asked(self, request: Rethink) -> None:
        """The player has asked the thinker."""
        with self._lock:
            self.way_back.asked(request)

    def laid(self, laid: Laid) -> None:
        """The player has planned something by itself."""
        with self._lock:
            if laid.snapshot is not None and laid.spans:
                self.way_back.tunes.asked(laid.spans[0].plan, laid.snapshot)
        for span in laid.spans:
            self._tell(span)

    def announced(self, announced: Announced) -> None:
        """A span will be heard."""
        with self._lock:
            self.way_back.announced(announced.span)

    def _change(self, changes: Changes) -> tuple[Changes, str]:
        here = self._performance.snapshot
        if refused := self.way_back.refusal(here, changes):
            changes = [one for one in changes if one[0] not in LOOPING]
        if changes:
            self._turned(self.way_back.turn(here, changes, self._led()))
        return changes, refused

    def _led(self) -> tuple[str, ...]:
        """The controls that somebody else turns, who leads."""
        readings = self._performance.readings
        tempo = ("clock.bpm",) if readings["clock.state"] in LEADS else ()
        return (*tempo, *SHARED) if readings["ensemble.role"] in ("follows", "rests") else tempo
