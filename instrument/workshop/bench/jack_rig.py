"""A JACK server with a dummy card, and the far ends of our cables in processes of their own: a clock, a receiver.

What is counted here is what arrived in another process, through the system, not what we think we sent.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from instrument.controls.midi_messages import NOTES, decode, encode
from instrument.playing.time.clock import SystemClock
from instrument.ports.system.quiet import quiet_stderr

RECEIVER, MASTER = "Far end", "Band clock"
NAME = "lilt-bench"  #: always the same, since JACK remembers only eight that did not end in order
PERIOD = 256  #: frames
EACH, PAUSE = 30.0, 2.0  #: seconds between the stops of the clock, and of each


@contextmanager
def jack_server(period: int = PERIOD) -> Iterator[None]:
    """A server of our own, while it lasts; period: frames. Raises ValueError, one line, where none is to be had."""
    if shutil.which("jackd") is None:
        raise ValueError("this needs JACK's server: apt install jackd2")
    before = {name: os.environ.get(name) for name in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")}
    os.environ.update(JACK_DEFAULT_SERVER=NAME, JACK_NO_START_SERVER="1")
    try:
        if _probe():
            raise ValueError("another bench is using JACK here; wait until it has ended")
        with _served(period):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@contextmanager
def _served(period: int) -> Iterator[None]:
    command = f"jackd -R -P 70 -S -n {NAME} --port-max 128 -d dummy -r 48000 -p {period}".split()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(server)
        yield
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:  # a client that was killed keeps it from ending
            server.kill()


def _wait(server: subprocess.Popen[bytes]) -> None:
    clock = SystemClock()
    ends = clock.now() + 10
    while not _probe():
        if server.poll() is not None or clock.now() > ends:
            raise ValueError(
                "JACK's server does not start: is another running, may we have real-time priority, or have servers "
                "that were killed left /dev/shm/jack-shm-registry full? Then remove it"
            )
        clock.sleep_until(clock.now() + 0.1)


def _probe() -> bool:
    """Whether a server is there."""
    with quiet_stderr():
        one = client("MidiOut", "probe")
        if one is not None:
            one.delete()
    return one is not None


def client(kind: str, name: str) -> Any:
    """A JACK client, "MidiIn" or "MidiOut", or None without a server."""
    import rtmidi

    try:
        return getattr(rtmidi, kind)(rtmidi.API_UNIX_JACK, name)
    except rtmidi.RtMidiError:
        return None


def receive(line: Connection) -> None:
    """A process: counts what comes in at a port, until told to stop; then sends the counts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    port, heard = client("MidiIn", RECEIVER), Counts()
    port.ignore_types(sysex=False, timing=False, active_sense=False)
    port.set_callback(lambda event, _: heard.take(event[0]))
    port.open_virtual_port("in")
    line.send("ready")
    while line.recv() != "stop":
        line.send(heard.figures())
    line.send(heard.figures())
    os._exit(0)


class Counts:
    """What came in. double: struck while down; stray: ended while up."""

    def __init__(self) -> None:
        self.received = self.struck = self.double = self.stray = 0
        self.quiet = 0.0
        self.down: dict[tuple[int, int], float] = {}  # since when
        self._clock = SystemClock()

    def take(self, data: list[int]) -> None:
        self.received += 1
        said = decode(data)
        if said is None or said.kind not in NOTES:
            return
        key = said.channel, said.number
        if said.kind == "on":
            self.struck += 1
            self.double += key in self.down
            self.down[key] = self._clock.now()
        else:
            self.stray += key not in self.down
            if self.down:
                self.down.pop(key, None)
                self.quiet = self._clock.now()

    def figures(self) -> dict[str, float]:
        """quiet: seconds on the machine's clock, since when nothing is down; oldest: seconds that the key has been down
        which was struck first."""
        oldest = self._clock.now() - min(self.down.values()) if self.down else 0.0
        return {
            "received": float(self.received), "struck": float(self.struck), "double": float(self.double),
            "stray": float(self.stray), "down": float(len(self.down)), "quiet": self.quiet,
            "oldest": oldest,
        }  # fmt: skip


def keep_time(line: Connection, bpm: float) -> None:
    """A process: a clock that stops and goes on, until told to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    port, clock = client("MidiOut", MASTER), SystemClock()
    port.open_virtual_port("out")
    line.send("ready")
    line.recv()
    due, ticks, rounds = clock.now(), 0, 0
    port.send_message(encode("start"))
    while not line.poll(0):
        due += 60 / bpm / 24
        ticks += 1
        clock.sleep_until(due)
        port.send_message(encode("clock"))
        if ticks * 60 / bpm / 24 >= EACH:
            ticks, rounds = 0, rounds + 1
            port.send_message(encode("stop"))
            due += PAUSE
            clock.sleep_until(due)
            if rounds % 4 == 0:  # the top again, or bar 9
                place = 0 if rounds % 8 else 128
                port.send_message(encode("position", value=place))
            port.send_message(encode("continue"))
    port.send_message(encode("stop"))
    line.send("ended")
    os._exit(0)
