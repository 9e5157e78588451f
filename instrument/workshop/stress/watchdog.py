"""Stress of the watchdog: whether notes end when the terminal closes, and when each process, or each pair of them, is
killed.

A performance in a session of its own, as a terminal has it, plays long notes to another process behind a JACK server,
where the time is read when the last key goes up.
"""

from __future__ import annotations

import itertools
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

from instrument.controls.devices.plugged import OutputPort, Plugged
from instrument.files.patch import find
from instrument.playing.time.clock import SystemClock
from instrument.rig.child_processes import heed_signals
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.jack_rig import RECEIVER, jack_server, receive

PERIOD = 128  #: frames
SECONDS = 4.0  #: until what still sounds counts as hanging
AGAIN = 0.03  #: seconds between two signals of the same kind; what is killed is killed in the same moment
HUP, QUIT, TERM, KILL = (getattr(signal, name, 0) for name in ("SIGHUP", "SIGQUIT", "SIGTERM", "SIGKILL"))
PROCESSES = ("conductor", "player", "thinker", "plugs", "first_watch", "second_watch")
ENDING = ("conductor", "player")  #: without these the music ends; without any other it goes on
#: who gets which signal, one after the other; "group": all that the terminal has; "terminal": its window is closed
Ends = tuple[tuple[str, int], ...]
WAYS: dict[str, Ends] = {
    "terminal_closed": (("terminal", 0),),
    "hup": (("group", HUP),), "hup_twice": (("group", HUP), ("group", HUP)), "quit": (("group", QUIT),),
    "term_twice": (("group", TERM), ("group", TERM)), "group_killed": (("group", KILL),),
    "watch_replaced": (("first_watch", KILL), ("player", KILL)),
    "watches_replaced": (("first_watch", KILL), ("second_watch", KILL), ("player", KILL)),
    **{name: ((name, KILL),) for name in ENDING},
    **{f"{a}_and_{b}": ((a, KILL), (b, KILL)) for a, b in itertools.combinations(PROCESSES, 2) if a in ENDING},
    "player_and_both_watches": (("player", KILL), ("first_watch", KILL), ("second_watch", KILL)),
}  # fmt: skip
PAUSES = {"watch_replaced": 8.0, "watches_replaced": 8.0, "hup_twice": AGAIN, "term_twice": AGAIN}
Say = Callable[[str], None]


def bench_watch(seconds: int, say: Say) -> dict[str, float]:
    """Figures `watch.WAY_ms` (the longest) and `watch.hanging`, which must be 0. seconds: how often each is tried.

    A synchronous JACK server lets nothing through while it buries a client: twenty periods, and as many again for each
    other that died with it. That is most of these times, and why the period is a short one."""
    figures, hanging = dict[str, float](), 0.0
    with jack_server(PERIOD):
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
        window, terminal = os.openpty()
        process = context.Process(target=perform, args=(end, folder, os.ttyname(terminal)))
        process.start()
        pids: dict[str, int] = line.recv()
        try:
            begun = _sounding(far)
            for number, (who, what) in enumerate(WAYS[way]):
                last = number == len(WAYS[way]) - 1
                if number and last and way in PAUSES:
                    clock.sleep_until(begun + PAUSES[way])
                    begun = _sounding(far) if PAUSES[way] > 1 else begun
                with suppress(ProcessLookupError):
                    _end(who, what, pids, window)
            while _far(far)["down"] and clock.now() < begun + SECONDS:
                clock.sleep_until(clock.now() + 0.02)
            clock.sleep_until(clock.now() + 0.3)
            found = _far(far, "stop")
        finally:
            for pid in pids.values():
                with suppress(ProcessLookupError):
                    os.kill(pid, KILL)
            process.join(5)
            os.close(terminal)
            if ("terminal", 0) not in WAYS[way]:
                os.close(window)
    return max(0.0, (found["quiet"] - begun) * 1000), found["down"]


def _sounding(far: Connection) -> float:
    """Wait until a key is down. Returns the moment."""
    clock = SystemClock()
    while _far(far)["down"] == 0:
        clock.sleep_until(clock.now() + 0.005)
    return clock.now()


def _end(who: str, what: int, pids: dict[str, int], window: int) -> None:
    if who == "terminal":
        os.close(window)
    elif who == "group":
        os.killpg(pids["conductor"], what)
    else:
        os.kill(pids[who], what)


def perform(line: Connection, folder: str, terminal: str) -> None:
    """The conductor's process, leading a session under a terminal. Nothing is composed: what is there repeats."""
    os.setsid()
    tty = os.open(terminal, os.O_RDWR)  # the first that the leader of a session opens is its terminal
    for stream in (0, 1, 2):
        os.dup2(tty, stream)
    os.close(tty)
    rig = Rig(Plugged((OutputPort("far", RECEIVER),)), silent=True, recordings=Path(folder), osc_port=0)
    conductor = Conductor(find("air"), rig, lambda text: None, seed=1)
    conductor.thinker.body = idle
    heed_signals(conductor.stop)

    def tell() -> None:
        clock = SystemClock()
        while not conductor.watchdogs.ports or conductor.plugs.pid is None:
            clock.sleep_until(clock.now() + 0.02)
        children = {
            "player": conductor.player,
            "thinker": conductor.thinker,
            "plugs": conductor.plugs,
            "first_watch": conductor.watchdogs.first.child,
            "second_watch": conductor.watchdogs.second.child,
        }
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
