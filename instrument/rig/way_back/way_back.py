"""Requests for undo: undo and redo, temporary changes, the tune before, and which loops there can be.

It makes the changes of the controls that the player is sent, and knows no process, no port and no time of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from instrument.controls.control import Value
from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import COMPOSING, LOOPING
from instrument.music.events import Span
from instrument.music.repertoire.known_tune import KnownTunes
from instrument.playing.messages import Change
from instrument.rig.way_back.history import NEVER, History, restored, told
from instrument.rig.way_back.tunes_played import TunesPlayed

Changes = list[tuple[str, Value]]
Lent = tuple[Snapshot, tuple[Snapshot, ...], tuple[Snapshot, ...]]  #: controls, what can be undone, and redone


class WayBack:
    """Requests for undo, redo, temporary changes and loops. thread: one at a time. blocks: never."""

    def __init__(self, snapshot: Snapshot, now: Callable[[], float]) -> None:
        """snapshot: the controls that the music begins with; now: seconds, never going back."""
        self.history, self.tunes, self._now = History(), TunesPlayed(snapshot), now
        self._lent: Lent | None = None  # as it was when `temp` was pressed

    def asked(self, request: Rethink) -> None:
        """The player has asked the thinker."""
        self.tunes.asked(request.plan, request.snapshot)

    def announced(self, span: Span) -> None:
        """A span will be heard."""
        self.tunes.announced(span)

    def turn(self, here: Snapshot, changes: Changes, stay: Collection[str] = ()) -> Change:
        """Controls are turned. stay: those that somebody else turns, who leads: they are neither undone nor given back.
        Raises KeyError, ValueError as `Snapshot.with_values` does."""
        after = here.with_values(changes)
        held = after.values["temp"]
        if held and self._lent is None:
            self._lent = (here, self.history.past, self.history.future)
        if not held and self._lent is not None:
            return self._give_back(here, [one for one in changes if one[0] != "temp"], stay)
        after = self._released(here, after, changes)
        if not {name for name, _ in changes} <= {*stay}:
            self.history.turned(here, after, self._now())
        return Change(after)

    def new_tune(self, here: Snapshot) -> Change:
        """Another tune is asked for."""
        after = self._released(here, here.with_new_tune(), [])
        self.history.turned(here, after, self._now())
        return Change(after)

    def known(self, here: Snapshot, known: KnownTunes, changes: Changes) -> Change:
        """A known tune is called for, and controls are turned with it. Raises as `turn` does."""
        after = self._released(here, here.with_known(known, changes), changes)
        self.history.turned(here, after, self._now())
        return Change(after)

    def undo(self, here: Snapshot, stay: Collection[str] = ()) -> tuple[Change | None, str]:
        """The last change is taken back: what the player is sent, if anything, and a line for people."""
        return self._went("undone", here, self.history.undo(here), stay)

    def redo(self, here: Snapshot, stay: Collection[str] = ()) -> tuple[Change | None, str]:
        """It is made again."""
        return self._went("redone", here, self.history.redo(here), stay)

    def tune_back(self, here: Snapshot) -> tuple[Change | None, str]:
        """The tune before is to be played again, from its top, with the controls that it was composed with."""
        tune = self.tunes.before()
        if tune is None:
            return None, "there is no tune before this one"
        controls = self.tunes.controls(tune.plan)
        values = {name: controls.values[name] for name in COMPOSING if name not in (*NEVER, "tune.stay")}
        after = replace(
            here,
            version=here.version + 1,
            tune=controls.tune,
            known=controls.known,
            values={**here.values, **values, "loop.on": False},
        )
        self.history.turned(here, after, self._now(), moved=True)
        return Change(after, top=tune.start), ""

    def loop_at(self, here: Snapshot, action: str, bar: int) -> tuple[Changes, str]:
        """The loop begins or ends with the bar that sounds: the changes, or none and a line that says why."""
        if bar < 1:
            return [], "nothing is playing; start it, or set loop.from and loop.to"
        if action == "loop.begin":
            return [("loop.from", bar), ("loop.to", max(bar, int(here.values["loop.to"])))], ""
        return [("loop.to", bar)], ""

    def refusal(self, here: Snapshot, changes: Changes) -> str:
        """Why there can be no such loop, in one line; "" where there can, or where none is asked for."""
        values = {name: here.values[name] for name in LOOPING} | dict(changes)
        if all(values[name] == here.values[name] for name in LOOPING):
            return ""
        first, last = int(values["loop.from"]), int(values["loop.to"])
        if last < first:
            return f"a loop from bar {first} to bar {last} ends before it begins; set both together, or loop.to first"
        bars = self.tunes.bars() if all(name in LOOPING for name, _ in changes) else None
        if bars is not None and last > bars:
            return f"the tune has {bars} bars, and no bar {last} for a loop to end with"
        return ""

    def _went(
        self, verb: str, here: Snapshot, there: Snapshot | None, stay: Collection[str]
    ) -> tuple[Change | None, str]:
        if there is None:
            return None, f"nothing can be {verb}"
        after = restored(here, there, stay)
        return Change(after, undone=there.version), told(verb, here, after)

    def _give_back(self, here: Snapshot, changes: Changes, stay: Collection[str]) -> Change:
        """`temp` is let go."""
        assert self._lent is not None
        (there, self.history.past, self.history.future), self._lent = self._lent, None
        back = restored(here, there, stay)
        back = replace(back, values={**back.values, "temp": False})
        after = replace(back.with_values(changes), version=back.version)
        if changes:
            self.history.turned(back, after, self._now())
        return Change(after, undone=there.version)

    def _released(self, here: Snapshot, after: Snapshot, changes: Changes) -> Snapshot:
        """The controls with the loop off, where another tune is asked for and nobody says what becomes of the loop."""
        another = (here.seed, here.tune) != (after.seed, after.tune)
        if not another or "loop.on" in dict(changes) or not after.values["loop.on"]:
            return after
        return replace(after, values={**after.values, "loop.on": False})
