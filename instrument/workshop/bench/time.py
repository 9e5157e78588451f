"""`bench time`: how a clock is followed, how late messages leave, and what happens when a process is killed."""

from __future__ import annotations

from collections.abc import Callable

from instrument.workshop.bench.follow import bench_follow
from instrument.workshop.bench.lateness import bench_lateness

Say = Callable[[str], None]
PARTS: tuple[Callable[[int, Say], dict[str, float]], ...] = (bench_follow, bench_lateness)


def bench_time(seconds: int, say: Say) -> dict[str, float]:
    """Every part's figures. seconds: how long the parts in real time last."""
    figures: dict[str, float] = {}
    for part in PARTS:
        figures.update(part(seconds, say))
    return figures
