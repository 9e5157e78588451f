"""Cost of the band's page to the player: how late messages leave with nobody reading, and with twenty readers.

Sixteen notes a second go to a port that leads nowhere while the thinker composes. The readers are in a process of their
own, each on a WebSocket with a key and clef of its own, as players' phones would be. Quiet and read stretches take
turns in one performance, so that a machine that is busy with something else is busy in both.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from instrument.files.patch import find
from instrument.playing.messages import PlayerSetup
from instrument.playing.time.clock import SystemClock
from instrument.ports.player_process import Loop
from instrument.ports.player_process import run as run_player
from instrument.ports.web.band_reading import CLEFS, INSTRUMENTS
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.lateness import BPM, steady

VIEWERS = 20
TURN = 5.0  #: seconds of a stretch without readers, and of one with them
Say = Callable[[str], None]


def bench_band(seconds: int, say: Say) -> dict[str, float]:
    """Figures `band.quiet_p99_ms`, `band.read_p99_ms`, `band.ratio` of the two, `band.viewers`, `band.heard`: messages
    that the readers got."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "late"
        rig = Rig(silent=True, dry=True, recordings=Path(folder), log=False, osc_port=0, page_port=0)
        conductor = Conductor(find("first"), rig, lambda line: None, seed=1, body=_Measured(str(file)))
        conductor.change([("clock.bpm", BPM)])
        thread = threading.Thread(target=conductor.run)
        thread.start()
        clock = SystemClock()
        try:
            _wait(clock, lambda: any(span.source == "composed" for span in conductor.announced), 60.0)
            stretches, heard = _stretches(conductor, clock, seconds)
        finally:
            conductor.stop()
            thread.join(20)
        late = np.loadtxt(file, ndmin=2)
    return _figures(late, stretches, heard, say)


def _stretches(conductor: Conductor, clock: SystemClock, seconds: int) -> tuple[list[tuple[float, float, bool]], int]:
    """(from, until, whether it was read) of each stretch, and what the readers heard."""
    found, heard = list[tuple[float, float, bool]](), 0
    context = get_context("spawn")
    for _ in range(max(1, round(seconds / (2 * TURN)))):
        found.append(_stretch(clock, False))
        ours, theirs = context.Pipe()
        address = conductor.remote.page_address
        readers = context.Process(target=read_along, args=(theirs, address, VIEWERS), daemon=True)
        readers.start()
        assert ours.recv() == "reading"
        found.append(_stretch(clock, True))
        ours.send("enough")
        heard += int(ours.recv())
        readers.join(10)
    return found, heard


def _stretch(clock: SystemClock, read: bool) -> tuple[float, float, bool]:
    begins = clock.now() + 0.5
    clock.sleep_until(begins + TURN)
    return begins, clock.now(), read


def _figures(
    late: np.ndarray, stretches: list[tuple[float, float, bool]], heard: int, say: Say
) -> dict[str, float]:  # fmt: skip
    """late: rows of (moment, seconds late)."""
    p99 = {}
    for which in (False, True):
        chosen = [late[(late[:, 0] >= a) & (late[:, 0] < b), 1] for a, b, read in stretches if read is which]
        p99[which] = float(np.percentile(np.concatenate(chosen), 99)) * 1000
    ratio = p99[True] / p99[False]
    say(f"p99 {p99[False]:.2f} ms with nobody reading, {p99[True]:.2f} ms with {VIEWERS} readers")
    return {
        "band.quiet_p99_ms": p99[False], "band.read_p99_ms": p99[True], "band.ratio": ratio,
        "band.viewers": float(VIEWERS), "band.heard": float(heard),
    }  # fmt: skip


class _Measured:
    """The player's process, playing steadily and noting when each message left and how late it was."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __call__(self, line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
        rows: list[tuple[float, float]] = []

        def fit(loop: Loop) -> None:
            player = loop.performance.player
            receive, add = player.receive, loop.lateness.add
            player.receive = lambda span: receive(steady(span))  # type: ignore[method-assign]

            def noted(seconds: float) -> None:
                rows.append((loop.clock.now(), seconds))
                add(seconds)

            loop.lateness.add = noted  # type: ignore[method-assign]

        try:
            opening = tuple(map(steady, setup.opening))
            run_player(line, replace(setup, opening=opening, record=False), tapes, fit)
        finally:
            np.savetxt(self.file, np.array(rows).reshape(-1, 2))


def read_along(line: Connection, address: tuple[str, int], count: int) -> None:
    """The readers' process: opens so many pages and takes what comes, until it is told that it is enough."""
    asyncio.run(_read_along(line, address, count))


async def _read_along(line: Connection, address: tuple[str, int], count: int) -> None:
    from websockets.asyncio.client import connect

    heard, begun = 0, set[int]()
    names, clefs = list(INSTRUMENTS), list(CLEFS)

    async def reader(number: int) -> None:
        nonlocal heard
        where = f"ws://{address[0]}:{address[1]}/band/live?for={names[number % len(names)]}&clef={clefs[number % 3]}"
        async with connect(where, proxy=None, open_timeout=60) as page:
            async for _ in page:
                heard += 1
                begun.add(number)

    tasks = [asyncio.create_task(reader(number)) for number in range(count)]
    while len(begun) < count:
        await asyncio.wait(tasks, timeout=0.05)
        for task in tasks:
            if task.done():
                task.result()  # says why it does not read
    line.send("reading")
    await asyncio.get_running_loop().run_in_executor(None, line.recv)
    line.send(heard)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _wait(clock: SystemClock, true: Callable[[], bool], seconds: float) -> None:
    ends = clock.now() + seconds
    while not true():
        if clock.now() > ends:
            raise RuntimeError("the thinker did not come up")
        clock.sleep_until(clock.now() + 0.05)
