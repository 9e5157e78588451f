"""The OSC server driven by programs nobody here wrote: liblo's oscsend and oscdump."""

from __future__ import annotations

import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from instrument.controls.readings import READINGS
from instrument.controls.snapshot import Snapshot
from instrument.ports.osc.server import OscServer

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.peers,
    pytest.mark.skipif(
        not (shutil.which("oscsend") and shutil.which("oscdump")),
        reason="oscsend and oscdump are not installed (Debian: liblo-tools)",
    ),
]
LIMIT = 10.0  #: seconds


class Rig:
    def __init__(self) -> None:
        self.told: queue.Queue[Any] = queue.Queue()
        values = {**Snapshot().values, **{name: reading.start for name, reading in READINGS.items()}}
        self.server = OscServer("127.0.0.1", 0, self.told.put, self.told.put, values.__getitem__)
        self.server.start()

    def send(self, address: str, types: str = "", *values: str) -> None:
        port = str(self.server.address[1])
        command = ["oscsend", "127.0.0.1", port, address, *([types] if types else []), *values]
        subprocess.run(command, check=True, timeout=LIMIT)

    def next(self) -> Any:
        return self.told.get(timeout=LIMIT)


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.server.close()


class Ear:
    """oscdump on a free port; its lines, without the time stamp."""

    def __init__(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.process = subprocess.Popen(["oscdump", "-L", str(self.port)], stdout=subprocess.PIPE, text=True)
        self.lines: queue.Queue[str] = queue.Queue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        self._wait_until_it_listens()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line.split(maxsplit=1)[1].strip())

    def _wait_until_it_listens(self) -> None:
        for number in range(int(LIMIT / 0.1)):
            port = str(self.port)
            command = ["oscsend", "127.0.0.1", port, "/are/you/there", "i", str(number)]
            subprocess.run(command, check=True, timeout=LIMIT)
            try:
                first = self.lines.get(timeout=0.1)
            except queue.Empty:
                continue
            while first != f"/are/you/there i {number}":
                first = self.lines.get(timeout=LIMIT)
            return
        raise AssertionError("oscdump does not listen")

    def next(self) -> str:
        return self.lines.get(timeout=LIMIT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT)


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.close()


@pytest.mark.parametrize(
    ("address", "types", "value", "change"),
    [
        ("/lilt/tune/seed", "i", "42", ("tune.seed", 42)),
        ("/lilt/tune/seed", "h", "42", ("tune.seed", 42)),
        ("/lilt/tune/seed", "f", "42", ("tune.seed", 42)),
        ("/lilt/clock/bpm", "d", "96.5", ("clock.bpm", 96.5)),
        ("/lilt/tune/temperature", "f", "0.8", ("tune.temperature", 0.8)),
        ("/lilt/tune/key", "s", "D mixolydian", ("tune.key", "D mixolydian")),
        ("/lilt/tune/meter", "s", "6/8", ("tune.meter", "6/8")),
    ],
)
def test_oscsend_turns_controls(rig: Rig, address: str, types: str, value: str, change: tuple[str, Any]) -> None:
    rig.send(address, types, value)
    assert rig.next() == [change]


def test_oscsend_switches_and_fires(rig: Rig) -> None:
    rig.send("/lilt/tune/guard", "F")
    assert rig.next() == [("tune.guard", False)]
    rig.send("/lilt/transport/play")
    assert rig.next() == "transport.play"
    rig.send("/lilt/transport/stop", "f", "0")  # a button let go
    rig.send("/lilt/panic", "f", "1")
    assert rig.next() == "panic"


def test_oscdump_hears_the_replies_to_oscsend(rig: Rig, ear: Ear) -> None:
    rig.send("/lilt/reply_port", "i", str(ear.port))
    rig.send("/lilt/ping")
    assert ear.next() == "/lilt/pong"
    rig.send("/lilt/get", "s", "/lilt/tune/key")
    assert ear.next() == '/lilt/tune/key s "D major"'
    rig.send("/lilt/get", "s", "/lilt/clock/bpm")
    assert ear.next() == "/lilt/clock/bpm f 112.000000"
    rig.send("/lilt/sync", "i", "7")
    assert ear.next() == "/lilt/synced i 7"
    rig.send("/lilt/clock/bpm", "i", "960")
    assert ear.next() == (
        '/lilt/clipped sfs "/lilt/clock/bpm" 300.000000 '
        '"clock.bpm = 960 is outside 20..300 (quarter notes per minute); 300 it is"'
    )
    assert rig.next() == [("clock.bpm", 300.0)]


def test_oscdump_follows_what_oscsend_subscribed_to(rig: Rig, ear: Ear) -> None:
    rig.send("/lilt/subscribe", "is", str(ear.port), "/lilt/tune/{key,meter}")
    assert [ear.next() for _ in range(2)] == ['/lilt/tune/meter s "4/4"', '/lilt/tune/key s "D major"']
    assert ear.next() == '/lilt/status iifffiiisssf 0 0 0.000000 0.000000 0.000000 0 0 -1 "" "" "here" 0.000000'
    assert ear.next().startswith("/lilt/status "), "a heartbeat a second later"
    rig.send("/lilt/unsubscribe", "i", str(ear.port))
