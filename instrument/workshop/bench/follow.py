"""Accuracy of following a clock: Gaussian jitter, in virtual time, against the line it was made from.

Beside the figures stands the floor: a least-squares line through the same eight beats, which knows that the tempo
never changes. The errors are those of the line right after each clock, as the music uses it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from instrument.playing.time.clock_follower import ClockFollower

BEAT = 24  #: clocks
JITTER = 0.003  #: seconds
RUNS = 200
CLOSE = 0.003  #: seconds of phase; nearer than this is locked
GUESS = 112.0  #: bpm that is assumed before the first clock

Floats = NDArray[np.float64]
Say = Callable[[str], None]


def bench_follow(seconds: int, say: Say) -> dict[str, float]:
    """The figures named in docs/sync.md. seconds: not used; it takes some twenty."""
    say(f"following: {RUNS} clocks at 120 bpm, {JITTER * 1000:g} ms of jitter, 24 beats each")
    steady = np.full(24 * BEAT, 60 / 120 / BEAT)
    runs = [follow(steady, JITTER, seed) for seed in range(RUNS)]
    after = slice(8 * BEAT, None)
    jump = np.concatenate((np.full(16 * BEAT, 60 / 100 / BEAT), np.full(8 * BEAT, 60 / 140 / BEAT)))
    jumps = [outside(follow(jump, JITTER, seed)[0][16 * BEAT :]) for seed in range(RUNS)]
    floors = [floor(steady[: 8 * BEAT - 1], seed) for seed in range(RUNS)]
    figures = {
        "time.follow_phase_rms_ms": rms([phase[after] for phase, _ in runs]) * 1000,
        "time.follow_phase_rms_ms_at_8_beats": rms([phase[8 * BEAT - 1] for phase, _ in runs]) * 1000,
        "time.follow_phase_floor_ms": rms([phase for phase, _ in floors]) * 1000,
        "time.follow_tempo_error": rms([tempo[after] for _, tempo in runs]),
        "time.follow_tempo_error_at_8_beats": rms([tempo[8 * BEAT - 1] for _, tempo in runs]),
        "time.follow_tempo_floor": rms([tempo for _, tempo in floors]),
        "time.lock_beats": float(np.percentile([outside(phase) for phase, _ in runs], 95)),
        "time.jump_beats": float(np.percentile(jumps, 95)),
    }
    for jitter in (0.001, 0.008):
        others = [follow(steady, jitter, seed)[0][after] for seed in range(RUNS // 4)]
        figures[f"time.follow_phase_rms_ms_jitter_{jitter * 1000:g}"] = rms(others) * 1000
    return figures


def arrivals(ideal: Floats, jitter: float, seed: int) -> Floats:
    """When clocks arrive. A cable keeps their order."""
    return np.maximum.accumulate(ideal + np.random.default_rng(seed).normal(0.0, jitter, len(ideal)))


def follow(periods: Floats, jitter: float, seed: int) -> tuple[Floats, Floats]:
    """Errors after each clock: of phase (seconds) and of tempo (relative). periods: seconds after each clock."""
    ideal = 1.0 + np.concatenate(([0.0], np.cumsum(periods)))[:-1]
    follower = ClockFollower(60 / GUESS / BEAT)
    phase, tempo = np.zeros(len(ideal)), np.zeros(len(ideal))
    for n, at in enumerate(arrivals(ideal, jitter, seed)):
        follower.pulse(float(at))
        phase[n], tempo[n] = follower.seconds(n) - ideal[n], periods[n] / follower.period - 1
    return phase, tempo


def floor(periods: Floats, seed: int) -> tuple[float, float]:
    """The same of a least-squares line through all of the clocks, at the last one."""
    ideal = 1.0 + np.concatenate(([0.0], np.cumsum(periods)))
    count = np.arange(len(ideal))
    slope, start = np.polyfit(count, arrivals(ideal, JITTER, seed), 1)
    return float(start + slope * count[-1] - ideal[-1]), float(periods[0] / slope - 1)


def outside(phase: Floats) -> float:
    """Beats until the phase is close and stays so."""
    far = np.flatnonzero(np.abs(phase) > CLOSE)
    return float(far[-1] + 1) / BEAT if len(far) else 0.0


def rms(values: list[Floats] | list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(np.concatenate([np.atleast_1d(v) for v in values])))))
