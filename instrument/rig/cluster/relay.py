"""Relay: the process that hands requests to a thinker on a Ray cluster and brings its spans back.

To the conductor it is one more process at the end of a line. It lives for one connection: when the way is lost it says
so and ends, and another may be started. Nothing else of a performance imports ray. The main thread asks for messages,
one thread hears the conductor, one hands requests on, one measures the way and notices that nobody answers.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections import deque
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from statistics import median
from typing import Any, NoReturn

from instrument.controls.requests import RoundTrip, ThinkerReady
from instrument.playing.time.clock import SystemClock
from instrument.ports.system.quiet import silenced
from instrument.rig.cluster.address import LOCAL, connect, in_one_line
from instrument.rig.cluster.marks import difference, marks, thinker_weights
from instrument.rig.cluster.news import Reached, Unreached, WayMeasured
from instrument.rig.cluster.remote_thinker import AT_ONCE, RemoteThinker
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.spans.arrange import Arrangement

BEAT = 0.25  #: seconds between two measurements of the way
PATIENCE = 1.0  #: seconds without an answer after which the way is lost
REACHING = 90.0  #: seconds that it may take until a thinker is up
KEPT = 8  #: measurements that count
SHARE = 0.25  #: of a CPU, and of a GPU where there is one, that a thinker asks of a node


def run(line: Connection, how: Arrangement, choice: ModelChoice, address: str) -> None:
    """Serve until the line closes or the way is lost. Sends `Reached` and `ThinkerReady`, then what the thinker says
    and `WayMeasured` once a second; `Unreached` before it ends by itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silenced()
    Relay(line, how, choice, address).run()


class Relay:
    """Relay to a thinker on a Ray cluster. thread: `run` is the process's main one."""

    def __init__(self, line: Connection, how: Arrangement, choice: ModelChoice, address: str) -> None:
        self._line, self._address = line, address
        self._how = replace(how, experts=how.experts.resolve()) if how.experts else how  # paths, as a node reads them
        self._choice = replace(choice, weights=choice.weights.resolve()) if choice.weights else choice
        self._sending, self._clock = threading.Lock(), SystemClock()
        self._requests: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._answered = threading.Event()  # since it was looked at last
        self._up = False
        self._ray: Any = None
        self._actor: Any = None

    def run(self) -> NoReturn:
        threading.Thread(target=self._hear, name="hears the conductor", daemon=True).start()
        threading.Thread(target=self._watch, name="watches", daemon=True).start()
        try:
            self._reach()
            signal.signal(signal.SIGTERM, lambda *_: self._leave())
            threading.Thread(target=self._hand_on, name="hands requests on", daemon=True).start()
            threading.Thread(target=self._measure, name="measures the way", daemon=True).start()
            while True:
                for message in self._ray.get(self._actor.take.remote()):
                    self._send(message)
        except Exception as error:  # the cluster's errors are many, and all mean the same here
            self._lost(in_one_line(getattr(error, "cause", None) or error))

    def _reach(self) -> None:
        """Connect, have a thinker made on a node, and compare what composes there with what composes here."""
        here = marks(thinker_weights(self._how, self._choice))
        self._ray = ray = connect(self._address, 1 if self._address == LOCAL else None)
        there = ray.cluster_resources()
        options = {"num_cpus": SHARE, "max_concurrency": AT_ONCE, "max_restarts": 0}
        if there.get("GPU", 0) and self._choice.device in ("auto", "cuda"):
            options["num_gpus"] = SHARE
        self._actor = ray.remote(RemoteThinker).options(**options).remote(self._how, self._choice)
        node, device, other = ray.get(self._actor.about.remote())
        if differs := difference(here, other):
            self._lost(f"{differs}; install the same on {node}, then start again", again=False)
        self._up = True
        self._send(Reached(node, device))
        self._send(ThinkerReady())

    def _hear(self) -> None:
        try:
            while True:
                self._requests.put(self._line.recv())
        except (EOFError, OSError):  # the performance is over
            os.kill(os.getpid(), signal.SIGTERM)

    def _hand_on(self) -> None:
        """Requests in order: the next go when these have arrived."""
        with suppress(Exception):  # the main thread hears of it too
            while True:
                waiting = [self._requests.get()]
                while not self._requests.empty():
                    waiting.append(self._requests.get())
                self._ray.get(self._actor.hear.remote(waiting))

    def _measure(self) -> None:
        times: deque[float] = deque(maxlen=KEPT)
        count = 0
        with suppress(Exception):
            while True:
                began = self._clock.now()
                self._ray.get(self._actor.answer.remote())
                times.append(self._clock.now() - began)
                self._answered.set()
                count += 1
                if count % 4 == 1:
                    self._send(WayMeasured(median(times), max(times)))
                    self._requests.put(RoundTrip(median(times)))
                self._clock.sleep_until(began + BEAT)

    def _watch(self) -> None:
        """End where nobody answers: a call into the cluster may wait for minutes, and this does not."""
        begun = self._clock.now()
        while not self._up:
            if self._clock.now() - begun > REACHING:
                self._lost(f"no thinker came up within {REACHING:.0f} s; has a node a free CPU, and Lilt installed?")
            self._clock.sleep_until(self._clock.now() + BEAT)
        while self._answered.wait(PATIENCE):
            self._answered.clear()
        self._lost(f"no answer for {PATIENCE:g} s")

    def _leave(self) -> NoReturn:
        """End in order: the actor gives its node back at once, and a cluster that we started ends. thread: the main
        one, in a signal handler; who sent that does not wait long."""
        with suppress(Exception):
            self._ray.kill(self._actor)
            self._ray.shutdown()
        os._exit(0)

    def _send(self, message: object) -> None:
        with self._sending:
            self._line.send(message)

    def _lost(self, line: str, again: bool = True) -> NoReturn:
        """Say so and end at once: what the cluster's library would still wait for is nobody's any more."""
        with suppress(OSError):
            self._send(Unreached(line, again))
        os._exit(1)
