"""The conductor: from a patch to a running rig. Starts the processes, carries messages, restarts, panics.

Player and thinker are processes of their own; this one holds the OSC server and passes everything on. A
dead thinker is replaced while the player goes on; a dead player ends the show, its notes ended from here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path

from instrument.controls.control import Value
from instrument.controls.patch import Patch
from instrument.controls.readings import READINGS
from instrument.controls.requests import Extend, Ready, Rethink
from instrument.controls.thoughts import Thought, Told
from instrument.music.events import Span
from instrument.playing.clock import SystemClock
from instrument.playing.wire import (
    Act,
    Announced,
    Change,
    Ended,
    FirstNote,
    Opened,
    Said,
    Stage,
    Status,
    Thinker,
)
from instrument.ports import midi
from instrument.ports.osc import OscServer
from instrument.rig import Rig, arrangement, stage, with_seed
from instrument.thinking.arrange import Arrangement

RESTARTS = 20  #: thinkers in a row that may die before we stop trying
Say = Callable[[str], None]


def _think(line: Connection, how: Arrangement, weights: Path | None) -> None:
    """The thinker process. Torch is imported here and nowhere else."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from instrument.thinking.thinker import run

    run(line, how, SystemClock().now, weights)


def _play(line: Connection, setup: Stage) -> None:
    """The player process."""
    from instrument.ports.stage import run

    run(line, setup)


