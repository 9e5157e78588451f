"""Tasks that are easily checked, as functions of a module: that is what another process can be given."""

from __future__ import annotations

import os
from pathlib import Path

from instrument.playing.time.clock import SystemClock

_factor = 1


def begin(factor: int) -> None:
    """Make a process ready: it multiplies from now on."""
    global _factor
    _factor = factor


def times(number: int, seconds: float = 0.0) -> list[float]:
    """A number times the factor, and a figure that JSON must bring back to the bit."""
    clock = SystemClock()
    clock.sleep_until(clock.now() + seconds)
    return [number * _factor, number / 3]


def noted(number: int, folder: Path) -> list[float]:
    """The same, leaving a file named by who did it: slowly, so that it can be killed meanwhile."""
    (folder / f"{number}.{os.getpid()}").touch()
    return times(number, 0.4)


def fails(number: int) -> None:
    raise ValueError(f"{number} is\nnot to be had")
