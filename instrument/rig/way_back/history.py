"""History of the controls: what undo and redo go back and forth between. Plain objects, no time of their own.

A fader that is swept is one change. Where the music is and who lends what are no changes: they stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from instrument.controls.control import Value, figure
from instrument.controls.snapshot import Snapshot, turned, with_changes
from instrument.controls.table import CONTROLS

KEPT = 100  #: changes that can be undone
GESTURE = 1.0  #: seconds within which a number turned again is still the same change
NEVER = ("transport.locate", "setlist.go", "repertoire.go", "set.then", "temp")  #: controls that are not undone
SHOWN = 3  #: changes that are named; more are counted


class History:
    """History of the controls. thread: one at a time. blocks: never."""

    def __init__(self) -> None:
        self.past: tuple[Snapshot, ...] = ()
        self.future: tuple[Snapshot, ...] = ()
        self._names: frozenset[str] = frozenset()
        self._at = float("-inf")

    def turned(self, before: Snapshot, after: Snapshot, now: float, moved: bool = False) -> None:
        """The controls have been turned. now: seconds; moved: the music goes elsewhere by it, whatever they say."""
        names = frozenset(changed(before, after)) - {*NEVER}
        another = (before.tune, before.known) != (after.tune, after.known)
        if not names and not another and not moved:
            return
        same = names and names == self._names and now - self._at <= GESTURE and not another
        if not (same and self.past and all(map(_swept, names))):
            self.past = (*self.past, before)[-KEPT:]
        self._names, self._at, self.future = names, now, ()

    def undo(self, here: Snapshot) -> Snapshot | None:
        """The controls before the last change, which can be redone; None where there is none."""
        if not self.past:
            return None
        *past, there = self.past
        self.past, self.future, self._names = tuple(past), (*self.future, here), frozenset()
        return there

    def redo(self, here: Snapshot) -> Snapshot | None:
        """The controls after the change that was undone last; None where there is none."""
        if not self.future:
            return None
        *future, there = self.future
        self.past, self.future, self._names = (*self.past, here), tuple(future), frozenset()
        return there


def restored(here: Snapshot, there: Snapshot, stay: Collection[str] = ()) -> Snapshot:
    """The next version of the controls, as they were once. stay: names of those that remain as they are, besides those
    that are never undone. Pure."""
    kept = {name: here.values[name] for name in (*NEVER, *stay)}
    values = with_changes(there.values, kept)
    return replace(here, version=here.version + 1, tune=there.tune, known=there.known, values=values)


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """Names of the controls that differ. Pure."""
    return list(turned(before.values, after.values))


def told(verb: str, before: Snapshot, after: Snapshot) -> str:
    """One line for people: "undone: tune.temperature is 1 again". Pure."""
    names = changed(before, after)
    if len(names) > SHOWN:
        return f"{verb}: {len(names)} controls"
    parts = [f"{name} is {_shown(after.values[name])}" for name in names]
    parts += ["another tune"] if before.tune != after.tune else []
    return f"{verb}: {', '.join(parts) or 'the music goes on where it was'}"


def _swept(name: str) -> bool:
    """Whether a control is turned through many values on the way to one."""
    return CONTROLS[name].numeric and name != "tune.seed"


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else figure(value)
