"""A key tapped, and how soon its note leaves: in the running rig, while the thinker writes on from what is tapped.

Keys go up and down, so that the tune is written anew now and then.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from instrument.files.patch import find
from instrument.ports.player_process import Loop
from instrument.workshop.bench.keys.driven_rig import Driver, measure, tell

MELODY = 1  #: its channel
FASTEST, SLOWEST = 0.06, 0.3  #: seconds between taps


def _tap(loop: Loop, driver: Driver) -> None:
    """Tap for ever; now and then say how long after each key its note left, in ms, below 0 where none did."""
    clock, rng, waits = loop.clock, random.Random(1), list[float]()
    clock.sleep_until(clock.now() + 1.0)
    while True:
        key, before, struck = rng.randrange(48, 84), len(driver.struck), clock.now()
        driver.press(key)
        clock.sleep_until(struck + rng.uniform(FASTEST, SLOWEST))
        new = [when for when, channel in driver.struck[before:] if channel == MELODY]
        waits.append((new[0] - struck) * 1000 if new else -1.0)
        driver.release(key)
        if len(waits) >= 16:
            tell(loop, waits)


def bench_tap(seconds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Figures `control.tap_*`. Plays `tap` for so many seconds."""
    waits, beside = measure(find("tap"), _tap, seconds)
    heard = np.array([wait for wait in waits if wait >= 0])
    if not len(heard):
        raise ValueError("no tapped note was heard; run the bench for longer")
    figures = {f"control.tap_p{name}_ms": float(np.percentile(heard, q)) for name, q in (("50", 50), ("99", 99))}
    figures |= {"control.tap_max_ms": float(heard.max()), "control.taps": float(len(waits)),
                "control.tap_lost": float(len(waits) - len(heard)),
                "control.tap_bare_p99_ms": beside["late_p99_ms"]}  # fmt: skip
    say(f"tapped: {figures['control.tap_p50_ms']:.2f} ms, p99 {figures['control.tap_p99_ms']:.2f} ms")
    return figures
