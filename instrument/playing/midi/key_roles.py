"""Roles of keys: whether a key plays the melody, names the chord, plays a voice of the patch, or is a pad alone.

An input that has a role of its own has it whole. The keys of every other input are divided: those of `backing.zone`
name the chord; where there is a split, those below it have one role and those from it up another; else all of them are
the melody's. A key keeps the role that it had when it went down.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from instrument.controls.input_controls import CHORDS, MELODY, PLAYED, ROLES
from instrument.controls.snapshot import Snapshot
from instrument.music.sounds.compass import Compass, note_named, zone


class KeyRoles:
    """Roles of keys. thread: the player's. blocks: never."""

    def __init__(self, snapshot: Snapshot, inputs: Mapping[str, str] = MappingProxyType({})) -> None:
        """inputs: role of each input that has one of its own, by name."""
        self._inputs = {port: role for port, role in inputs.items() if role != MELODY}
        self._gone: set[str] = set()  # inputs that are not there
        self._zone: Compass | None = None
        self._split: int | None = None
        self._below, self._above = CHORDS, MELODY
        self.change(snapshot)

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned; keys that are down stay what they were."""
        values = snapshot.values
        self._zone = zone(str(values.get("backing.zone", "none")))
        self._split = note_named(str(values.get("input.split", "none")))
        self._below, self._above = (_role(values.get(f"input.{side}")) for side in ("below", "above"))

    def of(self, port: str, note: int) -> str:
        """The role that a key of an input has when it is struck now. note: 0..127."""
        if own := self._inputs.get(port):
            return own
        if self._zone is not None and self._zone[0] <= note <= self._zone[1]:
            return CHORDS
        if self._split is None:
            return MELODY
        return self._below if note < self._split else self._above

    def whole(self, port: str) -> str | None:
        """The role of an input that has one of its own; None for one whose keys are divided."""
        return self._inputs.get(port)

    def roles(self, port: str) -> tuple[str, ...]:
        """All roles that keys of an input have, the upper hand's first: what its pedals and wheels are for."""
        if own := self._inputs.get(port):
            return (own,)
        return (MELODY,) if self._split is None else tuple(dict.fromkeys((self._above, self._below)))

    def there(self, port: str, there: bool) -> None:
        """An input has been plugged in, or has gone."""
        (self._gone.discard if there else self._gone.add)(port)

    def by_hand(self) -> frozenset[str]:
        """Voices that somebody plays by hand: what is composed for them is not played meanwhile."""
        found = {role for port, role in self._inputs.items() if port not in self._gone}
        if self._split is not None:
            found |= {self._below, self._above}
        return frozenset(found & set(PLAYED))


def _role(name: object) -> str:
    """A role by its name; the melody's where a log of another version names one that is not here."""
    return str(name) if name in ROLES else MELODY
