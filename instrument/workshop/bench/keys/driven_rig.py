"""Rig that a driver of our own plays on: keys into the running processes, and when what they cause leaves.

The whole path but for the MIDI driver: bytes are handed to the MIDI input's callback in a thread, as the library does,
and note-ons are timed at the MIDI output's wire. Beside it stands how late a bare process wakes up in the same seconds.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from instrument.controls.control import Value
from instrument.controls.midi_messages import decode, encode
from instrument.files.patch import Patch
from instrument.playing.messages import PlayerSetup, Said
from instrument.playing.time.clock import Clock, SystemClock
from instrument.ports.midi.input import MidiInput
from instrument.ports.outputs import Midi
from instrument.ports.player_process import Loop, run
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.think import bare_process

WAITED = "waited: "  #: before the figures, in what the player says


class Driver:
    """The far side of both ports. struck: of each note-on that left, seconds and channel 1..16."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.struck: list[tuple[float, int]] = []

    def ignore_types(self, **_: bool) -> None: ...

    def set_callback(self, callback: Callable[..., None]) -> None:
        self._play = callback

    def cancel_callback(self) -> None: ...

    def close_port(self) -> None: ...

    def send_message(self, data: list[int]) -> None:
        said = decode(data)
        if said is not None and said.kind == "on":
            self.struck.append((self.clock.now(), said.channel))

    def press(self, pitch: int) -> None:
        """A key goes down, now."""
        self._play((encode("on", 1, pitch, 80), 0.0))

    def release(self, pitch: int) -> None:
        """A key comes up, now."""
        self._play((encode("off", 1, pitch), 0.0))


#: plays for ever, in a thread of the player's process
Perform = Callable[[Loop, Driver], None]


def tell(loop: Loop, waits: list[float]) -> None:
    """Hand over what was measured, ms of each key, below 0 where nothing came; the list is emptied."""
    loop.line.send(Said(WAITED + " ".join(f"{wait:.4f}" for wait in waits)))
    waits.clear()


def measure(
    patch: Patch,
    perform: Perform,
    seconds: float,
    meanwhile: Callable[[Conductor], None] | None = None,
    controls: Sequence[tuple[str, Value]] = (),
) -> tuple[list[float], dict[str, float]]:
    """Play a patch for so many seconds with `perform`, a function of a module, at the keys.

    meanwhile: called four times a second; controls: turned before it begins. Returns what `perform` told, and the
    figures of a bare process in the same seconds. blocks: for `seconds` and the start.
    """
    waits: list[float] = []

    def hear(text: str) -> None:
        if text.startswith(WAITED):
            waits.extend(map(float, text.removeprefix(WAITED).split()))

    context = multiprocessing.get_context("spawn")
    bare, theirs = context.Pipe()
    context.Process(target=bare_process, args=(theirs, True), daemon=True).start()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(silent=True, dry=True, recordings=Path(folder), osc_port=0)
        conductor = Conductor(patch, rig, hear, seed=1, body=partial(_play, perform))
        conductor.change(list(controls))
        performance = threading.Thread(target=conductor.run)
        performance.start()
        ends = clock.now() + seconds
        while clock.now() < ends:
            clock.sleep_until(clock.now() + 0.25)
            if meanwhile is not None:
                meanwhile(conductor)
        conductor.stop()
        performance.join(10)
    bare.send("stop")
    return waits, bare.recv()


def _play(perform: Perform, line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
    """The player's process, with the driver."""

    def fit(loop: Loop) -> None:
        driver = Driver(loop.clock)
        next(output for output in loop.outputs if isinstance(output, Midi)).port.wire = driver
        MidiInput(driver, "keys", "keys", loop.inbox)
        threading.Thread(target=perform, args=(loop, driver), daemon=True).start()

    run(line, replace(setup, record=False), tapes, fit)
