"""MIDI out led back to in: what is measured, what is lost, and where it is written."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from instrument.commands.doctor_latency import loop
from instrument.files.rig_file import load
from instrument.playing.time.clock import ManualClock
from instrument.ports.midi.latency import ROUNDS, Looped, time
from instrument.ports.midi.system import NoMidi
from tests.fakes.jackd import serving
from tests.fakes.paths import ROOT


class Cable:
    """A cable in virtual time: what goes in comes out `way` seconds later, but for every `loses`th message."""

    def __init__(self, clock: ManualClock, way: float, loses: int = 0) -> None:
        self.clock, self.way, self.loses, self.count = clock, way, loses, 0

    def listen(self, hear: Callable[[list[int]], None]) -> None:
        self.hear = hear

    def send(self, data: list[int]) -> None:
        self.count += 1
        if self.loses and self.count % self.loses == 0:
            return
        self.clock.advance(self.way)
        self.hear([0xF8])  # something else comes by as well
        self.hear(data)


@pytest.mark.parametrize("way", [0.0005, 0.003, 0.02])
def test_the_way_is_measured(way: float) -> None:
    clock = ManualClock()
    cable = Cable(clock, way)
    found = time(cable.send, cable.listen, clock, "synth")
    assert found.lost == 0
    assert len(found.ways) == ROUNDS
    assert found.median == pytest.approx(way * 1000)
    assert found.p99 == pytest.approx(way * 1000)


def test_what_is_lost_is_counted_and_nothing_at_all_is_an_error() -> None:
    clock = ManualClock()
    cable = Cable(clock, 0.001, loses=10)
    assert time(cable.send, cable.listen, clock, "synth").lost == ROUNDS // 10
    with pytest.raises(NoMidi, match='nothing sent to "synth" came back'):
        time(lambda data: None, lambda hear: None, clock, "synth")


def test_the_latency_stands_in_the_rig_file_under_the_outputs_own_name(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text('[outputs.stage]\nport = "fluid"\noffset_ms = 4\n')
    well, line, _, found = loop(("Fluid", "Keys"), rig, lambda: Looped("FLUID Synth 128:0", (1.5, 2.0, 2.5), 0))
    assert (well, found) == (True, 2.0)
    assert line == f"MIDI out to in by FLUID Synth: 2.00 ms, p99 2.50 ms; written into {rig}, outputs.stage"
    (stage,) = load(rig).outputs
    assert (stage.latency_ms, stage.offset_ms, stage.delay_ms) == (2.0, 4.0, 2.0)


def test_an_output_that_the_rig_file_does_not_know_is_added(tmp_path: Path) -> None:
    loop(("Fluid", "Keys"), tmp_path / "rig.toml", lambda: Looped("Fluid", (2.0,), 0))
    (output,) = load(tmp_path / "rig.toml").outputs
    assert (output.name, output.port, output.latency_ms) == ("Fluid", "Fluid", 2.0)


def test_a_slow_or_leaky_way_is_not_well() -> None:
    assert not loop(None, None, lambda: Looped("x", (1.0,), 3))[0]
    assert not loop(None, None, lambda: Looped("x", (30.0,), 0))[0]


@pytest.mark.peers
@pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (Debian: jackd2)")
def test_a_real_cable_through_jack(tmp_path: Path) -> None:
    with serving() as environment:
        said = subprocess.run(
            [sys.executable, "run.py", "doctor", "--rig", str(tmp_path / "rig.toml")],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert "MIDI out to in by Lilt (virtual):" in said.stdout, said.stdout + said.stderr
    (output,) = load(tmp_path / "rig.toml").outputs
    assert output.port is None
    assert 0 < output.latency_ms < 50
