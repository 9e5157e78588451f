"""Response to controls: from an OSC packet to the page and back, and a flood of packets beside the music.

The flood comes from a process of its own, as from a tablet. The music with it and without it is measured in turns in
one run, idle, flooded, flooded, idle, since the machine has moods; the ratio is of the 99th percentiles of lateness.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg
from websockets.sync.client import ClientConnection, connect

from instrument.controls.table import CONTROLS
from instrument.files.patch import find
from instrument.playing.time.clock import SystemClock
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.keys.tap import bench_tap
from instrument.workshop.bench.way_back import bench_back

Say = Callable[[str], None]
MOVES = 300  #: of a fader, timed one by one
A_SECOND = 1000  #: packets of the flood
BPM = 200.0
FADERS = (
    "tune.temperature", "search.joint", "sound.level", "wish.cadence", "wish.range", "wish.novelty",
    "harmony.expert.key", "harmony.expert.chord",
)  # fmt: skip
WAIT = 10.0  #: seconds after which an answer is lost


def bench_control(seconds: int, say: Say) -> dict[str, float]:
    """Figures `control.*`. seconds: how long the music plays in all with the flood, and in all without it; and how
    long keys are tapped."""
    with playing() as conductor:
        back = bench_back(conductor, say)
    return {**reach(say), **back, **bench_tap(seconds, say), **flood(seconds, say)}


@contextmanager
def playing(**more: Any) -> Iterator[Conductor]:
    """`first`, to a port that leads nowhere, from its first note to the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(silent=True, dry=True, recordings=Path(folder), osc_port=0, **more)
        said: list[str] = []
        conductor = Conductor(find("first"), rig, said.append, seed=1)
        conductor.change([("clock.bpm", BPM)])
        performance = threading.Thread(target=conductor.run, daemon=True)
        performance.start()
        clock = SystemClock()
        ends = clock.now() + 60
        while not any(span.source == "composed" for span in conductor.announced):
            if clock.now() > ends or not performance.is_alive():
                raise RuntimeError(f"the music does not begin: {said}")
            clock.sleep_until(clock.now() + 0.05)
        try:
            yield conductor
        finally:
            conductor.stop()
            performance.join(15)


# there and back


def reach(say: Say, moves: int = MOVES) -> dict[str, float]:
    """A fader moved over OSC, until a page has heard; the page moves one in turn, until a subscriber has heard.

    Beside it, in the same moments, a packet to a process that does nothing but send it back: the machine's own share.
    """
    there, back, bare = [], [], []
    clock, chance = SystemClock(), random.Random(1)
    with playing() as conductor, _page(conductor) as page, _Surface(conductor.osc_address) as surface, _echo() as echo:
        surface.subscribe("/lilt/sound/level")
        for move in range(moves):
            clock.sleep_until(clock.now() + chance.uniform(0.02, 0.12))
            began = clock.now()
            echo.send("/echo", float(move))
            echo.until("/echo", float(move))
            bare.append(clock.now() - began)
            clock.sleep_until(clock.now() + chance.uniform(0.0, 0.02))
            cadence, level = round(4 * (move + 1) / (moves + 1), 4), round((move + 1) / (moves + 1), 4)
            began = clock.now()
            surface.send("/lilt/wish/cadence", cadence)
            _until(page, "wish.cadence", cadence)
            heard = clock.now()
            page.send(json.dumps({"set": {"sound.level": level}}))
            surface.until("/lilt/sound/level", level)
            there.append(heard - began)
            back.append(clock.now() - began)
    say(f"a fader over OSC to the page: median {np.median(there) * 1000:.1f} ms; back {np.median(back) * 1000:.1f} ms")
    return {
        "control.osc_to_page_p50_ms": _milliseconds(there, 50), "control.osc_to_page_p95_ms": _milliseconds(there, 95),
        "control.osc_to_page_and_back_p50_ms": _milliseconds(back, 50),
        "control.osc_to_page_and_back_p95_ms": _milliseconds(back, 95),
        "control.bare_echo_p50_ms": _milliseconds(bare, 50), "control.bare_echo_p95_ms": _milliseconds(bare, 95),
    }  # fmt: skip


