"""The way back in a running rig, by OSC alone: real processes, a real thinker, and a log that replays to the byte."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from instrument.files.patch import find
from instrument.ports.log.replay import replay
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.puppet import eventually


@pytest.mark.long
@pytest.mark.realtime
def test_an_evening_that_goes_back_by_osc_alone(tmp_path: Path) -> None:
    rig, said = Rig(silent=True, dry=True, recordings=tmp_path, osc_port=0), list[str]()
    conductor = Conductor(find("first"), rig, said.append, seed=1)
    conductor.change([("clock.bpm", 280.0), ("clock.source", "internal"), ("tune.keys", "same")])
    was = conductor.snapshot.values["tune.temperature"]
    performance = threading.Thread(target=conductor.run, daemon=True)
    performance.start()

    def until(true: Callable[[], object]) -> None:
        assert eventually(true, 60.0), said

    try:
        until(lambda: any(span.source == "composed" for span in conductor.announced))
        client = SimpleUDPClient(*conductor.osc_address)
        send = client.send_message
        send("/lilt/tune/temperature", 0.5)
        until(lambda: conductor.snapshot.values["tune.temperature"] == 0.5)
        send("/lilt/undo", 1)
        until(lambda: conductor.snapshot.values["tune.temperature"] == was)
        until(lambda: said[-1] == f"undone: tune.temperature is {was:g}")
        send("/lilt/redo", 1)
        until(lambda: conductor.snapshot.values["tune.temperature"] == 0.5)
        tune = conductor.announced[-1].tune  # not the first any more where the machine is slow
        send("/lilt/tune/new", 1)
        until(lambda: conductor.announced[-1].tune > tune)
        tune = conductor.announced[-1].tune - 1
        send("/lilt/tune/back", 1)
        until(lambda: conductor.announced[-1].tune == tune)
        first = [span for span in conductor.announced if span.bar == 0 and span.tune == tune]
        assert len(first) >= 2 or conductor.announced[-1].bar == 0
        send("/lilt/loop/to", 2)
        send("/lilt/loop/on", True)
        until(lambda: [span.bar for span in conductor.announced[-5:]] in ([0, 1, 0, 1, 0], [1, 0, 1, 0, 1]))
        send("/lilt/loop/from", 7)
        until(lambda: "ends before it begins" in said[-1] or conductor.snapshot.values["loop.from"] == 1)
        assert conductor.snapshot.values["loop.from"] == 1
        send("/lilt/loop/on", False)
        until(lambda: conductor.announced[-1].bar >= 3)
        send("/lilt/temp", 1)
        send("/lilt/tune/key", "A minor")
        until(lambda: conductor.announced[-1].key == "A minor")
        send("/lilt/temp", 0)
        until(lambda: conductor.announced[-1].key != "A minor")
        assert not any("fault" in line or "died" in line for line in said), said
    finally:
        conductor.stop()
        performance.join(20)
    (log,) = tmp_path.glob("*.jsonl")
    played = replay(log)
    assert played.same and played.whole, played.difference
    assert conductor.figures["sent"] > 100
