"""Memory over an hour: `session` plays while every control and every action is turned at random, by OSC.

What each process takes is read once a minute. What it takes after the first five minutes, when all has been loaded and
the caches are full, is what it may take for good.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import socket
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from pythonosc.osc_message_builder import build_msg

from instrument.controls.table import ACTIONS, CONTROLS
from instrument.files.patch import find
from instrument.playing.messages import Announced
from instrument.playing.time.clock import SystemClock
from instrument.ports.system.free_memory import give_back_free_memory, keep_one_heap
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig

SETTLED = 300.0  #: seconds from which on it is to be flat; a quarter of all where that is less
LOOK = 60.0  #: seconds between looks; a twentieth of all where that is less
TURN = 0.5  #: seconds between two turns
MOST = 100  #: lines about faults that are kept
WRITES = ("patch.save", "page.qr", "midi.learn", "midi.forget")  #: actions whose files or questions are not the matter
Packet = tuple[str, object]
Say = Callable[[str], None]


def turns(seed: int) -> Iterator[Packet]:
    """OSC messages without end, (address, value): every control, through all that its fader reaches, and the actions.
    Whatever stops the music is followed by Play. Pure."""
    drawn = random.Random(seed)
    controls, actions = list(CONTROLS.values()), [action for action in ACTIONS.values() if action.name not in WRITES]
    while True:
        drawn.shuffle(controls)
        for number, control in enumerate(controls):
            value = control.from_fader(drawn.random())
            yield control.address, int(value) if isinstance(value, bool) else value
            if number % 8 == 0:
                yield drawn.choice(actions).address, 1
            if number % 16 == 0:
                yield CONTROLS["clock.source"].address, "internal"
                yield ACTIONS["transport.play"].address, 1


def bench_memory(seconds: int, say: Say) -> dict[str, float]:
    """Figures `memory.NAME_mb`, `memory.NAME_grown` (the middle of the last quarter's looks over the first after it has
    settled; asked: 1.05), `memory.bars` (announced) and `memory.faults`."""
    context = multiprocessing.get_context("spawn")
    line, end = context.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = context.Process(target=perform, args=(end, folder))
        process.start()
        end.close()
        try:
            looks = _turned(line.recv(), line, seconds, say)
            line.send("stop")
            bars, faults = line.recv()
            for fault in faults:
                say(fault)
        finally:
            process.join(15)
            if process.is_alive():
                process.terminate()
    settled = min(SETTLED, seconds / 4)
    first = next(found for at, found in looks if at >= settled)
    last = [found for at, found in looks if at >= 0.75 * seconds]
    return {
        **{f"memory.{name}_mb": statistics.median(found[name] for found in last) for name in first},
        **{f"memory.{name}_grown": statistics.median(found[name] for found in last) / first[name] for name in first},
        "memory.bars": float(bars), "memory.faults": float(len(faults)),
    }  # fmt: skip


def _turned(port: int, line: Connection, seconds: float, say: Say) -> list[tuple[float, dict[str, float]]]:
    """Turn everything for so long. Returns what was seen: seconds since it began, megabytes of each. line: answers
    "look" with the numbers of the processes, which change where one has died."""
    clock, osc = SystemClock(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    looks, began, each = list[tuple[float, dict[str, float]]](), clock.now(), min(LOOK, seconds / 20)
    for number, (address, value) in enumerate(turns(1), 1):
        osc.sendto(build_msg(address, [value]).dgram, ("127.0.0.1", port))
        clock.sleep_until(began + number * TURN)
        at = clock.now() - began
        if at >= each * (len(looks) + 1):
            line.send("look")
            looks.append((at, {name: _resident(pid) for name, pid in line.recv().items()}))
            say(f"{at:.0f} s: " + ", ".join(f"{name} {mb:.1f} MB" for name, mb in looks[-1][1].items()))
        if at >= seconds:
            break
    osc.close()
    return looks


def perform(line: Connection, folder: str) -> None:
    """The main process of a session that nobody hears. Says its OSC port, its processes each time they are looked at,
    in the end how many bars there were, and the lines that tell of faults."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    keep_one_heap()  # as `lilt play` does
    os.chdir(folder)
    faults: list[str] = []

    def say(text: str) -> None:
        if ("a fault" in text or "has died" in text) and len(faults) < MOST:
            faults.append(text)

    bars = 0

    def count(_: object) -> None:
        nonlocal bars
        bars += 1

    rig = Rig(silent=True, recordings=Path(folder), osc_port=port, patches=Path(folder) / "patches")
    conductor = Conductor(find("session"), rig, say, seed=1)
    conductor.listen(Announced, count)

    def tell() -> None:
        clock = SystemClock()
        while not conductor.watchdogs.first.told or conductor.thinker.pid is None or not conductor.announced:
            clock.sleep_until(clock.now() + 0.1)
        children = {
            "player": conductor.player, "thinker": conductor.thinker,
            "watch": conductor.watchdogs.first.child, "second_watch": conductor.watchdogs.second.child,
        }  # fmt: skip
        line.send(port)
        with suppress(EOFError, OSError):
            while line.recv() == "look":
                line.send({"main": os.getpid(), **{name: child.pid or 0 for name, child in children.items()}})
        conductor.stop()

    threading.Thread(target=tell, daemon=True).start()
    give_back_free_memory(SystemClock())  # likewise
    conductor.run()
    with suppress(OSError):
        line.send((bars, faults))


def _resident(pid: int) -> float:
    """Megabytes; 0 where there is no such process any more."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, IndexError):
        return 0.0
