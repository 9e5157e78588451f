"""The conductor: from a patch to a running rig. Starts the processes, carries messages, restarts, panics.

Player and thinker are processes of their own; this one passes on what they say. A dead thinker is replaced while the
player goes on; a dead player ends the show, its notes ended from here.

Three tables say what goes where, and are what others hang themselves on: `hears` has for each process the receiver of
each type of message; `listen` adds one who hears a type from anywhere; `attached` start and end with the performance.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.patch import Patch
from instrument.controls.readings import READINGS
from instrument.controls.requests import Extend, Laid, Ready, Rethink
from instrument.controls.rig_file import NOTHING
from instrument.controls.thoughts import Thought, Told, Why
from instrument.learning import Learning, Touched
from instrument.music.events import Span
from instrument.playing.clock import SystemClock
from instrument.playing.going_back import GOES, GoingBack
from instrument.playing.wire import Act, Announced, Change, Ended, FirstNote, Opened, Present, Said, Status, Thinker
from instrument.ports.boundary import Boundary, hearing
from instrument.ports.desk import Desk
from instrument.processes import Body, Child, look, play, think
from instrument.quartet import Quartet
from instrument.rig import Rig, arrangement, desk, session_log, stage, with_seed
from instrument.witnessing import Witnessing

Say = Callable[[str], None]
Receiver = Callable[[Any], object]


class Attached(Protocol):
    """What goes along with a performance: OSC, a page, a log."""

    def start(self) -> None: ...

    def close(self) -> None: ...


class Conductor:
    """One performance. `run` blocks until it is over; `stop` ends it from any thread or a signal handler."""

    def __init__(self, patch: Patch, rig: Rig, say: Say, seed: int | None = None, body: Body = play) -> None:
        """say: shows one line to people; seed: in place of the patch's (ValueError out of range); body: what runs in
        the player's process."""
        self.patch, self.rig, self._show = patch, rig, say
        snapshot = patch.snapshot()
        self.snapshot = with_seed(snapshot if seed is None else snapshot.with_value("tune.seed", seed))
        self.figures: dict[str, float] = {}
        self.readings: dict[str, Value] = {name: reading.start for name, reading in READINGS.items()}
        self.recording: Path | None = None
        self.thought: Thought | None = None  #: how the newest measure came about
        self.announced: list[Span] = []
        self.failed = self._over = False
        self.attached: list[Attached] = []
        self._ahead_min = float("inf")
        self._turning = threading.Lock()  # the snapshot, shared with those who turn controls
        self.going_back = GoingBack(self, self._turning, self._turned, self._tell, SystemClock().now)
        self.refusal = self.going_back.refusal
        self._stop_read, self._stop_write = multiprocessing.Pipe(duplex=False)
        self._safely = Boundary("the main process", self.say)
        self._listeners: defaultdict[type, list[Receiver]] = defaultdict(list)
        self.player = Child("player", body, self._given_to_player, daemon=False)
        self.witness = Witnessing(session_log(patch, rig), self.say, self.player.send)
        self.plugs = Child("plugs", look, tuple)
        self.thinker = Child("thinker", think, lambda: (arrangement(self.patch, rig.experts), rig.model))
        self.hears: dict[Child, dict[type, Receiver]] = {
            self.player: {
                Rethink: self.thinker.send, Extend: self.thinker.send,
                FirstNote: lambda first: self.figures.update(first_note_at=first.at),
                Opened: self._opened, Announced: self._announced, Laid: self.going_back.laid,
                Said: lambda said: self.say(said.line), Status: self._status, Ended: self._ended,
            },
            self.thinker: {Ready: lambda _: self.player.send(Thinker(True)), Span: self._span, Told: self._told,
                           Thought: self._thought},
        }  # fmt: skip
        #: what happens when one dies
        self.gone: dict[Child, Callable[[], object]] = {
            self.player: self._player_gone, self.thinker: self._thinker_gone,
        }  # fmt: skip
        self.learning = Learning(rig.midi, rig.file, self, self.player.send)
        self.quartet = Quartet(patch, rig.experts, lambda: self.snapshot, self.player, self.say)
        self.quartet.join(self.hears, self.gone, self.listen)
        self.listen(Why, self.witness.why)
        self.listen(Rethink, self.going_back.asked)

    def listen(self, kind: type, receiver: Receiver) -> None:
        """Let `receiver` hear every message of that type too, `Change` included. It must not block: it holds up
        the music's messages. thread: the conductor's, or, of a `Change`, whoever turned the control."""
        self._listeners[kind].append(receiver)

    def say(self, line: str) -> None:
        """Show a line to people. thread: any."""
        self.witness.said(line)
        self._safely.run(lambda: self._show(line))

    # from whoever turns the controls

    def change(self, changes: list[tuple[str, Value]]) -> None:
        """Turn controls, together. The values have been checked; a loop that cannot be is left out. thread: any."""
        changes, refused = self.going_back.change(changes)
        if refused:
            self.say(refused)
        if changes:
            self._tell(Touched(tuple(name for name, _ in changes)))
        if [name for name, _ in changes] == ["transport.locate"]:  # to the same bar too, so it is done and not compared
            self.act("transport.locate")

    def act(self, name: str) -> None:
        """An action from the table; while a knob is learned for it, it is not done. thread: any."""
        if self.learning.teaches(name):
            return
        if name in GOES:
            if line := self.going_back.act(name):
                self.say(line)
        else:
            with self._turning:
                self.desk.keeper.keep() if name == "tune.keep" else self.player.send(Act(name))
        self._tell(Act(name))

    def recall(self, program: int) -> None:
        """The patch of that number, 0..127, as the rig orders them; heard from the next bar not yet announced."""
        patches = self.desk.patches() if self.rig.midi.programs is None else self.rig.midi.programs
        if program < len(patches):
            self.desk.recall(patches[program])
        elif patches:
            self.say(f"program {program + 1}: there are {len(patches)} patches")

    def get(self, name: str) -> Value:
        """A control's or a reading's value now."""
        return self.readings[name] if name in READINGS else self.snapshot.values[name]

    def stop(self) -> None:
        """End the performance. thread: any, or a signal handler. blocks: never."""
        with suppress(OSError):
            self._stop_write.send("stop")

    def _turned(self, change: Change) -> None:
        self.snapshot = change.snapshot
        self.player.send(change)
        self._tell(change)

    # what there is to know

    @property
    def thinker_pid(self) -> int | None:
        """The thinker's process number, while there is one."""
        return self.thinker.pid

    @property
    def osc_address(self) -> tuple[str, int]:
        """Where OSC is listened for."""
        return self.desk.osc.address

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each process, as the benches name them; empty where the system does not say."""
        children = (("play.rss_mb", self.player), ("think.rss_mb", self.thinker))
        return {name: rss for name, child in children if (rss := child.resident())}

    # the performance

    def run(self) -> int:
        """Play. Returns the exit status: 0, or 1 where the player died."""
        self.desk = Desk(desk(self.rig), self, self.patch.name, self.say, self.patch)
        self._show = self.desk.showing(self._show)
        self.desk.osc.overheard = self.witness.osc
        attached: list[Attached] = [self.desk, *self.attached]
        try:
            for child in self.hears:
                child.start()
            for one in attached:
                one.start()
            self._carry()
        finally:
            self.player.send(Act("quit"))  # the notes first
            for one in attached:
                self._safely.run(one.close)
            self._end()
        return 1 if self.failed else 0

    def _carry(self) -> None:
        """Carry messages until the player ends or somebody stops us."""
        while not self._over:
            lines = {child.line.connection: child for child in self.hears if child.line is not None}
            left = min(child.again() for child in self.hears)
            ready = wait([self._stop_read, *lines], None if left == float("inf") else left)
            if self._stop_read in ready:
                return
            for line, child in lines.items():
                if line in ready:
                    self._hear(child)

    def _hear(self, child: Child) -> None:
        messages = child.receive()
        if messages is None:
            self.gone[child]()
            return
        for message in messages:
            if receiver := self.hears[child].get(type(message)):
                self._safely.run(partial(receiver, message), hearing(message))
            self._tell(message)

    def _tell(self, message: object) -> None:
        for receiver in self._listeners[type(message)]:
            self._safely.run(partial(receiver, message), hearing(message))

    # from the player

    def _opened(self, opened: Opened) -> None:
        self.recording = opened.recording
        self.witness.start()
        self.hears[self.witness.child], self.gone[self.witness.child] = self.witness.hears, self.witness.gone
        if opened.midi or self.rig.midi != NOTHING:
            self.hears[self.plugs], self.gone[self.plugs] = {Present: self._present}, self.plugs.replace
            self.plugs.start()
        self.say("; ".join(line.rstrip(".") for line in opened.lines))
        self.say(self.desk.line())
        self.say("stop: Ctrl-C")

    def _present(self, present: Present) -> None:
        self.plugs.alive()
        self.player.send(present)

    def _announced(self, announced: Announced) -> None:
        self.going_back.announced(announced)
        self.announced.append(announced.span)
        del self.announced[:-1000]

    def _status(self, status: Status) -> None:
        self.readings.update(status.readings())
        if status.playing and any(span.source == "composed" for span in self.announced[-1:]):
            self._ahead_min = min(self._ahead_min, status.ahead)
            self.figures["bars_ahead_min"] = self._ahead_min

    def _ended(self, ended: Ended) -> None:
        self.figures.update(ended.figures)
        self._over = True

    def _player_gone(self) -> None:
        """Its notes are ended by the witness, which has known before us; where that has died with it, from here."""
        self.failed = self._over = True
        self.witness.instead(self.plugs)
        self.say("the player has died; every port is closed")

    def _given_to_player(self) -> tuple[Any, ...]:
        return stage(self.patch, self.rig, self.snapshot), self.witness.line

    # from the thinker

    def _span(self, span: Span) -> None:
        self.thinker.alive()
        self.player.send(span)

    def _told(self, told: Told) -> None:
        self.readings.update(told.readings)
        if told.line:
            self.say(told.line)

    def _thought(self, thought: Thought) -> None:
        self.thought = thought

    def _thinker_gone(self) -> None:
        self.player.send(Thinker(False))
        if self.thinker.replace():
            self.say("the thinker has died; the music goes on and a new one is starting")
        else:
            self.say("the thinker keeps failing; the player goes on repeating, another is tried. Run: lilt doctor")

    # the end

    def _end(self) -> None:
        """End every note, then the processes. The player gets two seconds, then it is ended for it."""
        self._drain()
        self.player.end(patience=2.0)
        self.witness.close()
        for child in self.hears:
            child.end()

    def _drain(self) -> None:
        """Take what the player still says, its last figures among it."""
        for message in self.player.rest(Ended, 2.0):
            if isinstance(message, Ended):
                self.figures.update(message.figures)
