"""A performance whose watches are killed while it plays: one log, whole, and played again to the byte."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from instrument.files.patch import find
from instrument.ports.log.replay import replay
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from instrument.workshop.stress.watchdog import idle
from tests.fakes.puppet import eventually


@pytest.mark.realtime
def test_the_log_goes_on_when_the_process_that_writes_it_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    conductor = Conductor(find("jig"), Rig(silent=True, recordings=tmp_path, osc_port=0), said.append, seed=1)
    conductor.thinker.body = idle
    performance = threading.Thread(target=conductor.run)
    performance.start()
    first = conductor.watchdogs.first
    try:
        for _ in range(2):
            assert eventually(lambda: first.told and len(conductor.announced) > 1, 90), said
            before, bars = first.child.pid, len(conductor.announced)
            first.child.kill()
            assert eventually(lambda: first.told and first.child.pid != before, 90), said  # noqa: B023
            assert eventually(lambda: len(conductor.announced) > bars + 1, 60), said  # noqa: B023
    finally:
        conductor.stop()
        performance.join(60)
    logs = sorted(tmp_path.glob("*.jsonl"))
    assert len(logs) == 1
    found = replay(logs[0])
    assert found.same and found.whole, (found.difference, said)
    assert found.messages > 10
    assert sum("the watch over hanging notes has died" in line for line in said) == 2
