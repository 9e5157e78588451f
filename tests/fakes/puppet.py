"""A performance that does nothing by itself: it keeps a snapshot, notes what was asked of it, and tells who listens."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.readings import READINGS
from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find
from instrument.music.repertoire.known_tune import KnownTunes
from instrument.playing.messages import Change, PortsOpened
from instrument.playing.time.clock import SystemClock
from instrument.ports.remote import Remote
from instrument.ports.remote_setup import RemoteSetup
from instrument.rig.mixer_check import refused
from instrument.rig.repertoire_steps import RepertoireSteps


class Puppet:
    def __init__(self) -> None:
        self.snapshot = Snapshot().with_value("tune.seed", 7)
        self.readings: dict[str, Any] = {name: reading.start for name, reading in READINGS.items()}
        self.done: list[str] = []
        self.played: list[tuple[Any, ...]] = []
        self.told_notes = False
        self.tapped: list[float | None] = []
        self.said: list[str] = []
        self.told = threading.Condition()
        self.remote: Remote
        self.going_back = self
        self.repertoire = RepertoireSteps(self)
        self._listeners: defaultdict[type, list[Callable[[Any], object]]] = defaultdict(list)

    def change(self, changes: list[tuple[str, Any]]) -> None:
        with self.told:
            self.snapshot = self.snapshot.with_values(changes)
            self.told.notify_all()
        self.tell(Change(self.snapshot))

    def call(self, known: KnownTunes, changes: list[tuple[str, Any]]) -> None:
        """A known tune is called for, as the way back does it."""
        with self.told:
            self.snapshot = self.snapshot.with_known(known, changes)
            self.told.notify_all()
        self.tell(Change(self.snapshot))

    def know(self, known: KnownTunes) -> None:
        self.snapshot = replace(self.snapshot, known=known)

    def publish(self, readings: dict[str, Any]) -> None:
        self.readings.update(readings)

    def refused(self, changes: list[tuple[str, Any]]) -> dict[str, str]:
        return refused(self.snapshot.values, changes, ["keys"], {})

    def play_note(self, record: tuple[Any, ...]) -> None:
        with self.told:
            self.played.append(record)
            self.told.notify_all()

    def tell_notes(self, on: bool) -> None:
        with self.told:
            self.told_notes = on
            self.told.notify_all()

    def act(self, name: str, at: float | None = None) -> None:
        with self.told:
            self.done.append(name)
            self.tapped += [at] * (name == "clock.tap")
            self.told.notify_all()
        if name == "tune.keep":
            self.remote.keeper.keep()

    def get(self, name: str) -> Any:
        return self.readings[name] if name in self.readings else self.snapshot.values[name]

    def listen(self, kind: type, receiver: Callable[[Any], object]) -> None:
        self._listeners[kind].append(receiver)

    def tell(self, message: object) -> None:
        for receiver in self._listeners[type(message)]:
            receiver(message)

    def say(self, line: str) -> None:
        with self.told:
            self.said.append(line)
            self.told.notify_all()

    def until(self, true: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Waits until something that was asked of it makes this true."""
        with self.told:
            return self.told.wait_for(true, seconds)


def open_remote(folder: Path, **setup: Any) -> tuple[Puppet, Remote]:
    """A remote control on free ports, its page served."""
    puppet = Puppet()
    given = {"osc_port": 0, "page_port": 0, "tunebook": folder / "tunebook.abc", **setup}
    puppet.remote = remote = Remote(RemoteSetup(**given), puppet, "first", puppet.say, find("first"))
    remote.start()
    puppet.tell(PortsOpened(("a wire",)))
    return puppet, remote


def eventually(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Look every 10 ms whether something in another process has come true."""
    clock = SystemClock()
    ends = clock.now() + seconds
    while not true():
        if clock.now() > ends:
            return False
        clock.sleep_until(clock.now() + 0.01)
    return True


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Puppet, Remote]]:
    puppet, remote = open_remote(tmp_path)
    yield puppet, remote
    remote.close()
