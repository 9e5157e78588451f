"""Notes that are ended when processes are: signals to the terminal's group, and each process killed alone and in pairs.

A performance in a session of its own, as a terminal has it, plays long notes to another process behind a JACK server,
where the time is read when the last key goes up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from instrument.files.patch import find
from instrument.files.rig_file import OutputPort, Plugged
from instrument.playing.time.clock import SystemClock
from instrument.rig.child_processes import heed_signals
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.jack_rig import RECEIVER, jack_server, receive

SECONDS = 4.0  #: until what still sounds counts as hanging
AGAIN = 0.03  #: seconds between two signals
HUP, QUIT, TERM, KILL = (getattr(signal, name, 0) for name in ("SIGHUP", "SIGQUIT", "SIGTERM", "SIGKILL"))
Ends = tuple[tuple[str, int], ...]  #: who gets which signal, one after the other; "group": all that the terminal has
WAYS: dict[str, Ends] = {
    "hup": (("group", HUP),), "hup_twice": (("group", HUP), ("group", HUP)), "quit": (("group", QUIT),),
    "term_twice": (("group", TERM), ("group", TERM)), "group_killed": (("group", KILL),),
    "player": (("player", KILL),), "conductor": (("conductor", KILL),),
    "watch_then_player": (("witness", KILL), ("player", KILL)),
    "watch_replaced": (("witness", KILL), ("player", KILL)),
    "player_conductor": (("player", KILL), ("conductor", KILL)),
    "conductor_watch": (("conductor", KILL), ("witness", KILL)),
    "thinker_player": (("thinker", KILL), ("player", KILL)),
}  # fmt: skip
PAUSES = {"watch_replaced": 5.0, "watch_then_player": 0.0, "player_conductor": 0.0, "conductor_watch": 0.0,
          "thinker_player": 0.0}  # fmt: skip
Say = Callable[[str], None]


def bench_watch(seconds: int, say: Say) -> dict[str, float]:
    """Figures `watch.WAY_ms` (the longest) and `watch.hanging`, which must be 0. seconds: how often each is tried."""
    figures, hanging = dict[str, float](), 0.0
    with jack_server():
        for way in WAYS:
            found = [one_ended(way) for _ in range(seconds)]
            took = [milliseconds for milliseconds, _ in found]
            figures[f"watch.{way}_ms"] = max(took)
            hanging += sum(down for _, down in found)
            say(f"{way}: silence after {np.median(took):.0f} ms, at most {max(took):.0f} ms, of {seconds}")
    return {**figures, "watch.hanging": hanging}


def one_ended(way: str) -> tuple[float, float]:
    """(milliseconds until the last key was up, keys still down after a few seconds)."""
    clock, context = SystemClock(), multiprocessing.get_context("spawn")
    far, theirs = context.Pipe()
    context.Process(target=receive, args=(theirs,), daemon=True).start()
    far.recv()
    with tempfile.TemporaryDirectory() as folder:
        line, end = context.Pipe()
        process = context.Process(target=perform, args=(end, folder))
        process.start()
        pids: dict[str, int] = line.recv()
        try:
            begun = _sounding(far)
            for number, (who, what) in enumerate(WAYS[way]):
                if number:
                    clock.sleep_until(begun + PAUSES.get(way, AGAIN))
                    begun = _sounding(far) if PAUSES.get(way, 0.0) > 1 else begun
                with suppress(ProcessLookupError):
                    os.killpg(pids["conductor"], what) if who == "group" else os.kill(pids[who], what)
            while _far(far)["down"] and clock.now() < begun + SECONDS:
                clock.sleep_until(clock.now() + 0.02)
            clock.sleep_until(clock.now() + 0.3)
            found = _far(far, "stop")
        finally:
            for pid in pids.values():
                with suppress(ProcessLookupError):
                    os.kill(pid, KILL)
            process.join(5)
    return max(0.0, (found["quiet"] - begun) * 1000), found["down"]


def _sounding(far: Connection) -> float:
    """Wait until a key is down. Returns the moment."""
    clock = SystemClock()
    while _far(far)["down"] == 0:
        clock.sleep_until(clock.now() + 0.005)
    return clock.now()


def perform(line: Connection, folder: str) -> None:
    """The conductor's process, leading a session as under a terminal. Nothing is composed: what is there repeats."""
    os.setsid()
    rig = Rig(Plugged((OutputPort("far", RECEIVER),)), silent=True, recordings=Path(folder), osc_port=0)
    conductor = Conductor(find("air"), rig, lambda text: None, seed=1)
    conductor.thinker.body = idle
    heed_signals(conductor.stop)

    def tell() -> None:
        clock = SystemClock()
        while not conductor.witness.ports:
            clock.sleep_until(clock.now() + 0.02)
        children = {"player": conductor.player, "witness": conductor.witness.child, "thinker": conductor.thinker}
        line.send({"conductor": os.getpid(), **{name: child.pid for name, child in children.items()}})

    threading.Thread(target=tell, daemon=True).start()
    conductor.run()


def idle(line: Connection, *given: object) -> None:
    """A thinker that never has a thought."""
    with suppress(EOFError, OSError):
        while True:
            line.recv()


def _far(line: Connection, word: str = "so far") -> dict[str, float]:
    line.send(word)
    figures: dict[str, float] = line.recv()
    return figures
