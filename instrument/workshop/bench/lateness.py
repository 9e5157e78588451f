"""Lateness of a whole rig, and what happens when a process is killed: parts of `bench time`.

Sixteen notes a second, on and off, to a port that leads nowhere, while the thinker composes its look-ahead anew four
times a second. In the same seconds two things stand beside it: a bare process that does nothing but wake on time, since
the machine itself stalls now and then; and a thread in the thinker's process that does the same as the player.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from instrument.controls.devices.plugged import OutputPort, Plugged
from instrument.files.patch import find
from instrument.music.events import Note, Span
from instrument.music.ticks import QUARTER
from instrument.playing.messages import PlayerSetup
from instrument.playing.time.clock import SystemClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.player_process import Loop
from instrument.ports.player_process import run as run_player
from instrument.rig.child_processes import think
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.bench.jack_rig import RECEIVER, jack_server, receive
from instrument.workshop.bench.think import bare_process

BPM, EACH = 240.0, QUARTER // 4  #: so a note every 62.5 ms
KILLS = 3
Say = Callable[[str], None]


def bench_lateness(seconds: int, say: Say) -> dict[str, float]:
    """Figures `time.late_*`, `time.bare_late_*`, `time.thread_late_*`, `time.priority` (1.0: real-time),
    `time.thinker_kill_recover_s`, and where there is JACK `time.player_kill_silence_ms`."""
    figures = _playing(seconds, say)
    try:
        with jack_server():
            figures.update(_player_killed(say))
    except ValueError as missing:
        say(f"the player is not killed: {missing}")
    return figures


def steady(span: Span) -> Span:
    """The same measure with a note every 62.5 ms at 240 bpm."""
    starts = range(span.start, span.end, EACH)
    notes = (Note(start, EACH // 2, 60 + index % 12, 80) for index, start in enumerate(starts))
    return replace(span, notes=tuple(notes))


def play_steadily(line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
    """The player's process, given other notes."""

    def fit(loop: Loop) -> None:
        player = loop.performance.player
        receive_span = player.receive
        player.receive = lambda span: receive_span(steady(span))  # type: ignore[method-assign]

    run_player(line, replace(setup, opening=tuple(map(steady, setup.opening)), record=False), tapes, fit)


def think_beside_a_thread(figures: Path, line: Connection, *given: object) -> None:
    """The thinker's process with a thread in it that wakes as often as the player sends, and notes how late, once
    FIGURES.go is there."""
    threading.Thread(target=_thread, args=(figures,), daemon=True).start()
    think(line, *given)  # type: ignore[arg-type]


def _thread(figures: Path) -> None:
    clock, lateness = SystemClock(), Lateness()
    while not figures.with_suffix(".go").exists():
        clock.sleep_until(clock.now() + 0.1)
    due, written = clock.now(), clock.now()
    while True:
        due += 60 / BPM / 8
        clock.sleep_until(due)
        lateness.add(max(0.0, clock.now() - due))
        if clock.now() - written > 1.0:
            written = clock.now()
            figures.write_text(" ".join(map(repr, lateness.figures().values())))


def _playing(seconds: int, say: Say) -> dict[str, float]:
    bare, theirs = multiprocessing.get_context("spawn").Pipe()
    multiprocessing.get_context("spawn").Process(target=bare_process, args=(theirs, True), daemon=True).start()
    clock, said = SystemClock(), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(silent=True, dry=True, recordings=Path(folder), osc_port=0)
        conductor = Conductor(find("first"), rig, said.append, seed=1, body=play_steadily)
        conductor.thinker.body = partial(think_beside_a_thread, Path(folder) / "thread")
        heard: list[float] = []
        conductor.listen(Span, lambda _: heard.append(clock.now()))
        conductor.change([("clock.bpm", BPM), ("tune.meter", "4/4")])
        performance = threading.Thread(target=conductor.run)
        performance.start()
        while not heard:  # it has begun to compose
            clock.sleep_until(clock.now() + 0.05)
        (Path(folder) / "thread.go").touch()
        _flat_out(conductor, seconds)
        thread = [float(value) for value in (Path(folder) / "thread").read_text().split()]
        say(f"{seconds} s played; now the thinker is killed {KILLS} times")
        recovered = [_thinker_killed(conductor, heard) for _ in range(KILLS)]
        conductor.stop()
        performance.join(15)
    bare.send("stop")
    names = ("late_p50_ms", "late_p99_ms", "late_p999_ms", "late_max_ms")
    found, beside = conductor.figures, bare.recv()
    return {
        **{f"time.{name}": found[name] for name in names}, **{f"time.bare_{name}": beside[name] for name in names},
        **{f"time.thread_{name}": value for name, value in zip(names, thread, strict=False)},
        "time.messages": found["messages"], "time.dropped": found["dropped"],
        "time.priority": float(any("real-time priority" in line for line in said)),
        "time.thinker_kill_recover_s": max(recovered),
        "time.thinker_kill_recover_median_s": float(np.median(recovered)),
    }  # fmt: skip


def _flat_out(conductor: Conductor, seconds: float) -> None:
    """A change of temperature makes the thinker compose the whole look-ahead anew: it never rests."""
    clock, flip = SystemClock(), False
    ends = clock.now() + seconds
    while clock.now() < ends:
        clock.sleep_until(clock.now() + 0.25)
        flip = not flip
        conductor.change([("tune.temperature", 1.01 if flip else 1.0)])


def _thinker_killed(conductor: Conductor, heard: list[float]) -> float:
    """Seconds from its death to the first measure of the next one's."""
    clock, pid = SystemClock(), conductor.thinker_pid
    if pid is None:
        return float("nan")
    os.kill(pid, signal.SIGKILL)
    killed = clock.now()
    while conductor.thinker_pid == pid:
        clock.sleep_until(clock.now() + 0.01)
    heard.clear()
    while not heard and clock.now() < killed + 60:
        clock.sleep_until(clock.now() + 0.01)
    _flat_out(conductor, 2.0)
    return heard[0] - killed if heard else float("nan")


def _player_killed(say: Say) -> dict[str, float]:
    """Milliseconds from the player's death to the last note-off, at the far end of its cable, in another process."""
    silences, left = [], 0.0
    for number in range(KILLS):
        took, down = one_player_killed()
        silences.append(took)
        left += down
        say(f"player killed {number + 1} of {KILLS}: silence after {took:.1f} ms, {down:.0f} notes left")
    return {
        "time.player_kill_silence_ms": max(silences), "time.player_kill_silence_median_ms": float(np.median(silences)),
        "time.player_kill_hanging": left,
    }  # fmt: skip


def one_player_killed() -> tuple[float, float]:
    clock = SystemClock()
    far, theirs = multiprocessing.get_context("spawn").Pipe()
    multiprocessing.get_context("spawn").Process(target=receive, args=(theirs,), daemon=True).start()
    far.recv()
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Plugged((OutputPort("far", RECEIVER),)), silent=True, recordings=Path(folder), osc_port=0)
        conductor = Conductor(find("air"), rig, lambda line: None, seed=1)
        performance = threading.Thread(target=conductor.run)
        performance.start()
        while not conductor.watchdogs.ports or _far(far, "so far")["down"] == 0:
            clock.sleep_until(clock.now() + 0.005)
        pid = conductor.player.pid
        assert pid is not None
        killed = clock.now()
        os.kill(pid, signal.SIGKILL)
        performance.join(15)
        found = _far(far, "stop")
    return (found["quiet"] - killed) * 1000, found["down"]


def _far(line: Connection, word: str) -> dict[str, float]:
    line.send(word)
    figures: dict[str, float] = line.recv()
    return figures
