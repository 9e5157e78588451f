"""MIDI learn in a performance: controllers turn controls, recall patches, and are learned into the rig file.

To learn: fire `midi.learn`, touch a control (by OSC, on the page; one that says its present value counts), move a knob.
An action that is touched so is aimed at and not done, but for panic. Every hand that turns controls passes through the
conductor, so this only listens; what it does, it does as any other hand would. It never waits for ever without a word.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.devices.plugged import Plugged
from instrument.controls.knobs.knob import moved
from instrument.controls.knobs.knob_map import Knobs
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.files.bounded import read_text
from instrument.files.rig_file import LARGEST
from instrument.files.rig_writer import save, with_knobs
from instrument.playing.messages import Act, Change, Released, Status, Switches
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.time.clock import Clock, SystemClock

LEARN, FORGET, PANIC = "midi.learn", "midi.forget", "panic"
REMIND, PATIENCE = 10.0, 40.0  #: seconds of waiting after which it is said what for, and after which it is over


@dataclass(frozen=True, slots=True)
class Touched:
    """Controls have been set by somebody, to another value or to what they were."""

    names: tuple[str, ...]


class LearningHost(Protocol):
    """What this needs of the conductor."""

    snapshot: Snapshot
    readings: dict[str, Value]

    def change(self, changes: list[tuple[str, Value]]) -> None: ...
    def act(self, name: str) -> None: ...
    def get(self, name: str) -> Value: ...
    def say(self, line: str) -> None: ...
    def recall(self, program: int) -> None: ...
    def listen(self, kind: type, receiver: Callable[[Any], object]) -> None: ...


class MidiLearn:
    """MIDI learn. thread: `hear` is the conductor's; controls may be touched by any."""

    def __init__(
        self,
        plugged: Plugged,
        file: Path,
        performance: LearningHost,
        player: Callable[[object], None],
        clock: Clock | None = None,
    ) -> None:
        """file: where what is learned goes; player: sends to the player's process."""
        self.knobs, self.file = Knobs(plugged.knobs), file
        self._inputs = [port.name for port in plugged.inputs]
        self._clock = clock or SystemClock()
        self._refusal = ""  # the newest reason why what moves is not learned
        self._since, self._reminded = 0.0, False  # when it began to wait for what it waits for
        self._performance, self._player = performance, player
        self._lock = threading.RLock()
        self._values = performance.snapshot.values
        self._touched = ""  # the control or action that was touched last
        self._armed = False  # waits for a control or a knob
        self._own = 0  # the thread in which a change under way is a knob's
        performance.listen(ReceivedMidi, self.hear)
        performance.listen(Released, lambda released: self.let_go(released.port))
        performance.listen(Change, self._change)
        performance.listen(Touched, self._touched_all)
        performance.listen(Act, lambda act: self._act(act.name))
        performance.listen(Status, lambda _: self._wait())

    def hear(self, heard: ReceivedMidi) -> None:
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
            before = self.knobs.target
            done = self.knobs.hear(message, heard.at, performance.get)
            if done.learned:
                self._armed = False
                self._learned()
            if self.knobs.target not in ("", before):  # it was a button, and a knob is still waited for
                self._armed = True
                self._aim(self.knobs.target)
            if self.knobs.target and done.said == self._refusal:
                done.said = ""  # said already
            self._refusal = (done.said or self._refusal) if self.knobs.target else ""
        self._own = threading.get_ident()  # not under the lock: others hold the controls' and wait for ours
        if done.changes:
            performance.change(done.changes)
        if done.said:
            performance.say(done.said)
        for name in done.fired:
            performance.act(name)
        self._own = 0

    def let_go(self, port: str) -> None:
        """An input holds nothing any more: it has gone, or fallen silent."""
        with self._lock:
            changes = self.knobs.let_go(port)
        if changes:
            self._performance.change(changes)

    def teaches(self, name: str) -> bool:
        """Whether an action that somebody asks for is only touched, so that a knob may learn it, and not done.
        thread: any."""
        if not self._armed or name in (LEARN, FORGET, PANIC) or self._own == threading.get_ident():
            return False
        with self._lock:
            self._touch(name)
        return True

    def _touched_all(self, touched: Touched) -> None:
        """Controls have been set, to what they were or not."""
        if self._own == threading.get_ident() or len(touched.names) != 1:
            return
        name = touched.names[0]
        if name == "clock.bpm" and self._performance.readings.get("clock.state", "internal") != "internal":
            return  # it is turned by whoever leads, all the time
        with self._lock:
            self._touch(name)

    def _change(self, change: Change) -> None:
        with self._lock:
            before, self._values = self._values, change.snapshot.values
            touched = [name for name, value in self._values.items() if before.get(name) != value]
            led = self._performance.readings.get("clock.state", "internal") != "internal"
            if self._own != threading.get_ident() and len(touched) == 1 and not (led and touched == ["clock.bpm"]):
                self._touch(touched[0])

    def _act(self, name: str) -> None:
        with self._lock:
            if name == LEARN:
                self._armed = not (self._armed or self.knobs.target)
                self._aim("")
                self._performance.say(
                    "learning: touch a control, then move a knob" if self._armed else "not learning any more"
                )
                if self._armed and not self._inputs:
                    self._performance.say("but there is no MIDI input; name one with --input, or in the rig file")
            elif name == FORGET:
                gone = self.knobs.forget(self._touched)
                what = " and ".join(map(str, gone)) or "no knob"
                self._performance.say(f"{self._touched or 'nothing touched yet'}: {what} forgotten")
                if gone:
                    self._learned()
            elif self._own != threading.get_ident():
                self._touch(name)

    def _wait(self) -> None:
        """About once a second: what has been waited for long is said, then given up."""
        with self._lock:
            if not self._armed and not self.knobs.target:
                return
            waited = self._clock.now() - self._since
            name = self.knobs.target
            what = f"learning {name}: no knob has moved" if name else "learning: no control has been touched"
            if waited >= PATIENCE:
                self._armed = False
                self._aim("")
                self._performance.say(f"{what}; not learning any more")
            elif waited >= REMIND and not self._reminded:
                self._reminded = True
                heard = f"inputs: {', '.join(self._inputs) or 'none'}; last: {self._last()}"
                self._performance.say(f"{what} yet ({heard})" if name else f"{what} yet")

    def _last(self) -> str:
        return str(self._performance.readings.get("midi.last", "")) or "nothing"

    def _touch(self, name: str) -> None:
        self._touched = name
        if self._armed and name != self.knobs.target:
            self._aim(name)
            self._performance.say(f"learning {name}: move a knob" + (" or press a pad" if _switch(name) else ""))

    def _aim(self, name: str) -> None:
        self.knobs.target = name
        self._since, self._reminded = self._clock.now(), False
        self._performance.readings["midi.learning"] = name

    def _learned(self) -> None:
        """The knobs are others: the player and the rig file must know."""
        self._aim(self.knobs.target)
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
    return name not in CONTROLS or CONTROLS[name].kind == "bool" or CONTROLS[name].stepped
