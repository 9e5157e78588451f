"""A set in the running rig, led by OSC alone: told, called, ended, begun again, logged and played again to the byte."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from instrument.files.patch import find
from instrument.playing.time.clock import SystemClock
from instrument.ports.log.replay import replay
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.waiting import until

pytestmark = [pytest.mark.realtime, pytest.mark.quiet]
CLOCK = SystemClock()


@pytest.mark.long
def test_a_set_led_by_osc_ends_goes_on_and_is_played_again_to_the_byte(tmp_path: Path) -> None:
    said: list[str] = []
    rig = Rig(silent=True, recordings=tmp_path, osc_port=0)
    conductor = Conductor(find("session-set"), rig, said.append, seed=11)
    thread = threading.Thread(target=conductor.run)
    thread.start()
    try:
        assert until(lambda: any(s.source == "composed" for s in conductor.announced), 60), said
        osc = SimpleUDPClient(*conductor.osc_address)
        for address, value in (("form/parts", 1), ("form/bars", "8"), ("form/repeats", "no"), ("harmony/on", 0)):
            osc.send_message(f"/lilt/{address}", value)  # a short tune, whatever else the machine does
        assert until(lambda: conductor.readings["set.to_go"] not in (0, -1), 60), said
        assert conductor.readings["set.tune"] == conductor.readings["set.time"] == 1
        assert conductor.readings["set.coming"] == "time 2 of 3"
        osc.send_message("/lilt/set/last", 1.0)
        osc.send_message("/lilt/set/last", 0.0)  # the finger is off: that is no second press
        assert until(lambda: conductor.readings["set.coming"] == "the end", 60), said
        assert conductor.snapshot.values["set.then"] == "last"
        assert until(lambda: conductor.announced[-1].of_set.over, 180), said
        assert until(lambda: not conductor.readings["status.playing"], 20), said
        assert until(lambda: conductor.snapshot.values["set.then"] == "as planned", 5), "it goes back by itself"
        osc.send_message("/lilt/transport/play", 1)
        assert until(lambda: conductor.announced[-1].of_set.first > 0, 60), said
        assert until(lambda: conductor.readings["status.playing"], 20), said
        osc.send_message("/lilt/set/fade", 1)
        osc.send_message("/lilt/transport/fade", 1)
        assert until(lambda: not conductor.readings["status.playing"], 20), said
    finally:
        conductor.stop()
        thread.join(20)
    assert not thread.is_alive() and not conductor.failed, said
    (log,) = tmp_path.glob("*.jsonl")
    found = replay(log)
    assert found.same and found.whole, found.difference
