"""SuperCollider and Pure Data play on a running instrument and hear its melody, by the examples of the documents."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from instrument.controls.devices.plugged import OscTarget, Plugged
from instrument.files.patch import find
from instrument.ports.osc.packet import OscCall, read_packet
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.jackd import ended
from tests.fakes.osc_rig import Played, playing
from tests.fakes.paths import ROOT
from tests.fakes.waiting import until

pytestmark = [pytest.mark.realtime, pytest.mark.peers]
EXAMPLES = ROOT / "docs" / "osc"
#: sclang: what is heard goes back as controls: how many notes, and how long before its time the last one came
SCLANG = """
~heard = 0;
~play = {{ |on, number, velocity, wait|
    if(on) {{
        ~heard = ~heard + 1;
        ~lilt.sendMsg('/lilt/set/fade', ~heard.min(64));
        ~lilt.sendMsg('/lilt/play/human', wait.clip(0, 1));
    }};
}};
{example}
~phrase.();
~lilt.sendMsg('/lilt/note', "D2", 0.7, 1.0, "drone");
"""
PD = """#N canvas 0 0 450 300 12;
#X obj 10 10 loadbang;
#X msg 10 40 connect 127.0.0.1 {port};
#X obj 10 280 netsend -u -b;
#X obj 150 10 r lilt-heard;
#X obj 150 40 t b;
#X obj 150 70 f;
#X obj 200 70 + 1;
#X obj 150 130 oscformat /lilt/set/fade;
#X obj 150 160 list prepend send;
#X obj 150 190 list trim;
#X obj 300 10 delay 1500;
#X msg 300 40 bang;
#X obj 300 70 s lilt-play;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 3 0 4 0;
#X connect 4 0 5 0;
#X connect 5 0 6 0;
#X connect 6 0 5 1;
#X connect 6 0 7 0;
#X connect 7 0 8 0;
#X connect 8 0 9 0;
#X connect 9 0 2 0;
#X connect 0 0 10 0;
#X connect 10 0 11 0;
#X connect 11 0 12 0;
"""


def started(*command: str) -> subprocess.Popen[str]:
    assert shutil.which(command[0]), f"{command[0]} is not installed (Debian: supercollider-language, puredata-core)"
    quiet = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1"}
    return subprocess.Popen(command, env=quiet, text=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)  # fmt: skip


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One instrument for all: to start it takes the longest."""
    with playing(tmp_path_factory.mktemp("rig")) as played:
        yield played


def test_sclang_hears_the_melody_in_time_and_plays_on_lilt(played: Played, tmp_path: Path) -> None:
    block = (EXAMPLES / "lilt.scd").read_text().split("\n)\n")[0].partition("\n(\n")[2]
    example = block.replace("9127", str(played.port))
    script = tmp_path / "played.scd"
    script.write_text(SCLANG.format(example=example))
    sclang = started("sclang", "-d", str(tmp_path), str(script))
    try:
        values = played.conductor
        assert until(lambda: int(values.snapshot.values["set.fade"]) >= 12, 60), "it hears the melody"
        assert until(lambda: played.saw((1, 62), (1, 64), (1, 66), (1, 69), (1, 71)), 20), "its phrase sounds"
        drone = played.conductor.patch.voices["drone"].channel
        assert until(lambda: played.saw((drone, 38)), 20), "and its note for the drone's voice"
        waits = set[float]()
        for _ in range(40):
            until(lambda: False, 0.1)
            waits.add(float(values.snapshot.values["play.human"]))
        ahead = [wait for wait in waits if wait > 0.021]
        assert ahead, f"bundles come before their time: {sorted(waits)}"
    finally:
        ended(sclang)


def test_pd_hears_the_melody_and_plays_on_lilt(played: Played, tmp_path: Path) -> None:
    played.begin()
    played.conductor.change([("set.fade", 1)])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        ear = free.getsockname()[1]
    example = (EXAMPLES / "lilt.pd").read_text().replace("9127", str(played.port)).replace("9130", str(ear))
    (tmp_path / "lilt.pd").write_text(example)
    (tmp_path / "witness.pd").write_text(PD.format(port=played.port))
    pd = started("pd", "-nogui", "-noaudio", "-nomidi", str(tmp_path / "lilt.pd"), str(tmp_path / "witness.pd"))
    try:
        assert until(lambda: int(played.conductor.snapshot.values["set.fade"]) >= 12, 60), "it hears the melody"
        assert until(lambda: played.saw((1, 74)), 20), "its note sounds"
    finally:
        ended(pd)


def test_when_the_player_is_killed_the_watchdog_ends_the_notes_of_a_target(tmp_path: Path) -> None:
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(0.1)
    midi = Plugged(osc=(OscTarget("ear", "127.0.0.1", ear.getsockname()[1]),))
    said: list[str] = []
    conductor = Conductor(find("first"), Rig(midi, silent=True, recordings=tmp_path, osc_port=0), said.append, seed=7)
    thread = threading.Thread(target=conductor.run)
    thread.start()
    down: set[tuple[str, int]] = set()
    all_off = [0]

    def listen() -> bool:
        """Take what has come; whether something sounds."""
        try:
            for call in read_packet(ear.recv(65536)):
                assert isinstance(call, OscCall)
                *_, voice, what = call.address.split("/")
                if what == "on":
                    down.add((voice, int(call.arguments[0])))  # type: ignore[arg-type]
                elif call.arguments:
                    down.discard((voice, int(call.arguments[0])))  # type: ignore[arg-type]
                else:
                    all_off[0] += 1
        except TimeoutError:
            pass
        return bool(down)

    try:
        assert until(listen, 60, 0.001)
        assert until(lambda: (listen(), conductor.watchdogs.ports)[1], 30, 0.001), "the watches are there"
        conductor.change([("clock.bpm", 40.0)])
        until(lambda: (listen(), False)[1], 2.0, 0.001)
        assert until(listen, 10, 0.001)
        assert conductor.player.pid is not None
        os.kill(conductor.player.pid, 9)
        assert until(lambda: not (listen() or not all_off[0]), 10, 0.001), (down, said[-3:])
    finally:
        conductor.stop()
        thread.join(20)
        ear.close()
