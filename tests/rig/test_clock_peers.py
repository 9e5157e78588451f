"""Clocks that others wrote: jack_midi_clock is followed, jack_mclk_dump follows; JACK's own tools write it down."""

from __future__ import annotations

import re
import shutil
import statistics

import numpy as np
import pytest

from tests.fakes.clock_rig import TOOLS, Rig, get
from tests.fakes.jackd import RATE, connect, port, until

BPM = 130

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.quiet,
    pytest.mark.peers,
    *(pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is not installed") for tool in TOOLS),
]


def events(dump: str) -> list[tuple[float, int]]:
    """(seconds, first byte) of each line of jack_midi_dump."""
    return [(int(at) / RATE, int(status, 16)) for at, status in re.findall(r"^\s*(\d+): (\w\w)", dump, re.M)]


def test_jack_midi_clock_is_followed_in_tempo_and_phase(rig: Rig) -> None:
    rig.begin("clock", "jack_midi_clock", "-b", str(BPM))
    lilt = rig.lilt()
    rig.begin("dump", "stdbuf", "-oL", "jack_midi_dump", "-a", "dump")
    clock, dump = port(rig.environment, "mclk_out"), port(rig.environment, "dump:input")
    connect(rig.environment, clock, port(rig.environment, "Lilt:in"))
    connect(rig.environment, clock, dump)
    connect(rig.environment, port(rig.environment, "Lilt:out"), dump)
    transport = rig.begin("transport", "jack_transport")
    assert transport.stdin is not None
    transport.stdin.write("play\n")
    transport.stdin.flush()
    assert until(lambda: get(lilt, "/lilt/clock/state") == "locked", 20), rig.said("dump")[:2000]
    assert until(lambda: int(str(get(lilt, "/lilt/clock/beat"))) >= 24, 30)
    # the server slips by some milliseconds where the machine stalls, and its clock with it
    assert get(lilt, "/lilt/status/bpm") == pytest.approx(BPM, rel=0.03)
    transport.stdin.write("stop\n")
    transport.stdin.flush()
    assert until(lambda: not get(lilt, "/lilt/status/playing"), 10)
    heard = events(rig.said("dump"))
    began = next(at for at, status in heard if status == 0xFA)
    clocks = [at for at, status in heard if status == 0xF8 and at > began]
    struck = [at for at, status in heard if status & 0xF0 == 0x90 and clocks[0] <= at <= clocks[-1]]
    counted = np.interp(struck, clocks, np.arange(len(clocks)))
    assert (len(clocks) - 1) * 60 / 24 / (clocks[-1] - clocks[0]) == pytest.approx(BPM, rel=0.005)
    off = ((counted + 3) % 6 - 3) * 60 / 24 / BPM  # seconds from the nearest sixteenth
    straight = [error for error in off if abs(error) < 0.01]  # the others are swung
    assert len(straight) > 10
    assert abs(statistics.median(straight)) < 0.004, off  # RtMidi waits for the next of JACK's cycles, 2.7 ms


@pytest.mark.long
def test_jack_mclk_dump_follows_us(rig: Rig) -> None:
    lilt = rig.lilt()
    rig.begin("slave", "stdbuf", "-oL", "jack_mclk_dump", "-n")
    connect(rig.environment, port(rig.environment, "Lilt:out"), port(rig.environment, "mclk_in"))
    lilt.send_message("/lilt/clock/bpm", 97.0)
    lilt.send_message("/lilt/clock/send", "while playing")
    assert until(lambda: len(rig.said("slave")) > 20_000, 30), rig.said("slave")
    frames = [int(dt) for dt in re.findall(r"dt:\s*(\d+)\[sm\]", rig.said("slave"))][-192:]  # between clocks
    assert 60 * RATE / 24 / statistics.mean(frames) == pytest.approx(97, rel=0.005), rig.said("slave")[-500:]
