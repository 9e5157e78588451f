"""`bench backing`: from a chord under a hand to its strings, what four backing voices cost the player, a tune's time.

The whole path but for the driver, as `bench accompany` has it: chords of three keys go in by the MIDI input's callback,
and what comes out is taken from the MIDI output's wire. Stretches with and without the backing take turns in one
performance at 220 quarter notes a minute, so that a machine that is busy with something else is busy in both.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from instrument.controls.control import Value
from instrument.files.patch import find
from instrument.files.patterns import patterns
from instrument.music.backing.bar import BACKERS, BackedBar, Manner
from instrument.music.backing.pattern import chosen
from instrument.music.backing.realise import realised
from instrument.music.chord import Chord, PlacedChord
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.playing.messages import PlayerSetup
from instrument.playing.time.clock import SystemClock
from instrument.ports.player_process import Loop
from instrument.ports.player_process import run as run_player
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.keys.driven_rig import Driver, measure, tell

BPM = 220.0
HOLDS = 0.35  #: seconds that a chord is held, and about as long until the next
TURN = 6.0  #: seconds of a stretch with the backing, and of one without
SETTLES = 4.0  #: seconds after a turn of the switch, until all that sounds was thought behind it
BARS = 32
Say = Callable[[str], None]


def bench_backing(seconds: int, say: Say) -> dict[str, float]:
    """Figures `backing.key_to_chord_p50_ms`, `p99_ms` and `max_ms`, `backing.chords` how many; `backing.with_p99_ms`,
    `backing.without_p99_ms`, `backing.ratio`: how late messages leave; `backing.tune_ms` for 32 bars of all voices."""
    figures = {"backing.tune_ms": _tune()}
    say(f"{BARS} bars of all voices: {figures['backing.tune_ms']:.1f} ms")
    figures |= _key_to_chord(seconds)
    say(f"key to chord: {figures['backing.key_to_chord_p50_ms']:.2f} ms, {figures['backing.key_to_chord_p99_ms']:.2f}")
    figures |= _lateness(seconds)
    say(f"lateness p99 {figures['backing.without_p99_ms']:.2f} ms without, {figures['backing.with_p99_ms']:.2f} with")
    return figures


def _tune() -> float:
    """Milliseconds for a tune's bars: the median of several tunes, no shape of a hand known beforehand but once."""
    own, _ = chosen(patterns(), Meter.parse("4/4"), "reel")
    meter, key, clock, took = Meter.parse("4/4"), Key.parse("D major"), SystemClock(), list[float]()
    names = ("D", "G", "A", "Bm", "Em", "D", "A", "D")
    for seed in range(1, 12):
        began = clock.now()
        for n in range(BARS):
            start = n * meter.bar
            placed = (PlacedChord(start, meter.bar, Chord.parse(names[n % 8])),)
            bar = BackedBar(start, start + meter.bar, start + meter.bar, meter, key, placed, number=n, place=n % 8)
            realised(bar, own, Manner(seed=seed, variety=1.0), BACKERS)
        took.append((clock.now() - began) * 1000)
    return statistics.median(took)


def _key_to_chord(seconds: int) -> dict[str, float]:
    controls: tuple[tuple[str, Value], ...] = (("clock.bpm", BPM), ("backing.zone", "B3"), ("backing.time", "hands"))
    waits, _ = measure(find("session"), _chords, seconds, controls=controls)
    found = [wait for wait in waits if wait >= 0]
    p50, p99 = np.percentile(found, (50, 99)) if found else (float("nan"), float("nan"))
    return {
        "backing.key_to_chord_p50_ms": float(p50), "backing.key_to_chord_p99_ms": float(p99),
        "backing.key_to_chord_max_ms": max(found, default=float("nan")), "backing.chords": float(len(waits)),
        "backing.unheard": float(len(waits) - len(found)),
    }  # fmt: skip


def _chords(loop: Loop, driver: Driver) -> None:
    """Chords for ever; once a second or so say how long after its third key each was struck."""
    clock, place, waits = loop.clock, 0, list[float]()
    channel = loop.setup.voices["guitar"][0]
    clock.sleep_until(clock.now() + 3.0)
    while True:
        root = 38 + (5 * place) % 12
        keys, before, struck = (root, root + 4, root + 7), len(driver.struck), 0.0
        for key in keys:
            struck = clock.now()
            driver.press(key)
        clock.sleep_until(struck + HOLDS * (0.8 + 0.4 * (place * 0.618 % 1)))
        heard = [when for when, own in driver.struck[before:] if own == channel]
        waits.append((heard[0] - struck) * 1000 if heard else -1.0)
        for key in keys:
            driver.release(key)
        clock.sleep_until(clock.now() + HOLDS)
        place += 1
        if place % 4 == 0:
            tell(loop, waits)


def _lateness(seconds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "late"
        rig = Rig(silent=True, dry=True, recordings=Path(folder), log=False, osc_port=0, page_port=0)
        conductor = Conductor(find("session"), rig, lambda line: None, seed=1, body=Measured(str(file)))
        conductor.change([("clock.bpm", BPM), ("voice.piano.on", True)])
        thread, clock = threading.Thread(target=conductor.run), SystemClock()
        thread.start()
        stretches: list[tuple[float, float, bool]] = []
        try:
            while not any(span.source == "composed" for span in conductor.announced):
                clock.sleep_until(clock.now() + 0.1)
            for number in range(2 * max(1, round(seconds / (2 * TURN)))):
                on = number % 2 == 0
                conductor.change([("backing.on", on)])
                begins = clock.now() + SETTLES
                clock.sleep_until(begins + TURN)
                stretches.append((begins, clock.now(), on))
        finally:
            conductor.stop()
            thread.join(20)
        late = np.loadtxt(file, ndmin=2)
    p99, count = {}, {}
    for which in (False, True):
        rows = np.concatenate([late[(late[:, 0] >= a) & (late[:, 0] < b), 1] for a, b, on in stretches if on is which])
        p99[which], count[which] = float(np.percentile(rows, 99)) * 1000, len(rows)
    return {
        "backing.with_p99_ms": p99[True], "backing.without_p99_ms": p99[False], "backing.ratio": p99[True] / p99[False],
        "backing.with_messages": float(count[True]), "backing.without_messages": float(count[False]),
    }  # fmt: skip


class Measured:
    """The player's process, noting when each message left and how late it was."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __call__(self, line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
        rows: list[tuple[float, float]] = []

        def fit(loop: Loop) -> None:
            add = loop.lateness.add

            def noted(seconds: float) -> None:
                rows.append((loop.clock.now(), seconds))
                add(seconds)

            loop.lateness.add = noted  # type: ignore[method-assign]

        try:
            run_player(line, replace(setup, record=False), tapes, fit)
        finally:
            np.savetxt(self.file, np.array(rows).reshape(-1, 2))
