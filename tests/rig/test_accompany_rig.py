"""The accompanist in a running rig: its process beside the player's, killed, flooded, turned off and on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import mido
import pytest

from instrument.controls.explanations import Why
from instrument.files.patch import find
from instrument.networks.chorale.weights import SHIPPED
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes import keyboard
from tests.fakes.jackd import until
from tests.fakes.paths import ROOT
from tests.fakes.thorough import every

pytestmark = pytest.mark.realtime


@contextmanager
def playing(folder: Path, body: Callable[..., None], **controls: object) -> Iterator[tuple[Conductor, list[str]]]:
    """`chorale`, its keys played by `body`; what is said."""
    said: list[str] = []
    rig = Rig(silent=True, dry=True, record=True, recordings=folder, osc_port=0)
    conductor = Conductor(find("chorale"), rig, said.append, seed=3, body=body)
    conductor.change([("clock.bpm", 150.0), ("harmony.tactus", "quarter"), *controls.items()])  # type: ignore[list-item]
    thread = threading.Thread(target=conductor.run)
    thread.start()
    try:
        yield conductor, said
    finally:
        conductor.stop()
        thread.join(15)
        assert not thread.is_alive()


@pytest.mark.parametrize("how", every(2, [signal.SIGSTOP, signal.SIGKILL]))
def test_an_accompanist_that_dies_or_hangs_is_replaced_and_plays_on(how: signal.Signals, tmp_path: Path) -> None:
    with playing(tmp_path, keyboard.steady) as (conductor, said):
        whys: list[Why] = []
        conductor.listen(Why, whys.append)
        assert until(lambda: "sounding 4" in said, 30), said
        first = conductor.accompanist.child.pid
        assert first is not None and whys
        os.kill(first, how)
        assert until(lambda: any("the accompanist has died" in line for line in said), 10), said
        assert until(lambda: "sounding 1" in said, 10), said  # its notes have been ended; the keys sound on
        del said[:]
        assert until(lambda: "sounding 4" in said, 30), said
        assert conductor.accompanist.child.pid not in (None, first)
    assert not conductor.failed


def test_a_style_that_sweeps_while_keys_sound_costs_no_voice_and_all_is_in_the_recording(tmp_path: Path) -> None:
    with playing(tmp_path, keyboard.steady) as (conductor, said):
        assert until(lambda: "sounding 4" in said, 30), said
        first = conductor.accompanist.child.pid
        for place in range(41):
            conductor.change([("harmony.style", place / 40)])
        del said[:]
        assert until(lambda: said.count("sounding 4") > 8, 40), said
        assert conductor.accompanist.child.pid == first and not any("style" in line for line in said), said
        assert conductor.snapshot.number("harmony.style") == 1.0
    assert not conductor.failed
    assert conductor.recording is not None
    names: dict[str, int] = {}
    for track in mido.MidiFile(f"{conductor.recording}.mid").tracks:
        names[track.name] = sum(m.type == "note_on" and m.velocity > 0 for m in track)
    assert names["soprano"] > 8 and all(names[voice] for voice in ("bass", "tenor", "alto")), names


@pytest.mark.long
def test_a_flood_of_keys_is_survived_and_the_newest_wins(tmp_path: Path) -> None:
    with playing(tmp_path, keyboard.flood) as (_, said):
        assert until(lambda: any(line.startswith("after it") for line in said), 60), said
    sounding = next(line for line in said if line.startswith("with it"))
    assert "(3, 72)" in sounding and sounding.count("(") == 4, sounding
    assert next(line for line in said if line.startswith("after it")) == "after it []"


def test_experts_that_are_not_their_cards_are_refused_with_both_named(tmp_path: Path) -> None:
    stem = tmp_path / "others"
    stem.with_suffix(".safetensors").write_bytes(SHIPPED.with_suffix(".safetensors").read_bytes())
    card = json.loads(SHIPPED.with_suffix(".json").read_text())
    card["architecture"]["hidden"] += 1
    stem.with_suffix(".json").write_text(json.dumps(card))
    command = [sys.executable, ROOT / "run.py", "chorale", "--experts", stem, "--no-sound", "--osc-port", "0"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "others.safetensors" in done.stderr and "others.json" in done.stderr
