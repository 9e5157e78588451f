"""Knobs in a performance: what controllers send turns controls, recalls patches, and is learned into the rig file.

To learn: fire `midi.learn`, touch a control (by OSC, on the page), move a knob. Every hand that turns controls passes
through the conductor, so this only listens; what it does, it does as any other hand would.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.files import read_text
from instrument.controls.knob import moved
from instrument.controls.knobs import Knobs
from instrument.controls.rig_file import LARGEST, Plugged
from instrument.controls.rig_write import save, with_knobs
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.playing.heard import Heard
from instrument.playing.wire import Act, Change, Switches

LEARN, FORGET = "midi.learn", "midi.forget"


class Performance(Protocol):
    """What this needs of the conductor."""

    snapshot: Snapshot
    readings: dict[str, Value]

    def change(self, changes: list[tuple[str, Value]]) -> None: ...
    def act(self, name: str) -> None: ...
    def get(self, name: str) -> Value: ...
    def say(self, line: str) -> None: ...
    def recall(self, program: int) -> None: ...
    def listen(self, kind: type, receiver: Callable[[Any], object]) -> None: ...


class Learning:
    """thread: `hear` is the conductor's; controls may be touched by any."""

    def __init__(
        self, plugged: Plugged, file: Path, performance: Performance, player: Callable[[object], None]
    ) -> None:
        """file: where what is learned goes; player: sends to the player's process."""
        self.knobs, self.file = Knobs(plugged.knobs), file
        self._performance, self._player = performance, player
        self._lock = threading.RLock()
        self._values = performance.snapshot.values
        self._touched = ""  # the control or action that was touched last
        self._armed = False  # waits for a control or a knob
        self._own = 0  # the thread in which a change under way is a knob's
        performance.listen(Heard, self.hear)
        performance.listen(Change, self._change)
        performance.listen(Act, lambda act: self._act(act.name))

    def hear(self, heard: Heard) -> None:
        """What has come in at a MIDI input."""
        message = moved(heard.port, heard.data)
        if message is None:
            return
        performance = self._performance
        performance.readings["midi.last"] = str(message)
        if message.kind == "program":
            performance.recall(message.value)
            return
        with self._lock:
            done = self.knobs.hear(message, heard.at, performance.get)
            if done.learned:
                self._armed = False
                self._learned()
        if done.changes:  # not under the lock: others hold the controls' and wait for ours
            self._own = threading.get_ident()
            performance.change(done.changes)
            self._own = 0
        if done.said:
            performance.say(done.said)
        for name in done.fired:
            performance.act(name)

    def _change(self, change: Change) -> None:
        with self._lock:
            before, self._values = self._values, change.snapshot.values
            touched = [name for name, value in self._values.items() if before.get(name) != value]
            if self._own != threading.get_ident() and len(touched) == 1:
                self._touch(touched[0])

    def _act(self, name: str) -> None:
        with self._lock:
            if name == LEARN:
                self._armed = not self._armed
                self._aim("")
                self._performance.say(
                    "learning: touch a control, then move a knob" if self._armed else "not learning any more"
                )
            elif name == FORGET:
                gone = self.knobs.forget(self._touched)
                what = " and ".join(map(str, gone)) or "no knob"
                self._performance.say(f"{self._touched or 'nothing touched yet'}: {what} forgotten")
                if gone:
                    self._learned()
            else:
                self._touch(name)

    def _touch(self, name: str) -> None:
        self._touched = name
        if self._armed and name != self.knobs.target:
            self._aim(name)
            self._performance.say(f"learning {name}: move a knob" + (" or press a pad" if _switch(name) else ""))

    def _aim(self, name: str) -> None:
        self.knobs.target = name
        self._performance.readings["midi.learning"] = name

    def _learned(self) -> None:
        """The knobs are others: the player and the rig file must know."""
        self._aim("")
        self._player(Switches(self.knobs.switches()))
        try:
            text = ""
            with suppress(FileNotFoundError):
                text = read_text(self.file, LARGEST)
            save(self.file, with_knobs(text, self.knobs.learned))
        except (OSError, ValueError) as error:  # on stage the file may have become anything
            why = getattr(error, "strerror", None) or str(error)
            what = " ".join(str(why).split())
            self._performance.say(f"{self.file}: {what}; what was learned lasts till the end only")


def _switch(name: str) -> bool:
    return name not in CONTROLS or CONTROLS[name].kind in ("bool", "choice", "meter")
