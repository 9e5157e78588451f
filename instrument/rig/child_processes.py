"""The processes of a performance: each with a line to it; started, sent to, ended, and started again when they die.

Nothing of what they say to each other is known here. Torch is imported in the thinker's process and nowhere else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Change, PlayerSetup
from instrument.playing.time.clock import SystemClock
from instrument.ports.system.free_memory import give_back_free_memory, keep_large_blocks_apart, keep_one_heap
from instrument.ports.system.outbox import folded
from instrument.ports.system.pipe import ProcessPipe, ready
from instrument.ports.system.pipe import line as open_line
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.serving import serve
from instrument.thinking.spans.arrange import Arrangement

PACE = 0.004  #: seconds between two tellings of the controls, and between tries where the other end does not read
RESTARTS = 20  #: in a row, without a sign of life, at once; from then on it is tried more and more seldom
LONGEST = 60.0  #: seconds between such tries at most

#: what runs in the process, given its end of the line first; a function of a module, so that it can be spawned
Body = Callable[..., None]


def play(line: Connection, setup: PlayerSetup, tapes: tuple[Connection, ...]) -> None:
    """The player's process. tapes: to those who watch over its notes and log."""
    from instrument.ports.player_process import run

    keep_one_heap()
    run(line, setup, tapes)


def think(line: Connection, how: Arrangement, choice: ModelChoice) -> None:
    """The thinker's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    clock = SystemClock()
    keep_large_blocks_apart()
    give_back_free_memory(clock)
    serve(line, how, clock.now, choice)


def look(line: Connection) -> None:
    """The process that looks which MIDI ports there are, out of the terminal's group."""
    from instrument.ports.midi.hotplug import run

    if hasattr(os, "setsid"):
        os.setsid()
    run(line)


def heed_signals(stop: Callable[[], None]) -> None:
    """Let every signal that would end this process end the performance in order, however often it comes."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):  # Windows has not all of them
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop())


class Child:
    """A process of ours and the line to it. `send` is any thread's and never raises or waits; the rest is the
    conductor's."""

    def __init__(self, name: str, body: Body, given: Callable[[], tuple[Any, ...]], daemon: bool = True) -> None:
        """name: as people know it; given: asked at every start for what `body` takes after its line
        daemon: ended with us whatever happens; False for one that ends its own notes first."""
        self.name = name
        self.line: ProcessPipe | None = None
        self.starts = 0  #: in a row without a sign of life
        self.due: float | None = None  #: when it is started again, where it keeps failing
        self.waits = False  #: it is not started with the others, but when it is needed
        self.begun: Callable[[], object] = lambda: None  #: called after each start
        self.body = body  #: what runs in it from its next start on
        self._given, self._daemon = given, daemon
        self._process: multiprocessing.process.BaseProcess | None = None
        self._some = threading.Event()  # something is left to be sent
        self._clock, self._sent = SystemClock(), float("-inf")
        self._posting = False

    @property
    def pid(self) -> int | None:
        """Its number, once it has been started."""
        return self._process.pid if self._process is not None else None

    def stays(self, seconds: float) -> bool:
        """Whether it is still there after so many seconds. blocks: as long, or until it has died."""
        if self._process is None:
            return False
        self._process.join(seconds)
        return self._process.is_alive()

    def start(self) -> None:
        """Start it, or another in its place. blocks: for the moment that the system takes."""
        self.starts, self.due = self.starts + 1, None
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=self.body, args=(theirs, *self._given()), name=f"lilt {self.name}", daemon=self._daemon
        )
        self._process.start()
        theirs.close()
        self.line = open_line(ours)
        self.begun()

    def send(self, message: object) -> None:
        """Sent at once, unless it does not read as fast, or is told of controls more often than it can hear: then the
        newest of what is alike goes a moment later. To a process that is not there: nothing happens. thread: any."""
        line, now = self.line, self._clock.now()
        if line is None:
            return
        with suppress(OSError):
            line.put(message)
            if isinstance(message, Change | Snapshot) and now - self._sent < PACE:
                self._later()
                return
            self._sent = now
            if not line.flush():
                self._later()

    def _later(self) -> None:
        """Have the rest sent by a thread, which there is from the first time on."""
        self._some.set()
        if not self._posting:
            self._posting = True
            threading.Thread(target=self._post, name=f"to the {self.name}", daemon=True).start()

    def _post(self) -> None:
        while self._some.wait():
            self._clock.sleep_until(self._clock.now() + PACE)
            self._some.clear()
            if (line := self.line) is not None:
                with suppress(OSError, ValueError):  # it is dead, or is being replaced
                    if not line.flush():
                        self._some.set()

    def receive(self) -> list[object] | None:
        """The messages that have come in whole; None where it has died. blocks: never."""
        try:
            return folded(self.line.take()) if self.line is not None else None
        except (EOFError, OSError):
            return None

    def rest(self, last: type, patience: float) -> list[object]:
        """What it still says, until a message of the type that it says last. blocks: so many seconds at most."""
        found: list[object] = []
        ends = self._clock.now() + patience
        while self.line is not None and (left := ends - self._clock.now()) > 0 and ready(self.line, left):
            messages = self.receive()
            found += messages or ()
            if messages is None or any(isinstance(message, last) for message in messages):
                break
        return found

    def alive(self) -> None:
        """It has given a sign of life: from now on it may die as often again."""
        self.starts = 1

    def replace(self) -> bool:
        """It has died: close its line and start another. False where too many have died in a row, or the system has
        none to give: then `again` starts one a while later, however often."""
        self.drop()
        if self.starts <= RESTARTS and self._started():
            return True
        self.later(0.0)
        return False

    def later(self, seconds: float) -> None:
        """It has died: start another after so many seconds, more where too many have died in a row."""
        self.drop()
        failed = self.starts - RESTARTS
        if failed > 0 or not seconds:
            seconds = min(LONGEST, 2.0 ** min(max(1, failed), 9))
        self.due = self._clock.now() + seconds

    def again(self) -> float:
        """Start it, if it is time to. Returns the seconds until then; infinite where nothing is waited for."""
        if self.due is None:
            return float("inf")
        left = self.due - self._clock.now()
        if left > 0:
            return left
        if not self._started():
            self.later(0.0)
        return 0.0

    def _started(self) -> bool:
        try:
            self.start()
        except OSError:  # no memory, no file left, no process
            return False
        return True

    def drop(self) -> None:
        """Close the line: from now on nothing is sent."""
        line, self.line = self.line, None
        if line is not None:
            line.close()

    def end(self, patience: float = 0.0) -> None:
        """Wait `patience` seconds for it to end by itself, then end it. blocks: a second more at most."""
        if self._process is None or self._process.pid is None:  # never started
            return
        if patience:
            self._process.join(patience)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(1.0)
        if self._process.is_alive():  # a driver holds it
            self._process.kill()
            self._process.join(1.0)

    def kill(self) -> None:
        """End it at once, whatever it is at; its line closes, as when it dies."""
        if self._process is not None:
            self._process.kill()

    def resident(self) -> float:
        """Megabytes in memory, from /proc; 0 where there is none."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
