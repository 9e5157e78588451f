"""The conductor: from a patch to a running rig. Starts the processes, carries messages, restarts, panics.

Player and thinker are processes of their own; this one passes on what they say. A dead thinker is replaced while the
player goes on; a dead player ends the show, its notes ended from here. What is `attached` starts and ends with the
performance.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.devices.plugged import NOTHING
from instrument.controls.explanations import ThinkerFigures, Thought, Why
from instrument.controls.readings import READINGS
from instrument.controls.requests import Extend, Laid, Rethink, ThinkerReady, TurnBack
from instrument.files.patch import Patch
from instrument.music.events import Span
from instrument.playing.messages import (
    Act,
    Announced,
    Change,
    FirstNote,
    PlayerEnded,
    PortsOpened,
    Present,
    Said,
    Status,
    ThinkerState,
)
from instrument.playing.sets.calling import calling, uncalled
from instrument.playing.time.clock import SystemClock
from instrument.ports.network.allowed import Allowed
from instrument.ports.patch_remote import PATCH_ACTIONS
from instrument.ports.remote import Remote
from instrument.rig.accompanist_service import AccompanistService
from instrument.rig.child_processes import Body, Child, look, play, think
from instrument.rig.cluster.relay import run as relay
from instrument.rig.cluster.two_thinkers import TwoThinkers
from instrument.rig.ensemble.ensemble_service import ACTIONS as OF_ENSEMBLE
from instrument.rig.ensemble.ensemble_service import EnsembleService, alone
from instrument.rig.messenger import Messenger
from instrument.rig.microphone_service import MicrophoneService
from instrument.rig.midi_learn import MidiLearn, Touched
from instrument.rig.mixer_check import possible
from instrument.rig.network_notes import NetworkNotes
from instrument.rig.openings import FurtherOpenings
from instrument.rig.remote_side import RemoteSide
from instrument.rig.repertoire_steps import ACTIONS, RepertoireSteps
from instrument.rig.setup import Rig, begun, live, remote_setup, session_log, stage
from instrument.rig.watchdog_service import WatchdogService
from instrument.rig.way_back.going_back import GOES, GoingBack

Say = Callable[[str], None]

RECENT = 128  #: announced bars that are held


class Attached(Protocol):
    """What goes along with a performance: OSC, a page, a log."""

    def start(self) -> None: ...

    def close(self) -> None: ...


class Conductor(Messenger, RemoteSide):
    """One performance. `run` blocks until it is over; `stop` ends it from any thread or a signal handler."""

    def __init__(self, patch: Patch, rig: Rig, say: Say, seed: int | None = None, body: Body = play) -> None:
        """say: shows one line to people; seed: in place of the patch's (ValueError out of range); body: what runs in
        the player's process."""
        super().__init__(self.say)
        self.patch, self.rig, self._show = patch, rig, say
        self.snapshot = begun(patch, rig, seed)
        self.figures: dict[str, float] = {}
        self.readings: dict[str, Value] = {name: reading.start for name, reading in READINGS.items()}
        self.recording: Path | None = None
        self.thought: Thought | None = None  #: how the newest measure came about
        self.announced: list[Span] = []  #: the newest bars that will be heard or were
        self.failed = False
        self.attached: list[Attached] = []
        self._ahead_min = float("inf")
        self._turning = threading.Lock()  # the snapshot, shared with those who turn controls
        self.going_back = GoingBack(self, self._turning, self._turned, self._tell, SystemClock().now)
        self.player = Child("player", body, self._given_to_player, daemon=False)
        self.notes = NetworkNotes(self.player.send)
        self.player.begun = self.notes.begin
        self.watchdogs = WatchdogService(session_log(patch, rig), self.say, self.player.send)
        self.plugs = Child("plugs", look, tuple)
        self.thinker = Child("thinker", think, lambda: (live(self.patch, rig.experts), rig.model))
        self.hears[self.player] = {
            Rethink: self.thinker.send,
            Extend: self.thinker.send,
            FirstNote: lambda first: self.figures.update(first_note_at=first.at),
            PortsOpened: self._opened,
            Announced: self._announced,
            Laid: self.going_back.laid,
            Said: lambda said: self.say(said.line),
            Status: self._status,
            PlayerEnded: self._ended,
            TurnBack: self._take_back,
        }
        self.hears[self.thinker] = {
            ThinkerReady: lambda _: self.player.send(ThinkerState(True)), Span: self._span, ThinkerFigures: self._told,
            Thought: partial(setattr, self, "thought"),
        }  # fmt: skip
        self.gone |= {self.player: self._player_gone, self.thinker: self._thinker_gone}
        self.repertoire = RepertoireSteps(self, patch.repertoire)
        self.listen(Announced, self.repertoire.announced)
        self.learning = MidiLearn(rig.midi, rig.file, self, self.player.send)
        self.accompanist = AccompanistService(patch, rig.experts, lambda: self.snapshot, self.player, self.say)
        self.accompanist.join(self.hears, self.gone, self.listen)
        if (microphone := rig.midi.microphone) is not None:
            MicrophoneService(microphone, self.player.send, self.say).join(self.hears, self.gone, self.listen)
        FurtherOpenings(patch, rig, lambda: self.snapshot, self.player.send).join(self.listen)
        if rig.thinker:
            there = Child("relay", relay, lambda: (live(self.patch, rig.experts), rig.model, rig.thinker))
            thinkers = TwoThinkers(
                self.thinker, there, self.player.send, self.say, self.publish, SystemClock().now,
                lambda: self.accompanist.wanted,
            )  # fmt: skip
            thinkers.join(self.hears, self.gone, self.player, self.listen)
        self.ensemble: EnsembleService | None = None
        if rig.ensemble is not None:
            allowed, now = Allowed(rig.allow), SystemClock().now
            self.ensemble = EnsembleService(rig.ensemble, patch.name, allowed, self, self.player.send, now)
            self.ensemble.join(self.listen)
            self.attached.append(self.ensemble)
        self.listen(Why, self.watchdogs.why)
        self.listen(Rethink, self.going_back.asked)

    def say(self, line: str) -> None:
        """Show a line to people. thread: any."""
        self.watchdogs.said(line)
        self._safely.run(lambda: self._show(line))

    # from whoever turns the controls

    def change(self, changes: list[tuple[str, Value]]) -> None:
        """Turn controls, together. The values have been checked. What this rig or this tune cannot have is said and
        left out. thread: any."""
        changes, refused = self.going_back.change(possible(changes, self.refused, self.say))
        if refused:
            self.say(refused)
        if not changes:
            return
        self._tell(Touched(tuple(name for name, _ in changes)))
        if [name for name, _ in changes] == ["setlist.go"]:
            self.remote.setlist.go(int(changes[0][1]))
        if [name for name, _ in changes] == ["repertoire.go"]:
            self.repertoire.go(int(changes[0][1]))
        if [name for name, _ in changes] == ["transport.locate"]:  # to the same bar too, so it is done and not compared
            self.act("transport.locate")

    def act(self, name: str, at: float | None = None) -> None:
        """An action from the table; while a knob is learned for it, it is not done. at: seconds at which a hand did it,
        where that is known. thread: any."""
        if self.learning.teaches(name):
            return
        if name in PATCH_ACTIONS:
            self.remote.act_on_patches(name)
        elif name in ACTIONS:
            self.repertoire.act(name)
        elif name in OF_ENSEMBLE:
            self.ensemble.act(name) if self.ensemble is not None else self.say(alone(name))
        elif name in GOES:
            if line := self.going_back.act(name):
                self.say(line)
        else:
            with self._turning:
                if called := calling(self.snapshot, name):
                    why = uncalled(self.snapshot.values, str(called.values["set.then"]))
                    self.say(why) if why else self._turned(Change(called))
                elif name == "tune.keep":
                    self.remote.keeper.keep()
                else:
                    self.player.send(Act(name, at))
        self._tell(Act(name, at))

    def get(self, name: str) -> Value:
        """A control's or a reading's value now."""
        return self.readings[name] if name in READINGS else self.snapshot.values[name]

    def _turned(self, change: Change) -> None:
        self.snapshot = change.snapshot
        self.player.send(change)
        self._tell(change)

    # what there is to know

    @property
    def thinker_pid(self) -> int | None:
        """The thinker's process number, while there is one."""
        return self.thinker.pid

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each process, as the benches name them; empty where the system does not say."""
        children = (("play.rss_mb", self.player), ("think.rss_mb", self.thinker))
        return {name: rss for name, child in children if (rss := child.resident())}

    # the performance

    def run(self) -> int:
        """Play. Returns the exit status: 0, or 1 where the player died."""
        self.remote = Remote(remote_setup(self.rig), self, self.patch.name, self.say, self.patch)
        self._show = self.remote.showing(self._show)
        self.remote.osc.overheard = self.watchdogs.osc
        self.remote.notes.always = self.rig.midi.microphone is not None
        attached: list[Attached] = [self.remote, *self.attached]
        try:
            for child in self.hears:
                if not child.waits:
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

    # from the player

    def _opened(self, opened: PortsOpened) -> None:
        self.recording = opened.recording
        self.watchdogs.start(self.hears, self.gone)
        if opened.midi or self.rig.midi != NOTHING:
            self.hears[self.plugs], self.gone[self.plugs] = {Present: self._present}, self.plugs.replace
            self.plugs.start()
        self.say("; ".join(line.rstrip(".") for line in opened.lines))
        self.say(self.remote.line())
        self.say("stop: Ctrl-C")

    def _present(self, present: Present) -> None:
        self.plugs.alive()
        self.player.send(present)

    def _announced(self, announced: Announced) -> None:
        self.going_back.announced(announced)
        self.announced = [*self.announced[1 - RECENT :], announced.span]  # whoever reads the list goes on with it

    def _status(self, status: Status) -> None:
        self.readings.update(status.readings())
        if status.playing and any(span.source in ("composed", "known") for span in self.announced[-1:]):
            self.figures["bars_ahead_min"] = self._ahead_min = min(self._ahead_min, status.ahead)

    def _take_back(self, back: TurnBack) -> None:
        with self._turning:
            if self.snapshot.values[back.name] == back.was:  # nobody has turned it since
                self._turned(Change(self.snapshot.with_value(back.name, back.value)))

    def _ended(self, ended: PlayerEnded) -> None:
        self.figures.update(ended.figures)
        self._over = True

    def _player_gone(self) -> None:
        """Its notes are ended by the watches, which have known before us; where both have died with it, from here."""
        self.failed = self._over = True
        self.watchdogs.instead(self.plugs)
        self.say("the player has died; every port is closed")

    def _given_to_player(self) -> tuple[Any, ...]:
        return stage(self.patch, self.rig, self.snapshot), self.watchdogs.lines

    # from the thinker

    def _span(self, span: Span) -> None:
        self.thinker.alive()
        self.player.send(span)

    def _told(self, told: ThinkerFigures) -> None:
        self.readings.update(told.readings)
        if told.line:
            self.say(told.line)

    def _thinker_gone(self) -> None:
        self.player.send(ThinkerState(False))
        if self.thinker.replace():
            self.say("the thinker has died; the music goes on and a new one is starting")
        else:
            self.say("the thinker keeps failing; the player goes on repeating, another is tried. Run: lilt doctor")

    # the end

    def _end(self) -> None:
        """End every note, then the processes. The player gets two seconds, then it is ended for it."""
        for message in self.player.rest(PlayerEnded, 2.0):  # what it still says, its last figures among it
            if isinstance(message, PlayerEnded):
                self.figures.update(message.figures)
        self.player.end(patience=2.0)
        self.watchdogs.close()
        for child in self.hears:
            child.end()
