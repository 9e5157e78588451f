"""Remote control as the conductor serves it: what this rig cannot have, patches by Program Change, others' readings."""

from __future__ import annotations

from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import LOOPING
from instrument.playing.messages import Plug
from instrument.playing.performance import LISTENERS
from instrument.playing.sets.calling import uncalled
from instrument.ports.remote import Remote
from instrument.rig.child_processes import Child
from instrument.rig.ensemble.ensemble_setup import SHARED_CLOCKS
from instrument.rig.mixer_check import outputs_of, refused
from instrument.rig.network_notes import NetworkNotes
from instrument.rig.repertoire_steps import NONE, keeps_meter
from instrument.rig.setup import Rig
from instrument.rig.way_back.going_back import GoingBack


class RemoteSide(Protocol):
    """A part of the conductor. What it needs of the rest stands at its head, without a body."""

    rig: Rig
    remote: Remote
    snapshot: Snapshot
    readings: dict[str, Value]
    going_back: GoingBack
    notes: NetworkNotes
    player: Child

    def say(self, line: str) -> None:
        """Show a line to people. thread: any."""

    def refused(self, changes: list[tuple[str, Value]]) -> dict[str, str]:
        """By name, what of some changes cannot be had on this rig, or of this tune, and why. thread: any."""
        found = refused(self.snapshot.values, changes, *outputs_of(self.rig.midi))
        loop = [change for change in changes if change[0] in LOOPING]
        if loop and (reason := self.going_back.refusal(loop)):  # its ends are turned together, or neither
            found |= dict.fromkeys((name for name, _ in loop), reason)
        turned = dict(changes)
        if "set.then" in turned and (why := uncalled({**self.snapshot.values, **turned}, str(turned["set.then"]))):
            found["set.then"] = why
        if self.rig.ensemble is not None and turned.get("clock.source", "link") not in SHARED_CLOCKS:
            found["clock.source"] = f"an ensemble plays by one clock: {', '.join(SHARED_CLOCKS)}"
        if reason := keeps_meter(self.snapshot, dict(changes)):
            found["tune.meter"] = reason
        if dict(changes).get("tune.known") and self.snapshot.known is None and len(changes) == 1:
            found["tune.known"] = NONE
        return found

    def recall(self, program: int) -> None:
        """The step of the set list of that number, 0..127, where there is one; else the patch, as the rig orders them.
        Heard from the next bar not yet announced."""
        if self.remote.stepped(program):
            return
        patches = self.remote.patches() if self.rig.midi.programs is None else self.rig.midi.programs
        if program < len(patches):
            self.remote.recall(patches[program])
        elif patches:
            self.say(f"program {program + 1}: there are {len(patches)} patches")

    def publish(self, readings: dict[str, Value]) -> None:
        """Readings that somebody else knows. thread: any."""
        self.readings.update(readings)

    def play_note(self, record: tuple[Any, ...]) -> None:
        """A key of a page's, or a note over OSC, to the player. thread: any. blocks: never."""
        self.notes.put(record)

    def tell_notes(self, on: bool) -> None:
        """Have the player tell what sounds, or not. thread: any."""
        self.player.send(Plug(LISTENERS, on))

    @property
    def osc_address(self) -> tuple[str, int]:
        """Where OSC is listened for."""
        return self.remote.osc.address
