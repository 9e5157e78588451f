"""The thinker at full speed beside the player: tokens a second, bars ahead, lateness, memory.

Beside the player's lateness stands that of two bare processes that do nothing but wake up on time, one at our
priority and one at the ordinary, in the same seconds: the machine itself stalls now and then, so judge the difference.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from instrument.files.patch import find
from instrument.playing.time.clock import SystemClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.system.priority import raise_priority
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig

BPM = 200.0
WAKE = 0.005  #: seconds between wakes of the bare process


def bench_think(seconds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Figures `think.*` and `play.*`. Plays `first` at 200 bpm for `seconds` to a port that leads nowhere."""
    figures = {"think.tokens_per_s": _tokens_per_second()}
    say(f"composing alone: {figures['think.tokens_per_s']:.0f} tokens a second")
    context = multiprocessing.get_context("spawn")
    bare = {}
    for name, raised in (("bare", True), ("bare_ordinary", False)):
        bare[name], theirs = context.Pipe()
        context.Process(target=bare_process, args=(theirs, raised), daemon=True).start()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(silent=True, dry=True, recordings=Path(folder), osc_port=0)
        conductor = Conductor(find("first"), rig, lambda line: None, seed=1)
        conductor.change([("clock.bpm", BPM)])
        performance = threading.Thread(target=conductor.run)
        performance.start()
        ends, flip = clock.now() + seconds, False
        memory: dict[str, float] = {}
        while clock.now() < ends:
            clock.sleep_until(clock.now() + 0.25)
            # a change of temperature makes the thinker compose the whole look-ahead anew: it never rests
            flip = not flip
            conductor.change([("tune.temperature", 1.01 if flip else 1.0)])
            memory = conductor.memory() or memory
        conductor.stop()
        performance.join(10)
    for process, line in bare.items():
        line.send("stop")
        for name, value in line.recv().items():
            figures[f"think.{process}_{name}"] = value
    for name, value in conductor.figures.items():
        if name.startswith(("late_", "messages", "dropped", "repeated", "bars_ahead")):
            figures[f"think.{name}"] = value
    return {**figures, **memory}


def _tokens_per_second() -> float:
    """Guarded composing, batch 1, one thread, as played."""
    from instrument.controls.snapshot import Snapshot
    from instrument.thinking.spans.planner import WriteRequest, header
    from instrument.thinking.tune.loader import WriterFactory, load_memory

    writers, clock, snapshot = WriterFactory(load_memory()), SystemClock(), Snapshot()
    tokens, started = 0, clock.now()
    for tune in range(8):
        tune_writer = writers(WriteRequest(snapshot, tune, header(snapshot)))
        if tune == 1:  # the first warms the guard's table and the caches
            tokens, started = 0, clock.now()
        while not tune_writer.whole:
            tune_writer.compose_measure()
        tokens += len(tune_writer.tokens) - 2
    return tokens / (clock.now() - started)


def bare_process(line: Connection, raised: bool) -> None:
    """Wake every 5 ms and note how late; nothing else. raised: at the player's priority."""
    if raised:
        raise_priority()
    clock, lateness = SystemClock(), Lateness()
    due = clock.now()
    while not line.poll(0):
        due += WAKE
        clock.sleep_until(due)
        lateness.add(clock.now() - due)
    line.send(lateness.figures())
