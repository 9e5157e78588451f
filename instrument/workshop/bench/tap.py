"""A key tapped, and how soon its note leaves: in the running rig, while the thinker writes on from what is tapped.

As in `bench_accompany` the whole path but for the driver: bytes go to the MIDI input's callback in a thread, as the
library does it, and note-ons are timed at the MIDI output's wire. Keys go up and down, so that the tune is written anew
now and then. Beside it stands how late a bare process wakes up in the same seconds.
"""

from __future__ import annotations

import multiprocessing
import random
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from instrument.controls.midi_messages import decode, encode
from instrument.files.patch import find
from instrument.playing.messages import PlayerSetup, Said
from instrument.playing.time.clock import Clock, SystemClock
from instrument.ports.midi.input import MidiInput
from instrument.ports.outputs import Midi
from instrument.ports.player_process import Loop, run
from instrument.ports.system.pipe import ProcessPipe
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.think import bare_process

TAPPED = "tapped: "  #: before the figures, in what the player says
FASTEST, SLOWEST = 0.06, 0.3  #: seconds between taps


class _Wire:
    """The far side of both ports: a driver that hands over keys, and hears what comes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.struck: list[float] = []  # when note-ons of the melody's channel left

    def ignore_types(self, **_: bool) -> None: ...

    def set_callback(self, callback: Callable[..., None]) -> None:
        self.play = callback

    def cancel_callback(self) -> None: ...

    def close_port(self) -> None: ...

    def send_message(self, data: list[int]) -> None:
        said = decode(data)
        if said is not None and (said.kind, said.channel) == ("on", 1):
            self.struck.append(self.clock.now())


def play_and_measure(line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
    """The player's process, with a driver of our own."""

    def fit(loop: Loop) -> None:
        wire = _Wire(loop.clock)
        next(output for output in loop.outputs if isinstance(output, Midi)).port.wire = wire
        MidiInput(wire, "keys", "keys", loop.inbox)
        threading.Thread(target=_perform, args=(loop.clock, wire, loop.line), daemon=True).start()

    run(line, replace(setup, record=False), tapes, fit)


def _perform(clock: Clock, wire: _Wire, line: ProcessPipe) -> None:
    """Tap for ever; now and then say how long after each key its note left, in ms, below 0 where none did."""
    rng, waits = random.Random(1), list[float]()
    clock.sleep_until(clock.now() + 1.0)
    while True:
        key, before, struck = rng.randrange(48, 84), len(wire.struck), clock.now()
        wire.play((encode("on", 1, key, 80), 0.0))
        clock.sleep_until(struck + rng.uniform(FASTEST, SLOWEST))
        new = wire.struck[before:]
        waits.append((new[0] - struck) * 1000 if new else -1.0)
        wire.play((encode("off", 1, key), 0.0))
        if len(waits) >= 16:
            line.send(Said(TAPPED + " ".join(f"{wait:.4f}" for wait in waits)))
            waits.clear()


def bench_tap(seconds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Figures `control.tap_*`. Plays `tap` for so many seconds."""
    waits: list[float] = []

    def hear(text: str) -> None:
        if text.startswith(TAPPED):
            waits.extend(map(float, text.removeprefix(TAPPED).split()))

    bare, theirs = multiprocessing.get_context("spawn").Pipe()
    multiprocessing.get_context("spawn").Process(target=bare_process, args=(theirs, True), daemon=True).start()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(silent=True, dry=True, recordings=Path(folder), osc_port=0)
        conductor = Conductor(find("tap"), rig, hear, seed=1, body=play_and_measure)
        performance = threading.Thread(target=conductor.run)
        performance.start()
        clock.sleep_until(clock.now() + seconds)
        conductor.stop()
        performance.join(10)
    bare.send("stop")
    beside = bare.recv()
    heard = np.array([wait for wait in waits if wait >= 0])
    if not len(heard):
        raise ValueError("no tapped note was heard; run the bench for longer")
    figures = {f"control.tap_p{name}_ms": float(np.percentile(heard, q)) for name, q in (("50", 50), ("99", 99))}
    figures |= {"control.tap_max_ms": float(heard.max()), "control.taps": float(len(waits)),
                "control.tap_lost": float(len(waits) - len(heard)),
                "control.tap_bare_p99_ms": beside["late_p99_ms"]}  # fmt: skip
    say(f"tapped: {figures['control.tap_p50_ms']:.2f} ms, p99 {figures['control.tap_p99_ms']:.2f} ms")
    return figures
