"""Hands on a running rig: a knob learned and turned, a patch recalled. No device is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from instrument.controls.devices.plugged import Plugged
from instrument.files.patch import find
from instrument.files.rig_file import load
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes import controller
from tests.fakes.jackd import until

pytestmark = pytest.mark.realtime


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[tuple[Conductor, list[str]]]:
    """`first` in a hurry, a controller at it whose Program Changes recall patches, its thinker up."""
    said: list[str] = []
    midi = Plugged(programs=("air", "first", "reel", "polka", "tap", "waltz"))
    given = Rig(midi, silent=True, dry=True, recordings=tmp_path, osc_port=0, file=tmp_path / "rig.toml")
    conductor = Conductor(find("first"), given, said.append, seed=7, body=controller.turning)
    conductor.change([("clock.bpm", 250.0)])
    thread = threading.Thread(target=conductor.run)
    thread.start()
    assert until(lambda: any(s.source == "composed" for s in conductor.announced), 60), said
    yield conductor, said
    conductor.stop()
    thread.join(15)
    assert not thread.is_alive()


def test_a_knob_is_learned_turns_its_control_and_a_program_change_recalls_a_patch(
    rig: tuple[Conductor, list[str]], tmp_path: Path
) -> None:
    conductor, said = rig
    assert until(lambda: "knobs: CC 74" in str(conductor.get("midi.last")), 10)
    conductor.act("midi.learn")
    conductor.change([("wish.cadence", 2.0)])
    line = "CC 74 of knobs turns wish.cadence"
    assert until(lambda: line in said, 10), said
    assert [knob.turns for knob in load(tmp_path / "rig.toml").knobs] == ["wish.cadence"]
    assert until(lambda: conductor.get("wish.cadence") not in (1.0, 2.0), 15)
    assert until(lambda: conductor.remote.playing == "waltz", 20), "the sixth"
    assert until(lambda: conductor.announced[-1].meter == "3/4", 20)
