"""A melody into the running rig, and how soon its voices come out, while a tune is composed beside it.

The whole path but for the driver: bytes are handed to the MIDI input's callback in a thread, as the library does, and
taken from the MIDI output's wire. Keys go down at all places of a grid step but its last third, so that whatever comes
out before the next step is the key's. Beside it stands how late a bare process wakes up in the same seconds.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find
from instrument.music.cues import CHAIN, Cue, Sung
from instrument.music.grid import Grid
from instrument.music.ticks import QUARTER
from instrument.playing.messages import PlayerSetup, Said
from instrument.playing.time.clock import Clock, SystemClock
from instrument.ports.midi.input import MidiInput
from instrument.ports.outputs import Midi
from instrument.ports.player_process import Loop, run
from instrument.ports.system.pipe import ProcessPipe
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.thinking.voices.accompanist import Accompanist
from instrument.thinking.voices.accompanist_process import load_choir
from instrument.workshop.bench.think import bare_process

STEP = 0.2  #: seconds of a grid step: 75 quarter notes a minute
BPM = 15 / STEP
ANSWERED = "answered: "  #: before the figures, in what the player says
DECISIONS = 400
LINE = (0, 2, 4, 5, 7, 9, 7, 5, 4, 2, -1, 0, 4, 7, 12, 11, 9, 5, 2, 7)  #: semitones above G4


class Wire:
    """The far side of both ports: a driver that hands over keys, and hears what comes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.struck: list[tuple[float, int]] = []  # of note-ons: when, on which channel 1..16

    def ignore_types(self, **_: bool) -> None: ...

    def set_callback(self, callback: Callable[..., None]) -> None:
        self.play = callback

    def cancel_callback(self) -> None: ...

    def close_port(self) -> None: ...

    def send_message(self, data: list[int]) -> None:
        if data[0] & 0xF0 == 0x90 and data[2]:
            self.struck.append((self.clock.now(), (data[0] & 15) + 1))


def play_and_measure(line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
    """The player's process, with a driver of our own."""

    def fit(loop: Loop) -> None:
        wire = Wire(loop.clock)
        port = next(output for output in loop.outputs if isinstance(output, Midi)).port
        port.wire = wire
        MidiInput(wire, "keys", "keys", loop.inbox)
        threading.Thread(target=_perform, args=(loop, wire, loop.line), daemon=True).start()

    run(line, replace(setup, record=False), tapes, fit)


def _perform(loop: Loop, wire: Wire, line: ProcessPipe) -> None:
    """Play keys for ever; once a second or so say how long after each the last of its voices was struck."""
    clock, player, place = loop.clock, loop.performance.player, 0
    channels = {loop.setup.voices[voice][0] for voice in CHAIN}
    waits: list[float] = []
    clock.sleep_until(clock.now() + 3 * STEP)
    while True:
        grid = player.accompaniment.grid
        step = grid.under(player.scheduler.tick(clock.now())) + 1
        begins, ends = (player.scheduler.seconds(grid.tick(s)) for s in (step, step + 1))
        at = begins + (ends - begins) * (0.05 + 0.6 * (place * 0.618 % 1))
        clock.sleep_until(at)
        key, before = 67 + LINE[place % len(LINE)], len(wire.struck)
        struck = clock.now()
        wire.play(([0x90, key, 80], 0.0))
        clock.sleep_until(ends - 0.02)
        voices = [when for when, channel in wire.struck[before:] if channel in channels]
        waits.append((max(voices) - struck) * 1000 if voices else -1.0)
        wire.play(([0x80, key, 0], 0.0))
        place += 1
        if place % 8 == 0:
            line.send(Said(ANSWERED + " ".join(f"{wait:.4f}" for wait in waits)))
            waits.clear()


def bench_accompany(seconds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Figures `accompany.*`. Plays for `seconds`, a key every grid step."""
    figures = {"accompany.step_ms": _decision()}
    say(f"a decision by itself: {figures['accompany.step_ms']:.2f} ms")
    waits: list[float] = []

    def hear(text: str) -> None:
        if text.startswith(ANSWERED):
            waits.extend(map(float, text.removeprefix(ANSWERED).split()))

    bare, theirs = multiprocessing.get_context("spawn").Pipe()
    multiprocessing.get_context("spawn").Process(target=bare_process, args=(theirs, True), daemon=True).start()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(silent=True, dry=True, recordings=Path(folder), osc_port=0)
        patch = replace(find("chorale"), source="tune")
        conductor = Conductor(patch, rig, hear, seed=1, body=play_and_measure)
        conductor.change([("clock.bpm", BPM), ("harmony.tactus", "quarter"), ("harmony.time", "clock")])
        performance = threading.Thread(target=conductor.run)
        performance.start()
        ends, flip = clock.now() + seconds, False
        while clock.now() < ends:
            clock.sleep_until(clock.now() + 0.25)
            flip = not flip  # the thinker composes the whole look-ahead anew: it never rests
            conductor.change([("tune.temperature", 1.01 if flip else 1.0)])
        conductor.stop()
        performance.join(10)
    bare.send("stop")
    found = bare.recv()
    answered = [wait for wait in waits if wait >= 0]
    p50, p99 = np.percentile(answered, (50, 99)) if answered else (float("nan"), float("nan"))
    return {
        **figures, "accompany.note_to_voices_p50_ms": float(p50), "accompany.note_to_voices_p99_ms": float(p99),
        "accompany.note_to_voices_max_ms": max(answered, default=float("nan")),
        "accompany.keys": float(len(waits)), "accompany.unmoved": float(len(waits) - len(answered)),
        **{f"accompany.bare_{name}": value for name, value in found.items() if name != "messages"},
    }  # fmt: skip


def _decision() -> float:
    """Milliseconds from the cue to the voicing, the states advanced beforehand: the median."""
    snapshot = Snapshot().with_values([("harmony.follow", "played"), ("tune.seed", 1)])
    accompanist, grid, clock, took = Accompanist(load_choir(), snapshot), Grid(QUARTER), SystemClock(), []
    for number in range(1, DECISIONS + 1):
        tick = number * QUARTER // 2
        note = Sung(number, 67 + LINE[number % len(LINE)], 80, tick)
        began = clock.now()
        accompanist.hear(Cue(2 * number, tick, grid, note))
        took.append((clock.now() - began) * 1000)
        accompanist.prepare()
        step = grid.step(tick) + 1
        accompanist.hear(Cue(2 * number + 1, grid.tick(step), grid, note, step))
        accompanist.prepare()
    return statistics.median(took)
