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
    """The same, leaving a file named by who does it; all but the first two wait for `going_on`."""
    (folder / f"{number}.{os.getpid()}").touch()
    clock = SystemClock()
    until = clock.now() + (60 if number >= 2 else 0)
    while clock.now() < until and not going_on(folder).exists():
        clock.sleep_until(clock.now() + 0.02)
    return times(number)


def going_on(folder: Path) -> Path:
    """A file that lets the tasks of `noted` go on, once it is there."""
    return folder.with_suffix(".on")


def fails(number: int) -> None:
    raise ValueError(f"{number} is\nnot to be had")
