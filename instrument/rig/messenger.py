"""Dispatch of messages between the processes of a performance: who hears which, and what happens when a process dies.

Three tables, which others add to: `hears` has for each process the receiver of each type of message, `gone` what is
done when it dies, and `listen` adds one who hears a type from anywhere. No receiver's fault ends the carrying.
"""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from typing import Any

from instrument.ports.system.boundary import Boundary, hearing
from instrument.rig.child_processes import Child

Receiver = Callable[[Any], object]


class Messenger:
    """Messenger between the processes. thread: one, but for `stop`, `listen` and `_tell`, which are any's."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """say: shows one line to people: which receiver has failed."""
        self.hears: dict[Child, dict[type, Receiver]] = {}
        self.gone: dict[Child, Callable[[], object]] = {}
        self._over = False  # the last message has been heard
        self._stop_read, self._stop_write = multiprocessing.Pipe(duplex=False)
        self._safely = Boundary("the main process", say)
        self._listeners: defaultdict[type, list[Receiver]] = defaultdict(list)

    def listen(self, kind: type, receiver: Receiver) -> None:
        """Let `receiver` hear every message of that type too, `Change` included. It must not block: it holds up
        the music's messages. thread: the conductor's, or, of a `Change`, whoever turned the control."""
        self._listeners[kind].append(receiver)

    def stop(self) -> None:
        """End the performance. thread: any, or a signal handler. blocks: never."""
        with suppress(OSError):
            self._stop_write.send("stop")

    def _carry(self) -> None:
        """Carry messages until the player ends or somebody stops us."""
        while not self._over:
            lines = {child.line.connection: child for child in self.hears if child.line is not None}
            left = min(child.again() for child in self.hears)
            ready = wait([self._stop_read, *lines], None if left == float("inf") else left)
            if self._stop_read in ready:
                return
            for line, child in lines.items():
                if line in ready:
                    self._hear(child)

    def _hear(self, child: Child) -> None:
        messages = child.receive()
        if messages is None:
            self.gone[child]()
            return
        for message in messages:
            if receiver := self.hears[child].get(type(message)):
                self._safely.run(partial(receiver, message), hearing(message))
            self._tell(message)

    def _tell(self, message: object) -> None:
        for receiver in self._listeners[type(message)]:
            self._safely.run(partial(receiver, message), hearing(message))
