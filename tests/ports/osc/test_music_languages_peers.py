"""OSC with languages that musicians write in: sclang (SuperCollider) and Pure Data set controls and hear the beat."""

from __future__ import annotations

import os
import queue
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.control import Value
from instrument.controls.readings import READINGS
from instrument.controls.snapshot import Snapshot
from instrument.ports.osc.server import OscServer
from tests.fakes.jackd import ended

pytestmark = [pytest.mark.realtime, pytest.mark.peers]
LIMIT = 60.0  #: seconds; sclang reads its class library first
SCLANG = """
l = NetAddr("127.0.0.1", {port});
OSCdef(\\beat, {{ |m| l.sendMsg('/lilt/tune/seed', m[1].asInteger); }}, '/lilt/song/beat');
OSCdef(\\told, {{
    l.sendMsg('/lilt/clock/bpm', 118.5);
    l.sendMsg('/lilt/tune/meter', "6/8");
    l.sendMsg('/lilt/tune/key', 'A minor');
    l.sendBundle(0.1, ['/lilt/tune/temperature', 0.5], ['/lilt/search/tuple', 2]);
    l.sendMsg('/lilt/tune/guard', false);
}}, '/lilt/subscribed').oneShot;
l.sendMsg('/lilt/subscribe');
"""
PD = """#N canvas 0 0 450 300 12;
#X obj 10 10 loadbang;
#X msg 10 40 connect 127.0.0.1 {port};
#X obj 10 280 netsend -u -b;
#X obj 150 10 delay 300;
#X msg 150 40 {ear};
#X obj 150 70 oscformat /lilt/subscribe;
#X obj 150 100 list prepend send;
#X obj 150 130 list trim;
#X obj 300 10 netreceive -u -b {ear};
#X obj 300 40 oscparse;
#X obj 300 70 list trim;
#X obj 300 100 route lilt;
#X obj 300 130 route song;
#X obj 300 160 route beat;
#X obj 300 190 oscformat /lilt/tune/seed;
#X obj 10 70 delay 400;
#X msg 10 100 118.5;
#X obj 10 130 oscformat /lilt/clock/bpm;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 0 0 3 0;
#X connect 3 0 4 0;
#X connect 4 0 5 0;
#X connect 5 0 6 0;
#X connect 6 0 7 0;
#X connect 7 0 2 0;
#X connect 8 0 9 0;
#X connect 9 0 10 0;
#X connect 10 0 11 0;
#X connect 11 0 12 0;
#X connect 12 0 13 0;
#X connect 13 0 14 0;
#X connect 14 0 6 0;
#X connect 0 0 15 0;
#X connect 15 0 16 0;
#X connect 16 0 17 0;
#X connect 17 0 6 0;
"""


class Rig:
    """A server that notes what it is asked for, and can say that a beat has come."""

    def __init__(self) -> None:
        self.asked: queue.Queue[Any] = queue.Queue()
        self.values: dict[str, Value] = {**Snapshot().values, **{name: one.start for name, one in READINGS.items()}}
        self.server = OscServer("127.0.0.1", 0, self.asked.put, self.asked.put, self.values.__getitem__)
        self.server.start()

    def beat(self, number: int) -> None:
        self.values["song.beat"] = number
        self.server.turned()

    def wait_for(self, wanted: dict[str, Value]) -> None:
        """Wait until each is turned to that. What a subscriber is told first he may answer last."""
        found: dict[str, Value] = {}
        while not wanted.items() <= found.items():
            try:
                found |= dict(self.asked.get(timeout=LIMIT))
            except queue.Empty:
                pytest.fail(f"asked for {found}, never for {wanted}")


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.server.close()


def started(command: list[str]) -> subprocess.Popen[str]:
    assert shutil.which(command[0]), f"{command[0]} is not installed (Debian: supercollider-language, puredata-core)"
    quiet = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1"}
    return subprocess.Popen(command, env=quiet, text=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)  # fmt: skip


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_sclang_sets_controls_in_all_its_types_and_answers_the_beat(rig: Rig, tmp_path: Path) -> None:
    script = tmp_path / "lilt.scd"
    script.write_text(SCLANG.format(port=rig.server.address[1]))
    sclang = started(["sclang", "-d", str(tmp_path), str(script)])
    try:
        rig.wait_for({
            "clock.bpm": 118.5, "tune.meter": "6/8", "tune.key": "A minor", "tune.guard": False,
            "tune.temperature": 0.5, "search.tuple": 2,
        })  # fmt: skip
        rig.beat(3)
        rig.wait_for({"tune.seed": 3})
    finally:
        ended(sclang)


def test_pd_sets_a_control_and_answers_the_beat(rig: Rig, tmp_path: Path) -> None:
    patch = tmp_path / "lilt.pd"
    patch.write_text(PD.format(port=rig.server.address[1], ear=free_port()))
    pd = started(["pd", "-nogui", "-noaudio", "-nomidi", str(patch)])
    try:
        rig.wait_for({"clock.bpm": 118.5})
        rig.beat(4)
        rig.wait_for({"tune.seed": 4})
    finally:
        ended(pd)
