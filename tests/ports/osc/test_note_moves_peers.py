"""Notes' bends over OSC with sclang (SuperCollider) and Pure Data, and SuperDirt's messages as sclang reads them.

SuperDirt itself is a quark, which only its own package manager brings. What it documents of `/dirt/play` is held to in
its own language: pairs of names and values that fill an event, whose latency is the bundle's time less now.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from instrument.controls.devices.plugged import OscTarget
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import Route
from instrument.playing.time.clock import SystemClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.osc.packet import OscCall, read_packet
from instrument.ports.osc_out.note_output import OscEnd, OscNotes
from tests.fakes.jackd import ended
from tests.fakes.waiting import until

pytestmark = [pytest.mark.realtime, pytest.mark.peers]
SCLANG = """
thisProcess.openUDPPort({ear});
l = NetAddr("127.0.0.1", {back});
OSCdef(\\bent, {{ |m, time|
    l.sendMsg('/back', m[1], m[2].asFloat, (time - Main.elapsedTime).asFloat);
}}, '/lilt/note/soprano/bend', recvPort: {ear});
"""
DIRT = """
thisProcess.openUDPPort({ear});
l = NetAddr("127.0.0.1", {back});
OSCdef(\\dirt, {{ |m, time|
    var event = (), late = time - Main.elapsedTime;
    event.putPairs(m[1..]);
    l.sendMsg('/back', event[\\s], event[\\note].asFloat, event[\\gain].asFloat, event[\\sustain].asFloat,
        event[\\cps].asFloat, event[\\delta].asFloat, event[\\orbit].isNil.asInteger, late.asFloat);
}}, '/dirt/play', recvPort: {ear});
"""
PD = """#N canvas 0 0 450 300 12;
#X obj 10 10 loadbang;
#X msg 10 40 connect 127.0.0.1 {back};
#X obj 10 280 netsend -u -b;
#X obj 150 10 netreceive -u -b {ear};
#X obj 150 40 oscparse;
#X obj 150 70 list trim;
#X obj 150 100 route lilt;
#X obj 150 130 route note;
#X obj 150 160 route soprano;
#X obj 150 190 route bend;
#X obj 150 220 oscformat /back;
#X obj 150 240 list prepend send;
#X obj 150 260 list trim;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 3 0 4 0;
#X connect 4 0 5 0;
#X connect 5 0 6 0;
#X connect 6 0 7 0;
#X connect 7 0 8 0;
#X connect 8 0 9 0;
#X connect 9 0 10 0;
#X connect 10 0 11 0;
#X connect 11 0 12 0;
#X connect 12 0 2 0;
"""


@pytest.fixture
def back() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.settimeout(0.2)
        yield ours


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def launched(command: list[str]) -> subprocess.Popen[bytes]:
    assert shutil.which(command[0]), f"{command[0]} is not installed (Debian: supercollider-language, puredata-core)"
    quiet = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1"}
    return subprocess.Popen(command, env=quiet, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)  # fmt: skip


@pytest.mark.parametrize("peer", ["sclang", "pd"])
def test_a_language_hears_how_far_a_note_is_bent(peer: str, tmp_path: Path, back: socket.socket) -> None:
    ear, clock = free_port(), SystemClock()
    script = tmp_path / ("bent.scd" if peer == "sclang" else "bent.pd")
    script.write_text((SCLANG if peer == "sclang" else PD).format(ear=ear, back=back.getsockname()[1]))
    command = ["sclang", "-d", str(tmp_path), str(script)] if peer == "sclang" else [
        "pd", "-nogui", "-noaudio", "-nomidi", str(script)]  # fmt: skip
    output = OscNotes(OscTarget("peer", "127.0.0.1", ear), OscEnd("127.0.0.1", ear, {}), clock, Lateness())
    output.routes = {"soprano": Route(("peer",), 16, bend_range=2, members=(15, 14))}
    heard: list[tuple[object, ...]] = []

    def ask() -> bool:
        """Two notes begin, one of them is bent; whether that has come back."""
        due = clock.now() + 0.2
        for message in (
            *(Message(due, "control", 16, number, value, "peer") for number, value in ((101, 0), (100, 6), (6, 2))),
            Message(due, "on", 15, 60, 80, "peer"),
            Message(due, "on", 14, 64, 80, "peer"),
            Message(due, "bend", 15, 0, 80, "peer"),
            Message(due, "off", 15, 60, 0, "peer"),
            Message(due, "off", 14, 64, 0, "peer"),
            Message(due, "bend", 15, 0, 64, "peer"),
        ):
            output.take(message, clock.now())
        try:
            calls = read_packet(back.recv(65536))
        except TimeoutError:
            return False
        heard.extend(call.arguments for call in calls if isinstance(call, OscCall))
        return bool(heard)

    program = launched(command)
    try:
        assert until(ask, 60, 0.2)
        assert {(float(str(one[0])), float(str(one[1]))) for one in heard} == {(60.0, 12.0)}
        if peer == "sclang":
            assert all(0.05 < float(str(one[2])) < 0.25 for one in heard), "its bundle comes before its moment"
    finally:
        ended(program)
        output.close()


def test_superdirts_messages_fill_an_event_in_its_own_language(tmp_path: Path, back: socket.socket) -> None:
    ear, clock, script = free_port(), SystemClock(), tmp_path / "dirt.scd"
    script.write_text(DIRT.format(ear=ear, back=back.getsockname()[1]))
    target = OscTarget("dirt", "127.0.0.1", ear, "dirt", sound="superpiano")
    output = OscNotes(target, OscEnd(target.host, ear, {}), clock, Lateness())
    output.routes = {"melody": Route(("dirt",), 1)}
    heard: list[tuple[object, ...]] = []

    def ask() -> bool:
        due = clock.now() + 0.2
        for kind, number, value in (("bend", 0, 96), ("on", 62, 50), ("bend", 0, 64), ("off", 62, 0)):
            output.take(Message(due, kind, 1, number, value, "dirt"), clock.now())
        try:
            heard.extend(call.arguments for call in read_packet(back.recv(65536)) if isinstance(call, OscCall))
        except TimeoutError:
            return False
        return bool(heard)

    program = launched(["sclang", "-d", str(tmp_path), str(script)])
    try:
        assert until(ask, 60, 0.2)
        sound, *numbers, latency = heard[0]
        assert (sound, numbers) == ("superpiano", [3.0, 0.5, 0.25, 1.0, 0.25, 1]), "bent by a semitone as it begins"
        assert 0.05 < float(str(latency)) < 0.25
    finally:
        ended(program)
        output.close()
