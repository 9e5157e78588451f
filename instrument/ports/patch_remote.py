"""Patch recall: patches loaded whole, saved as they stand, and stepped through by a set list.

A part of remote control of its own: what it needs of the rest stands at its head, without a body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.files.patch import Patch, PatchError, find
from instrument.files.repertoire import Repertoire
from instrument.files.setlist_file import Step
from instrument.files.setlist_steps import ACTIONS, SetlistSteps
from instrument.files.shipped import patch_names
from instrument.ports.patch_saver import Done, PatchSaver
from instrument.ports.tunebook_keeper import TunebookKeeper

PATCH_ACTIONS = ("patch.save", *ACTIONS)  #: actions of the table that are patches'


class KnownTunesHost(Protocol):
    """Known tunes, as the conductor has them (`instrument.rig.repertoire_steps`)."""

    repertoire: Repertoire | None

    def load(self, name: str) -> None: ...
    def take(self, text: str, name: str = "") -> None: ...
    def begin(self, repertoire: Repertoire, values: Mapping[str, Value] | None = None) -> None: ...
    def go(self, number: int) -> None: ...
    def told(self) -> dict[str, Any]: ...


class PatchRemote(Protocol):
    """Patch recall, saving and set lists, by remote. thread: any. Never blocks."""

    playing: str  #: name of the patch that plays
    keeper: TunebookKeeper
    saver: PatchSaver
    setlist: SetlistSteps
    known: KnownTunesHost
    say: Callable[[str], None]
    _started: Patch | None
    _base: Patch | None  #: what plays, as it is saved
    _publish_readings: Callable[[dict[str, Value]], None]

    def turned(self) -> None:
        """Something is new."""

    def _turn_all(self, values: dict[str, Value]) -> None: ...

    def _lasting(self, values: dict[str, Value]) -> dict[str, Value]: ...

    def patches(self) -> list[str]:
        """Names of the patches there are: those that came along, and one's own."""
        return patch_names(self.saver.folder)

    def recall(self, patch: str) -> None:
        """Turn every control as that patch has it, together; heard from the next bar that is not announced."""
        try:
            found = find(patch, self.saver.folder)
        except PatchError as error:
            self.say(str(error))
            return
        self._play(found, dict(found.values))

    def step(self, step: Step) -> None:
        """A step of the set list, likewise."""
        self._play(step.patch, step.values)

    def _play(self, patch: Patch, values: dict[str, Value]) -> None:
        self.playing = self.keeper.patch = patch.name
        self._base = replace(patch, source=self._started.source) if self._started else patch
        if patch.repertoire is not None and values["tune.known"]:
            self.known.begin(patch.repertoire, self._lasting(values))
        else:
            self._turn_all(values)
        if self._started is not None and (rest := left_out(self._started, patch.source)):
            self.say(partly(patch.name, rest))

    def save(self, name: str, done: Done = lambda why, name: None) -> None:
        """Everything as it stands, as a patch of that name; see `PatchSaver`. Raises ValueError, one line."""
        base = self._base or find(self.playing, self.saver.folder)
        self.saver.save(name, replace(base, repertoire=self.known.repertoire), done)

    def open_tunes(self, name: str, done: Done = lambda why, name: None) -> None:
        """Play the known tunes of a file or folder. thread: any; it is read where the disk may be waited for."""
        self._have_tunes(lambda: self.known.load(name), name, done)

    def take_tunes(self, text: str, done: Done = lambda why, name: None, name: str = "") -> None:
        """Play the known tunes of a text, in ABC."""
        self._have_tunes(lambda: self.known.take(text, name), name or "the text", done)

    def _have_tunes(self, have: Callable[[], None], name: str, done: Done = lambda why, name: None) -> None:
        def job() -> None:
            try:
                have()
            except (ValueError, OSError) as error:
                why = " ".join(str(error).split())
                self.say(why)
                done(why, "")
            else:
                done("", name)
                self.turned()

        self.keeper.do(job)

    def tunes(self) -> list[dict[str, Any]]:
        """The kept tunes, by number; the same list until the book is looked at again."""
        return self.keeper.tunes

    def known_tunes(self) -> dict[str, Any]:
        """The known tunes there are, and which plays."""
        return self.known.told()

    def go_to_tune(self, number: int) -> None:
        """To that known tune, from 1."""
        self.known.go(number)

    @property
    def saved(self) -> int:
        """How often a patch has been saved."""
        return self.saver.count

    def open_setlist(self, name: str) -> None:
        """Another set list, before its first step. Raises SetlistError, one line."""
        self.setlist.load(name)

    def steps(self) -> dict[str, Any]:
        """The set list, and where it is."""
        return self.setlist.told()

    def go(self, number: int) -> None:
        """To that step of the set list."""
        self.setlist.go(number)

    def stepped(self, program: int) -> bool:
        """To the step of that number, from 0, where there is a set list; else False."""
        if self.setlist.setlist is None:
            return False
        self.setlist.go(program + 1)
        return True

    def act_on_patches(self, name: str) -> None:
        """What an action of the table does with patches or the set list. thread: any."""
        try:
            if name == "patch.save":
                self.save("")
            else:
                self.setlist.act(name)
        except ValueError as error:
            self.say(str(error))

    def _load_setlist(self, name: str, done: Done) -> None:
        self.setlist.load(name)
        done("", self.setlist.setlist.name if self.setlist.setlist else "")

    def _publish(self, readings: dict[str, Value]) -> None:
        self._publish_readings(readings)
        self.turned()


def partly(name: str, rest: str) -> str:
    """One line for a patch of which not everything comes."""
    return f"{name}: its controls and voices only; start Lilt with it for {rest}"


#: where a melody comes from, as what of a patch comes only when Lilt starts with it
SOURCES = {
    "tune": "its tune that is composed",
    "chorale": "its chorale from nothing",
    "played": "its melody, which is yours to play",
}


def left_out(started: Patch, source: str) -> str:
    """What a patch has that does not come while Lilt goes on as it was started; "" if all of it comes.

    source: where its melody comes from
    """
    return "" if source == started.source else SOURCES[source]