class Conductor:
    """One performance. `run` blocks until it is over; `stop` ends it from any thread or a signal handler."""

    def __init__(
        self, patch: Patch, rig: Rig, say: Say, seed: int | None = None
    ) -> None:
        """say: shows one line to people; seed: in place of the patch's (ValueError out of range)."""
        self.patch, self.rig, self.say = patch, rig, say
        snapshot = patch.snapshot()
        self.snapshot = with_seed(snapshot if seed is None else snapshot.with_value("tune.seed", seed))
        self.figures: dict[str, float] = {}
        self.readings: dict[str, Value] = {name: reading.start for name, reading in READINGS.items()}
        self.recording: Path | None = None
        self.thought: Thought | None = None  #: how the newest measure came about
        self._midi: tuple[str, ...] = ()
        self.announced: list[Span] = []
        self.failed = False
        self._ahead_min = float("inf")
        self._context = multiprocessing.get_context("spawn")
        self._lock = threading.Lock()  # the player's line and the snapshot, shared with the OSC thread
        self._stop_read, self._stop_write = multiprocessing.Pipe(duplex=False)
        self._thinkers = 0
        self._player: multiprocessing.process.BaseProcess | None = None
        self._player_line: Connection | None = None
        self._thinker: multiprocessing.process.BaseProcess | None = None
        self._thinker_line: Connection | None = None

    # from the OSC thread

    def change(self, changes: list[tuple[str, Value]]) -> None:
        """Turn controls, together. The values have been checked."""
        with self._lock:
            self.snapshot = self.snapshot.with_values(changes)
            self._to_player(Change(self.snapshot))

    def act(self, name: str) -> None:
        """An action from the table."""
        with self._lock:
            if name == "tune.new":
                self.snapshot = self.snapshot.with_new_tune()
                self._to_player(Change(self.snapshot))
            else:
                self._to_player(Act(name))

    def get(self, name: str) -> Value:
        """A control's or a reading's value now."""
        return self.readings[name] if name in READINGS else self.snapshot.values[name]

    def stop(self) -> None:
        """End the performance. thread: any, or a signal handler. blocks: never."""
        with suppress(OSError):
            self._stop_write.send("stop")

    @property
    def thinker_pid(self) -> int | None:
        """The thinker's process number, while there is one."""
        return self._thinker.pid if self._thinker is not None else None

    @property
    def osc_address(self) -> tuple[str, int]:
        """Where OSC is listened for."""
        return self._osc.address

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each process, as the benches name them; empty where the system does not say."""
        processes = {"play.rss_mb": self._player, "think.rss_mb": self._thinker}
        return {name: rss for name, p in processes.items() if p is not None and (rss := _resident(p.pid or 0))}

    # the performance

    def run(self) -> int:
        """Play. Returns the exit status: 0, or 1 where the player died."""
        self._osc = OscServer(self.rig.osc_host, self.rig.osc_port, self.change, self.act, self.get)
        try:
            self._spawn_player()
            self._spawn_thinker()
            self._osc.start()
            self._carry()
        finally:
            self._osc.close()
            self._end()
        return 1 if self.failed else 0

    def _spawn_player(self) -> None:
        self._player_line, theirs = self._context.Pipe()
        setup = stage(self.patch, self.rig, self.snapshot)
        self._player = self._context.Process(target=_play, args=(theirs, setup), name="lilt player")
        self._player.start()
        theirs.close()

    def _spawn_thinker(self) -> None:
        ours, theirs = self._context.Pipe()
        self._thinkers += 1
        self._thinker = self._context.Process(
            target=_think, args=(theirs, arrangement(self.patch), self.rig.weights), name="lilt thinker", daemon=True
        )
        self._thinker.start()
        theirs.close()
        self._thinker_line = ours

    def _carry(self) -> None:
        """Carry messages until the player ends or somebody stops us."""
        assert self._player_line is not None
        while True:
            lines = [self._player_line, self._stop_read, *([self._thinker_line] if self._thinker_line else [])]
            for line in wait(lines):
                if line is self._stop_read:
                    return
                if line is self._player_line:
                    if not self._from_player(self._player_line):
                        return
                elif line is self._thinker_line:
                    self._from_thinker()

    def _from_player(self, line: Connection) -> bool:
        try:
            message = line.recv()
        except (EOFError, OSError):
            self.failed = True
            self.say("the player has died; every port is closed")
            self._end_its_notes()
            return False
        if isinstance(message, Rethink | Extend):
            self._to_thinker(message)
        elif isinstance(message, Opened):
            self.recording, self._midi = message.recording, message.midi
            host, port = self._osc.address
            self.say("; ".join(line.rstrip(".") for line in message.lines))
            self.say(f'steer it by OSC at {host}:{port}: /lilt/tune/key "A dorian", /lilt/tune/new, /lilt/list')
            self.say("stop: Ctrl-C")
        elif isinstance(message, Said):
            self.say(message.line)
        elif isinstance(message, FirstNote):
            self.figures["first_note_at"] = message.at
        elif isinstance(message, Announced):
            self.announced.append(message.span)
            del self.announced[:-1000]
        elif isinstance(message, Status):
            self.readings.update(message.readings())
            self._hear_status(message)
        elif isinstance(message, Ended):
            self.figures.update(message.figures)
            return False
        return True

    def _end_its_notes(self) -> None:
        """What a dead player left sounding on a MIDI port is ended from here: all notes of all channels."""
        for name in self._midi:
            with suppress(midi.NoMidi):
                port = midi.open_output(name)
                port.panic(all_notes=True)
                port.close()

    def _hear_status(self, status: Status) -> None:
        if status.playing and any(span.source == "composed" for span in self.announced[-1:]):
            self._ahead_min = min(self._ahead_min, status.ahead)
            self.figures["bars_ahead_min"] = self._ahead_min

    def _from_thinker(self) -> None:
        assert self._thinker_line is not None
        try:
            message = self._thinker_line.recv()
        except (EOFError, OSError):
            self._replace_thinker()
            return
        if isinstance(message, Told):
            self.readings.update(message.readings)
            if message.line:
                self.say(message.line)
            return
        if isinstance(message, Thought):
            self.thought = message
            return
        if isinstance(message, Ready):
            message = Thinker(True)
        elif isinstance(message, Span):
            self._thinkers = 1
        with self._lock:
            self._to_player(message)

    def _replace_thinker(self) -> None:
        if self._thinker_line is not None:
            self._thinker_line.close()
        self._thinker_line = None
        with self._lock:
            self._to_player(Thinker(False))
        if self._thinkers > RESTARTS:
            self.say("the thinker keeps failing; the player goes on repeating. Run: lilt doctor")
            return
        self.say("the thinker has died; the music goes on and a new one is starting")
        self._spawn_thinker()

    def _to_thinker(self, message: object) -> None:
        if self._thinker_line is not None:
            with suppress(OSError):
                self._thinker_line.send(message)

    def _to_player(self, message: object) -> None:
        with suppress(OSError):
            if self._player_line is not None:
                self._player_line.send(message)

    def _end(self) -> None:
        """End every note, then both processes. The player gets two seconds, then it is ended for it."""
        if self._player is None:
            return
        with self._lock:
            self._to_player(Act("quit"))
        self._drain()
        self._player.join(2.0)
        if self._player.is_alive():
            self._player.terminate()
            self._player.join(1.0)
        if self._thinker is not None:
            self._thinker.terminate()
            self._thinker.join(1.0)

    def _drain(self) -> None:
        """Take what the player still says, its last figures among it."""
        with suppress(EOFError, OSError):
            while self._player_line is not None and self._player_line.poll(2.0):
                message = self._player_line.recv()
                if isinstance(message, Ended):
                    self.figures.update(message.figures)
                    return


def _resident(process: int) -> float:
    """Megabytes, from /proc; 0 where there is none."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