def _page(conductor: Conductor) -> ClientConnection:
    host, port = conductor.remote.page_address
    return connect(f"ws://{host}:{port}/live", max_size=None, proxy=None)


def _until(page: ClientConnection, name: str, value: float) -> None:
    while json.loads(page.recv(timeout=WAIT)).get("values", {}).get(name) != value:
        pass


class _Surface:
    """A touch surface: one socket that sends and hears."""

    def __init__(self, to: tuple[str, int]) -> None:
        self.to = to
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(WAIT)

    def __enter__(self) -> _Surface:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, address: str, *arguments: float | str) -> None:
        self.socket.sendto(build_msg(address, list(arguments)).dgram, self.to)

    def subscribe(self, pattern: str) -> None:
        self.send("/lilt/subscribe", pattern)

    def until(self, address: str, *arguments: float) -> None:
        """Hear until that has come."""
        while True:
            data = self.socket.recv(65535)
            for message in OscBundle(data) if data.startswith(b"#") else [OscMessage(data)]:
                if message.address == address and np.allclose(message.params, arguments, atol=1e-6):
                    return


@contextmanager
def _echo() -> Iterator[_Surface]:
    """A line to a process that sends back what it gets."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_send_back, args=(theirs,), daemon=True)
    process.start()
    with _Surface(("127.0.0.1", ours.recv())) as surface:
        yield surface
    process.terminate()
    process.join(5)


def _send_back(line: Connection) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        line.send(one.getsockname()[1])
        while True:
            one.sendto(*one.recvfrom(65535))


def _milliseconds(seconds: list[float], percent: float) -> float:
    return float(np.percentile(seconds, percent)) * 1000


# the flood


def flood(seconds: int, say: Say) -> dict[str, float]:
    """The music's lateness with a thousand packets a second beside it, against its lateness without."""
    late: dict[bool, list[float]] = {False: [], True: []}
    sent, lost = 0.0, 0.0
    for flooded in (False, True, True, False):
        with playing() as conductor:
            if flooded:
                count, missing = _pour(conductor, seconds / 2)
                sent, lost = sent + count, lost + missing
            else:
                clock = SystemClock()
                clock.sleep_until(clock.now() + seconds / 2)
        late[flooded].append(conductor.figures["late_p99_ms"])
        say(f"{'flooded' if flooded else 'idle'}: p99 of lateness {late[flooded][-1]:.2f} ms")
    idle, wet = float(np.mean(late[False])), float(np.mean(late[True]))
    return {
        "control.idle_late_p99_ms": idle, "control.flooded_late_p99_ms": wet,
        "control.late_ratio_under_1000_osc": wet / idle, "control.flood_per_s": sent / seconds,
        "control.flood_last_values_lost": lost,
    }  # fmt: skip


def _pour(conductor: Conductor, seconds: float) -> tuple[float, float]:
    """(packets sent, faders that did not end on the last value sent)."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_sender, args=(theirs, conductor.osc_address, seconds), daemon=True)
    process.start()
    count, last = ours.recv()
    process.join(5)
    values = conductor.snapshot.values
    return count, float(sum(not np.isclose(float(values[name]), value, atol=1e-5) for name, value in last.items()))


def _sender(line: Connection, to: tuple[str, int], seconds: float) -> None:
    clock, chance, last = SystemClock(), random.Random(1), {}
    count, began = 0, clock.now()
    with _Surface(to) as surface:
        while clock.now() < began + seconds:
            name = FADERS[count % len(FADERS)]
            control = CONTROLS[name]
            last[name] = round(chance.uniform(control.low, control.high), 4)
            surface.send(control.address, last[name])
            count += 1
            clock.sleep_until(began + count / A_SECOND)
        surface.send("/lilt/sync", 1)  # from the same sender: what others send may overtake it
        surface.until("/lilt/synced", 1)
    line.send((count, last))
