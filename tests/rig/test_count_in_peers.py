"""The count-in with a clock that others wrote: jack_midi_clock, whose tempo climbs or falls, counts the same bars."""

from __future__ import annotations

import re
import shutil
import statistics
import sys

import numpy as np
import pytest

from instrument.playing.beginning.metronome import CHANNEL, HIGH, LOW
from tests.fakes.clock_rig import TOOLS, Rig, get
from tests.fakes.jackd import RATE, connect, port, until
from tests.fakes.thorough import every

COUNT = 2  #: bars
BEATS = 28  #: that are listened to

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.quiet,
    pytest.mark.peers,
    *(pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is not installed") for tool in TOOLS),
]

#: a timebase master whose tempo goes from one to another within so many seconds of rolling, and stays there
MASTER = """
import sys, threading, jack
first, last, seconds = map(float, sys.argv[1:])
client = jack.Client("ramp")
beats = [0.0, 0]
def timebase(state, frames, where, new):
    passed = where.frame / client.samplerate
    bpm = first + (last - first) * min(1.0, passed / seconds)
    if new or where.frame < beats[1]:
        beats[0], beats[1] = 0.0, where.frame
    beats[0] += (where.frame - beats[1]) / client.samplerate * bpm / 60
    beats[1] = where.frame
    bar, beat = divmod(beats[0], 4)
    where.valid = 0x10
    where.bar, where.beat, where.tick = int(bar) + 1, int(beat) + 1, int(beat % 1 * 1920)
    where.beats_per_bar, where.beat_type, where.ticks_per_beat, where.beats_per_minute = 4.0, 4.0, 1920.0, bpm
client.set_timebase_callback(timebase)
client.activate()
print("ready", flush=True)
sys.stdin.read()
"""


def events(dump: str) -> list[tuple[float, tuple[int, ...]]]:
    """(seconds, bytes) of each line of jack_midi_dump."""
    found = re.findall(r"^\s*(\d+):((?: [0-9a-f]{2})+)", dump, re.M)
    return [(int(at) / RATE, tuple(int(byte, 16) for byte in data.split())) for at, data in found]


@pytest.mark.long
@pytest.mark.parametrize(("first", "last"), every(2, [(100.0, 140.0), (150.0, 108.0)]))
def test_the_count_in_and_the_bars_are_those_of_a_clock_whose_tempo_moves(rig: Rig, first: float, last: float) -> None:
    master = rig.begin("master", sys.executable, "-c", MASTER, str(first), str(last), "10")
    assert until(lambda: "ready" in rig.said("master"), 20), rig.said("master")
    rig.begin("clock", "jack_midi_clock")
    lilt = rig.lilt()
    lilt.send_message("/lilt/transport/count_in", COUNT)
    lilt.send_message("/lilt/click/on", 1)
    lilt.send_message("/lilt/transport/stop", 1)
    rig.begin("dump", "stdbuf", "-oL", "jack_midi_dump", "-a", "dump")
    clock, dump = port(rig.environment, "mclk_out"), port(rig.environment, "dump:input")
    connect(rig.environment, clock, port(rig.environment, "Lilt:in"))
    connect(rig.environment, clock, dump)
    connect(rig.environment, port(rig.environment, "Lilt:out"), dump)
    assert until(lambda: get(lilt, "/lilt/transport/state") == "stopped", 10)
    transport = rig.begin("transport", "jack_transport")
    assert transport.stdin is not None
    transport.stdin.write("play\n")
    transport.stdin.flush()
    assert until(lambda: int(str(get(lilt, "/lilt/clock/beat"))) >= BEATS, 60), rig.said("dump")[:2000]
    transport.stdin.write("stop\n")
    transport.stdin.flush()
    assert until(lambda: not get(lilt, "/lilt/status/playing"), 10)
    assert master.poll() is None
    heard = events(rig.said("dump"))
    began = next(at for at, data in heard if data[0] == 0xFA)
    clocks = [at for at, data in heard if data[0] == 0xF8 and at > began]
    clicks = [(at, data[1]) for at, data in heard if data[0] == 0x90 | CHANNEL - 1 and at >= began and data[2]]
    counted = np.interp([at for at, _ in clicks], clocks, np.arange(len(clocks))) / 24  # beats of theirs
    beats = np.rint(counted).astype(int)
    pace = np.diff(clocks).reshape(-1, 1)[np.minimum(beats * 24, len(clocks) - 2), 0] * 24  # seconds a beat, there
    off = (counted - beats) * pace
    assert beats.tolist() == list(range(len(beats))) and len(beats) >= BEATS - 1, "one click for every beat of theirs"
    assert [key for _, key in clicks] == [HIGH if beat % 4 == 0 else LOW for beat in beats]
    assert statistics.median(abs(off)) < 0.005, off
    assert max(abs(off)) < 0.03, off
    tune = [at for at, data in heard if data[0] == 0x90 and data[2] and at >= began]
    entry = float(np.interp(tune[0], clocks, np.arange(len(clocks)))) / 24
    assert 4 * (COUNT - 1) < entry < 4 * COUNT + 1, "the tune enters with its pick-up, or behind the count"
    assert all(at <= clocks[-1] + 0.1 for at in tune), "Stop is Stop"
