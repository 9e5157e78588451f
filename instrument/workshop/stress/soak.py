"""Soak test: playing for a long time, in real time, as on a stage, with a clock that stops and starts and a hand that
never rests.

The far ends are other processes behind a JACK server: what arrived there is compared with what the player says it sent,
and what is down there when it is over hangs. At the end the session log is played again.
"""

from __future__ import annotations

import itertools
import multiprocessing
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from instrument.controls.control import Value
from instrument.controls.devices.plugged import InputPort, OutputPort, Plugged
from instrument.files.patch import find
from instrument.playing.time.clock import SystemClock
from instrument.ports.log.replay import replay
from instrument.rig.child_processes import Child
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.jack_rig import MASTER, RECEIVER, jack_server, keep_time, receive
from instrument.workshop.bench.think import bare_process

BPM = 180.0
WARM = 60.0  #: seconds before memory is first read, or a tenth of all
TURNS: tuple[tuple[str, tuple[Value, ...]], ...] = (
    ("tune.temperature", (0.9, 1.1)), ("search.beam", (0, 8)), ("search.tuple", (1, 2)), ("search.lookahead", (4, 6)),
    ("tune.meter", ("4/4", "6/8")), ("tune.temperature", (1.0, 1.05)), ("search.commit", (1.0, 2.0)),
    ("tune.key", ("D major", "A dorian")), ("tune.square", (True, False)),
)  # fmt: skip
Say = Callable[[str], None]


def bench_soak(seconds: int, say: Say) -> dict[str, float]:
    """Figures `soak.*`. hanging, lost: must be 0. Raises ValueError without JACK."""
    with jack_server(), tempfile.TemporaryDirectory() as folder:
        return _soak(seconds, say, Path(folder))


def _soak(seconds: int, say: Say, folder: Path) -> dict[str, float]:
    clock = SystemClock()
    far, master = _beside(receive), _beside(keep_time, BPM)
    bare = _beside(bare_process, True, wait=False)
    midi = Plugged((OutputPort("far", RECEIVER),), (InputPort("clock", MASTER),))
    said: list[str] = []
    conductor = Conductor(find("reel"), Rig(midi, silent=True, recordings=folder, osc_port=0), said.append, seed=1)
    conductor.change([("clock.source", "midi"), ("clock.bpm", BPM)])
    performance = threading.Thread(target=conductor.run)
    performance.start()
    while not conductor.announced and clock.now() and performance.is_alive() and len(said) < 3:
        clock.sleep_until(clock.now() + 0.1)
    master.send("go")
    began, memory = clock.now(), {}
    for second in itertools.count(1):
        clock.sleep_until(began + second)
        name, values = TURNS[second % len(TURNS)]
        conductor.change([(name, values[second // len(TURNS) % len(values)])])
        if second == round(min(WARM, seconds / 10)) or second % 60 == 0:
            memory[second] = {name: child.resident() for name, child in _processes(conductor).items()}
            far.send("so far")
            so_far = far.recv()
            say(f"{second} s: {so_far['received']:.0f} messages, " +
                ", ".join(f"{name} {mb:.1f} MB" for name, mb in memory[second].items()))  # fmt: skip
        if second >= seconds or not performance.is_alive():
            break
    memory[seconds] = {name: child.resident() for name, child in _processes(conductor).items()}
    master.send("end")
    master.recv()
    conductor.stop()
    performance.join(15)
    bare.send("stop")
    return {
        **_arrived(far, conductor.figures), **_memories(list(memory.values())), **_replayed(folder, said, say),
        **{f"soak.bare_{name}": value for name, value in bare.recv().items() if name != "messages"},
        **{f"soak.{n}": v for n, v in conductor.figures.items() if n.startswith(("late_", "dropped", "repeated"))},
        "soak.seconds": float(seconds),
    }  # fmt: skip


def _arrived(far: Connection, sent: dict[str, float]) -> dict[str, float]:
    clock = SystemClock()
    clock.sleep_until(clock.now() + 0.5)
    far.send("stop")
    found = far.recv()
    return {
        "soak.hanging": found["down"], "soak.lost": sent.get("sent", -1.0) - found["received"],
        "soak.sent": sent.get("sent", -1.0), "soak.received": found["received"], "soak.struck": found["struck"],
        "soak.double": found["double"], "soak.stray": found["stray"],
    }  # fmt: skip


def _memories(samples: list[dict[str, float]]) -> dict[str, float]:
    """Megabytes at both ends."""
    names = samples[0]
    ends = (("start", samples[0]), ("end", samples[-1]))
    return {f"soak.{name}_rss_{end}_mb": sample[name] for end, sample in ends for name in names}


def _replayed(folder: Path, said: list[str], say: Say) -> dict[str, float]:
    logs = sorted(folder.glob("*.jsonl"), key=lambda path: len(path.name))
    found = replay(logs[0])
    if found.difference:
        say(f"played again, the log differs: {found.difference}")
    for line in said:
        say(f"said: {line}")
    return {
        "soak.log_mb": sum(log.stat().st_size for log in logs) / 1e6, "soak.replay_same": float(found.same),
        "soak.replay_whole": float(found.whole), "soak.replay_messages": float(found.messages),
        "soak.faults": float(sum("a fault" in line for line in said)),
    }  # fmt: skip


def _processes(conductor: Conductor) -> dict[str, Child]:
    return {"play": conductor.player, "think": conductor.thinker, "watchdog": conductor.watchdogs.first.child,
            "watch": conductor.watchdogs.second.child}  # fmt: skip


def _beside(body: Callable[..., None], *given: object, wait: bool = True) -> Connection:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=body, args=(theirs, *given), daemon=True).start()
    theirs.close()
    if wait:
        ours.recv()
    return ours
