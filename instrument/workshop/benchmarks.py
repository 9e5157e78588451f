"""`run.py bench`: figures of this machine, one flat table. Each bench is a function in a file of its own."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable, Sequence

from instrument.workshop.backing.latency import bench_backing
from instrument.workshop.bench.answer import bench_answer
from instrument.workshop.bench.band import bench_band
from instrument.workshop.bench.control import bench_control
from instrument.workshop.bench.device import bench_device
from instrument.workshop.bench.form import bench_law
from instrument.workshop.bench.keys.accompany import bench_accompany
from instrument.workshop.bench.network.page import bench_page
from instrument.workshop.bench.start import bench_start
from instrument.workshop.bench.think import bench_think
from instrument.workshop.bench.time import bench_time
from instrument.workshop.bench.tree import bench_tree
from instrument.workshop.microphone.bench import bench_mic
from instrument.workshop.stress.fuzz import bench_fuzz
from instrument.workshop.stress.memory import bench_memory
from instrument.workshop.stress.recordings import bench_recordings
from instrument.workshop.stress.soak import bench_soak
from instrument.workshop.stress.storm import bench_storm
from instrument.workshop.stress.watchdog import bench_watch

Say = Callable[[str], None]
BENCHES: dict[str, Callable[[int, Say], dict[str, float]]] = {
    "start": bench_start,
    "think": bench_think,
    "tree": bench_tree,
    "law": bench_law,
    "accompany": bench_accompany,
    "answer": bench_answer,
    "backing": bench_backing,
    "time": bench_time,
    "control": bench_control,
    "band": bench_band,
    "page": bench_page,
    "mic": bench_mic,
    "device": bench_device,
    "fuzz": bench_fuzz,
    "recordings": bench_recordings,
    "soak": bench_soak,
    "memory": bench_memory,
    "watch": bench_watch,
    "storm": bench_storm,
}
#: not among all of them: they need a GPU, JACK, minutes or an hour
ON_DEMAND = ("answer", "band", "page", "mic", "device", "soak", "memory", "fuzz", "watch", "storm", "recordings")


def bench(names: Sequence[str], seconds: int, say: Say) -> dict[str, object]:
    """Run the named benches. seconds: how long the playing ones play."""
    figures: dict[str, object] = {**machine()}
    for name in names:
        figures.update(BENCHES[name](seconds, say))
    return figures


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    import torch

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "machine": f"{platform.system()} {platform.machine()} {_processor()}", "torch": torch.__version__, "threads": 1,
        "device": "cpu", "commit": commit.stdout.strip() or "unknown",
    }  # fmt: skip


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
