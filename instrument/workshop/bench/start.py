"""From `python run.py` to the first note: a fresh process each time, timed on the machine's clock."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from instrument.playing.time.clock import SystemClock

TRIES = 5


def bench_start(seconds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Seconds from exec to the first sounding note: the median of five starts, and the worst."""
    clock, times = SystemClock(), []
    for attempt in range(TRIES):
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "figures.json"
            started = clock.now()
            subprocess.run(
                [sys.executable, "-m", "instrument", "first", "--bars", "1", "--recordings", folder, "--osc-port", "0",
                 "--json", str(target)],
                check=True, capture_output=True,
            )  # fmt: skip
            # the player stamps the note with the same monotonic clock of the machine
            times.append(json.loads(target.read_text())["first_note_at"] - started)
        say(f"start {attempt + 1} of {TRIES}: first note after {times[-1]:.2f} s")
    return {"start.first_note_s": statistics.median(times), "start.first_note_worst_s": max(times)}
