"""Keys of pages and notes over OSC, timed in a running rig: `bench page`.

From the moment at which a page or a program sends a note to the moment at which it leaves at the MIDI output's wire, on
this machine's loopback; what ten pages that play do to the lateness of the tune, in turns with nobody playing; and how
far the time tags of OSC notes lie from the MIDI recording of the same music.
"""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import mido
import numpy as np
from pythonosc.osc_message_builder import build_msg

from instrument.controls.devices.plugged import OscTarget, Plugged
from instrument.controls.midi_messages import decode, encode
from instrument.files.patch import find
from instrument.playing.messages import PlayerSetup
from instrument.playing.time.clock import SystemClock
from instrument.ports.osc.packet import OscCall, read_packet
from instrument.ports.osc_out.note_packets import wall_of
from instrument.ports.outputs import Midi
from instrument.ports.player_process import Loop, run
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.lateness import BPM, steady

Say = Callable[[str], None]
KEYS = 200  #: struck one by one
LOWEST = 100  #: pitches of these keys, which no tune has
PAGES = 10
EACH = 0.25  #: seconds between the notes of one of those pages
TURN = 4.0  #: seconds of a stretch


class _Noted:
    """The player's process, the tune played steadily; when each message left, how late, and whether it was the tune's;
    when each key's note left."""

    def __init__(self, folder: Path) -> None:
        self.late, self.struck = str(folder / "late"), str(folder / "struck")

    def __call__(self, line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
        late: list[tuple[float, float, bool]] = []
        struck: list[tuple[float, float]] = []

        def fit(loop: Loop) -> None:
            player, add = loop.performance.player, loop.lateness.add
            receive = player.receive
            tunes = True
            player.receive = lambda span: receive(steady(span))  # type: ignore[method-assign]

            def noted(seconds: float) -> None:
                late.append((loop.clock.now(), seconds, tunes))
                add(seconds)

            def sent(data: list[int]) -> None:  # of a message, just before its lateness is noted
                nonlocal tunes
                said = decode(data)
                tunes = said is None or said.number < LOWEST
                if said is not None and said.kind == "on" and not tunes:
                    struck.append((loop.clock.now(), float(data[1])))

            loop.lateness.add = noted  # type: ignore[method-assign]
            next(one for one in loop.outputs if isinstance(one, Midi)).port.watch = sent

        try:
            run(line, replace(setup, opening=tuple(map(steady, setup.opening)), record=False), tapes, fit)
        finally:
            np.savetxt(self.late, np.array(late).reshape(-1, 3), fmt="%.9f")
            np.savetxt(self.struck, np.array(struck).reshape(-1, 2), fmt="%.9f")


def bench_page(seconds: int, say: Say) -> dict[str, float]:
    """Figures `page.*` and `osc.note_*`; `page.ten_keys_p99_ms`: from the turn in which the player takes a key of one
    of ten pages to its note. seconds: how long the music plays in all with ten pages, and without."""
    with tempfile.TemporaryDirectory() as folder:
        noted = _Noted(Path(folder))
        with _playing(Rig(silent=True, dry=True, recordings=Path(folder), osc_port=0), noted) as conductor:
            keys = asyncio.run(_keys(conductor.remote.page_address))
            notes = _notes(conductor.remote.osc.address)
            stretches = _stretches(conductor.remote.page_address, seconds)
        struck, late = np.loadtxt(noted.struck, ndmin=2), np.loadtxt(noted.late, ndmin=2)
    figures = {**_waits("page.key", keys, struck), **_waits("osc.note_in", notes, struck)}
    say(f"page key to note p50 {figures['page.key_p50_ms']:.2f}, p95 {figures['page.key_p95_ms']:.2f} ms; "
        f"OSC in p99 {figures['osc.note_in_p99_ms']:.2f} ms")  # fmt: skip
    ours, theirs = late[late[:, 2] == 1], late[late[:, 2] == 0]
    p99 = [_percentile(ours, stretches, busy) for busy in (False, True)]
    keys_p99 = _percentile(theirs, stretches, True)
    say(f"lateness of the tune p99 {p99[0]:.2f} ms, with {PAGES} pages {p99[1]:.2f} ms; their notes {keys_p99:.2f} ms")
    return {
        **figures, "page.quiet_p99_ms": p99[0], "page.ten_p99_ms": p99[1], "page.ten_ratio": p99[1] / p99[0],
        "page.ten_keys_p99_ms": keys_p99, **bench_tags(seconds, say),
    }  # fmt: skip


@contextmanager
def _playing(rig: Rig, body: Any = None) -> Iterator[Conductor]:
    given = {"body": body} if body is not None else {}
    conductor = Conductor(find("first"), rig, lambda line: None, seed=1, **given)
    conductor.change([("clock.bpm", BPM)])
    thread = threading.Thread(target=conductor.run)
    thread.start()
    clock = SystemClock()
    ends = clock.now() + 60
    try:
        while not any(span.source == "composed" for span in conductor.announced):
            if clock.now() > ends or not thread.is_alive():
                raise RuntimeError("the music does not begin")
            clock.sleep_until(clock.now() + 0.05)
        yield conductor
    finally:
        conductor.stop()
        thread.join(20)


async def _keys(address: tuple[str, int]) -> list[tuple[float, int]]:
    """Keys of one page, one after another: when each was sent, and its pitch."""
    from websockets.asyncio.client import connect

    clock, found = SystemClock(), []
    async with connect(f"ws://{address[0]}:{address[1]}/play", proxy=None, open_timeout=60) as page:
        answering = asyncio.create_task(_answer(page, clock))
        await asyncio.wait([answering], timeout=2.0)
        for n in range(KEYS):
            pitch = LOWEST + n % 20
            found.append((clock.now(), pitch))
            await page.send(json.dumps({"m": encode("on", 1, pitch, 90), "t": clock.now() * 1000}))
            await asyncio.wait([answering], timeout=0.03 + 0.0007 * (n % 17))
            await page.send(json.dumps({"m": encode("off", 1, pitch), "t": clock.now() * 1000}))
        answering.cancel()
    return found


async def _answer(page: Any, clock: SystemClock) -> None:
    async for data in page:
        if (number := json.loads(data).get("ask")) is not None:
            await page.send(json.dumps({"a": number, "t": clock.now() * 1000}))


def _notes(address: tuple[str, int]) -> list[tuple[float, int]]:
    """The same over OSC."""
    clock, found = SystemClock(), []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for n in range(KEYS):
            pitch = LOWEST + n % 20
            data = build_msg("/lilt/note", [pitch, 90, 0.02]).dgram
            found.append((clock.now(), pitch))
            sender.sendto(data, address)
            clock.sleep_until(clock.now() + 0.04 + 0.0007 * (n % 17))
    return found


def _waits(name: str, sent: list[tuple[float, int]], struck: np.ndarray) -> dict[str, float]:
    """Milliseconds until the note of each key left. struck: rows of (moment, pitch)."""
    waits = []
    for at, pitch in sent:
        after = struck[(struck[:, 1] == pitch) & (struck[:, 0] >= at) & (struck[:, 0] < at + 0.5), 0]
        waits += [(after[0] - at) * 1000] if len(after) else []
    p50, p95, p99 = np.percentile(waits, (50, 95, 99)) if waits else (float("nan"),) * 3
    return {f"{name}_p50_ms": float(p50), f"{name}_p95_ms": float(p95), f"{name}_p99_ms": float(p99),
            f"{name}s_heard": float(len(waits))}  # fmt: skip


def _stretches(address: tuple[str, int], seconds: int) -> list[tuple[float, float, bool]]:
    """(from, until, whether ten pages played) of each stretch."""
    clock, context, found = SystemClock(), get_context("spawn"), []
    for _ in range(max(1, round(seconds / (2 * TURN)))):
        for busy in (False, True):
            ours, theirs = context.Pipe()
            pages = context.Process(target=play_pages, args=(theirs, address), daemon=True)
            if busy:
                pages.start()
                ours.recv()
            begins = clock.now() + 0.5
            clock.sleep_until(begins + TURN)
            found.append((begins, clock.now(), busy))
            if busy:
                ours.send("enough")
                pages.join(10)
    return found


def play_pages(line: Connection, address: tuple[str, int]) -> None:
    """The pages' process: ten that play until it is enough."""
    asyncio.run(_play_pages(line, address))


async def _play_pages(line: Connection, address: tuple[str, int]) -> None:
    from websockets.asyncio.client import connect

    clock = SystemClock()

    async def play(number: int) -> None:
        async with connect(f"ws://{address[0]}:{address[1]}/play", proxy=None, open_timeout=60) as page:
            answering = asyncio.create_task(_answer(page, clock))
            for n in range(10_000):
                pitch = LOWEST + 2 * number + n % 2
                await page.send(json.dumps({"m": encode("on", 1, pitch, 90), "t": clock.now() * 1000}))
                await asyncio.wait([answering], timeout=EACH / 2)
                await page.send(json.dumps({"m": encode("off", 1, pitch), "t": clock.now() * 1000}))
                await asyncio.wait([answering], timeout=EACH / 2)

    tasks = [asyncio.create_task(play(number)) for number in range(PAGES)]
    await asyncio.wait(tasks, timeout=1.0)
    line.send("playing")
    await asyncio.get_running_loop().run_in_executor(None, line.recv)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _percentile(late: np.ndarray, stretches: list[tuple[float, float, bool]], busy: bool) -> float:
    chosen = [late[(late[:, 0] >= a) & (late[:, 0] < b), 1] for a, b, which in stretches if which is busy]
    return float(np.percentile(np.concatenate(chosen), 99)) * 1000


# out


def bench_tags(seconds: int, say: Say) -> dict[str, float]:
    """Figures `osc.note_out_*`: how far time tags lie from the MIDI recording, in ms, and how many notes there were."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(0.2)
    tagged: defaultdict[int, list[float]] = defaultdict(list)
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            try:
                data = ear.recv(65536)
            except TimeoutError:
                continue
            for call in read_packet(data):
                if isinstance(call, OscCall) and call.address == "/lilt/note/melody/on":
                    tagged[int(call.arguments[0])].append(wall_of(call.tag))

    listening = threading.Thread(target=listen)
    listening.start()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        midi = Plugged(osc=(OscTarget("ear", "127.0.0.1", ear.getsockname()[1]),))
        rig = Rig(midi, silent=True, record=True, recordings=Path(folder), log=False, osc_port=0, page_port=0)
        with _playing(rig) as conductor:
            clock.sleep_until(clock.now() + min(max(seconds, 5), 20))
        recorded = _onsets(next(Path(folder).glob("*.mid")), channel=0)
        assert not conductor.failed
    over.set()
    listening.join(5)
    ear.close()
    apart = []
    for pitch, tags in tagged.items():
        apart += [a - b for a, b in zip(sorted(tags), recorded.get(pitch, []), strict=False)]
    off = np.abs(np.array(apart) - np.median(apart)) * 1000
    p99 = float(np.percentile(off, 99))
    say(f"OSC time tags lie within {p99:.2f} ms (p99) of the MIDI recording, {len(off)} notes")
    return {"osc.note_out_p99_ms": p99, "osc.note_out_max_ms": float(off.max()), "osc.notes_out": float(len(off))}


def _onsets(path: Path, channel: int) -> dict[int, list[float]]:
    """Seconds from the top at which each pitch of a channel was struck."""
    found: defaultdict[int, list[float]] = defaultdict(list)
    at = 0.0
    for message in mido.MidiFile(path):
        at += message.time
        if message.type == "note_on" and message.velocity and message.channel == channel:
            found[message.note].append(at)
    return found
