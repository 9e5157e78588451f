"""The whole rig in real time, as a player meets it: processes, signals, UDP. No device is needed."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import mido
import numpy as np
import pytest
from pythonosc.udp_client import SimpleUDPClient

from instrument.files.patch import find
from instrument.music.events import Span
from instrument.playing.time.clock import SystemClock
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.paths import ROOT
from tests.fakes.programs import Program
from tests.fakes.waiting import until

pytestmark = pytest.mark.realtime
CLOCK = SystemClock()


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Conductor, list[str]]]:
    """`first` at 250 bpm, into a recording, with the thinker up: one for all, since to start one takes the longest."""
    said: list[str] = []
    folder = tmp_path_factory.mktemp("rig")
    conductor = Conductor(find("first"), Rig(silent=True, recordings=folder, osc_port=0), said.append, seed=7)
    conductor.change([("clock.bpm", 250.0)])
    thread = threading.Thread(target=conductor.run)
    thread.start()
    assert until(lambda: any(s.source == "composed" for s in conductor.announced), 40), said
    yield conductor, said
    conductor.stop()
    thread.join(10)
    assert not thread.is_alive()


def joined(spans: list[Span]) -> bool:
    return all(a.end == b.start for a, b in itertools.pairwise(spans))


def test_the_thinker_killed_the_music_goes_on_and_a_new_one_takes_over(rig: tuple[Conductor, list[str]]) -> None:
    conductor, said = rig
    first = conductor.thinker_pid
    assert first
    os.kill(first, signal.SIGKILL)
    assert until(lambda: conductor.thinker_pid not in (None, first), 10), said
    killed_at = len(conductor.announced)
    later = lambda: [s for s in conductor.announced[killed_at:] if s.source == "composed"]  # noqa: E731
    assert until(lambda: len(later()) >= 6, 40), said
    assert joined(conductor.announced), "no gap in the music"
    assert any("thinker has died" in line for line in said)


def test_osc_over_real_udp_changes_the_next_unannounced_bar(rig: tuple[Conductor, list[str]]) -> None:
    conductor, said = rig
    assert until(lambda: float(conductor.get("status.ahead")) >= 3, 40), said  # whoever was killed before is up again
    client = SimpleUDPClient(*conductor.osc_address)
    before = conductor.announced[-1]
    client.send_message("/lilt/tune/meter", "6/8")
    assert until(lambda: conductor.announced[-1].meter == "6/8", 15)
    changed = next(s for s in conductor.announced if s.meter == "6/8")
    assert changed.start <= before.end + 4 * 40320, "heard within a few bars"
    assert joined(conductor.announced)
    tune = conductor.announced[-1].tune
    client.send_message("/lilt/tune/new", [])
    assert until(lambda: conductor.announced[-1].tune == tune + 1, 15)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as junk:
        junk.sendto(b"\xff\x00not osc", conductor.osc_address)
    client.send_message("/lilt/tune/meter", "17/5")
    client.send_message("/lilt/panic", [])
    bars = len(conductor.announced)
    assert until(lambda: len(conductor.announced) >= bars + 3, 15), "nothing stops"
    assert conductor.get("tune.meter") == "6/8"


def test_the_ways_of_playing_are_switched_while_it_plays(rig: tuple[Conductor, list[str]]) -> None:
    conductor, said = rig
    for way, source in (("answer", "silent"), ("hold", "composed"), ("accompany", "silent"), ("listen", "composed")):
        conductor.change([("play.way", way)])
        bars = len(conductor.announced)
        assert until(lambda source=source, bars=bars: _newest(conductor, bars) == source, 30), (way, said)
    conductor.change([("play.way", "tap")])
    assert until(lambda: conductor.get("status.playing"), 10)
    conductor.change([("play.way", "listen")])
    bars = len(conductor.announced)
    assert until(lambda: len(conductor.announced) > bars + 4, 30)
    assert not any("fault" in line for line in said), said
    assert not conductor.failed


def _newest(conductor: Conductor, bars: int) -> str:
    """Where the bars come from that are announced beyond so many."""
    return conductor.announced[-1].source if len(conductor.announced) > bars else ""


@pytest.mark.long
def test_stop_and_play(rig: tuple[Conductor, list[str]]) -> None:
    conductor, _ = rig
    conductor.act("transport.stop")
    bars = len(conductor.announced)
    assert not until(lambda: len(conductor.announced) > bars + 2, 3.0)
    conductor.act("transport.play")
    assert until(lambda: len(conductor.announced) > bars + 2, 15)
    assert joined(conductor.announced)


def play(tmp_path: Path, *extra: str) -> Program:
    command = ["run.py", "first", "--no-sound", "--osc-port", "0", "--recordings", str(tmp_path), *extra]
    return Program([sys.executable, *command], cwd=ROOT)


@pytest.mark.quiet
def test_the_first_minute_in_small(tmp_path: Path) -> None:
    """Eight bars from the command line: it ends by itself, the recording is audibly those notes, the log is whole."""
    figures = tmp_path / "figures.json"
    with play(tmp_path, "--bars", "8", "--seed", "5", "--json", str(figures)) as lilt:
        assert lilt.ends(60) == 0, lilt.said
    notes = [m for m in mido.MidiFile(next(tmp_path.glob("*.mid"))) if m.type == "note_on" and m.channel == 0]
    assert len(notes) > 20
    with wave.open(str(next(tmp_path.glob("*.wav")))) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2) / 32768
        seconds = file.getnframes() / file.getframerate()
    bars = 8 * 4 * 60 / 144
    assert bars < seconds < bars + 4
    assert 0.02 < np.sqrt((sound[: int(bars * 48000)] ** 2).mean()) < 0.4
    assert abs(sound).max() < 1.0
    assert json.loads(figures.read_text())["dropped"] == 0
    (log,) = tmp_path.glob("*.jsonl")
    lines = log.read_text().splitlines()
    assert lines[0].startswith('{"begin"') and '"end"' in lines[-1]


def test_a_player_that_dies_says_so(tmp_path: Path) -> None:
    lilt = play(tmp_path)
    lilt.says("stop: Ctrl-C")
    pid = lilt.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    names = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    player = min(pid for pid, line in names.items() if b"spawn_main" in line)
    os.kill(player, signal.SIGKILL)
    with lilt:
        assert lilt.ends() == 1
    assert any("player has died" in line for line in lilt.said)
