"""A melody into the running rig, and how soon its voices come out, while a tune is composed beside it.

Keys go down at all places of a grid step but its last third, so that whatever comes out before the next step is the
key's.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle

import numpy as np

from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find
from instrument.music.cues import CHAIN, Cue, Sung
from instrument.music.grid import Grid
from instrument.music.ticks import QUARTER
from instrument.playing.time.clock import SystemClock
from instrument.ports.player_process import Loop
from instrument.thinking.voices.accompanist import Accompanist
from instrument.thinking.voices.accompanist_process import load_choir
from instrument.workshop.bench.keys.driven_rig import Driver, measure, tell

STEP = 0.2  #: seconds of a grid step: 75 quarter notes a minute
BPM = 15 / STEP
DECISIONS = 400
LINE = (0, 2, 4, 5, 7, 9, 7, 5, 4, 2, -1, 0, 4, 7, 12, 11, 9, 5, 2, 7)  #: semitones above G4


def _perform(loop: Loop, driver: Driver) -> None:
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
        key, before = 67 + LINE[place % len(LINE)], len(driver.struck)
        struck = clock.now()
        driver.press(key)
        clock.sleep_until(ends - 0.02)
        voices = [when for when, channel in driver.struck[before:] if channel in channels]
        waits.append((max(voices) - struck) * 1000 if voices else -1.0)
        driver.release(key)
        place += 1
        if place % 8 == 0:
            tell(loop, waits)


def bench_accompany(seconds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Figures `accompany.*`. Plays for `seconds`, a key every grid step."""
    figures = {"accompany.step_ms": _decision()}
    say(f"a decision by itself: {figures['accompany.step_ms']:.2f} ms")
    turned = cycle((1.01, 1.0))  # the thinker composes the whole look-ahead anew: it never rests
    waits, bare = measure(
        replace(find("chorale"), source="tune"), _perform, seconds,
        lambda conductor: conductor.change([("tune.temperature", next(turned))]),
        [("clock.bpm", BPM), ("harmony.tactus", "quarter"), ("harmony.time", "clock")],
    )  # fmt: skip
    answered = [wait for wait in waits if wait >= 0]
    p50, p99 = np.percentile(answered, (50, 99)) if answered else (float("nan"), float("nan"))
    return {
        **figures, "accompany.note_to_voices_p50_ms": float(p50), "accompany.note_to_voices_p99_ms": float(p99),
        "accompany.note_to_voices_max_ms": max(answered, default=float("nan")),
        "accompany.keys": float(len(waits)), "accompany.unmoved": float(len(waits) - len(answered)),
        **{f"accompany.bare_{name}": value for name, value in bare.items() if name != "messages"},
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
