"""Sonic Pi hears a running instrument's melody and its bends, and plays on it, by the example of the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrument.controls.devices.plugged import OscTarget
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import Route
from instrument.playing.time.clock import SystemClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.osc_out.note_output import OscEnd, OscNotes
from tests.fakes.osc_rig import playing
from tests.fakes.paths import ROOT
from tests.fakes.sonic_pi import SERVER, sonic_pi
from tests.fakes.waiting import until

pytestmark = [
    pytest.mark.long, pytest.mark.realtime, pytest.mark.peers,
    pytest.mark.skipif(not SERVER.exists(), reason="Sonic Pi is not installed (apt install sonic-pi-server)"),
]  # fmt: skip
EXAMPLE = ROOT / "docs" / "osc" / "lilt.rb"
#: beside the example: what is heard goes back as controls
WITNESS = """
heard = 0
live_loop :witness do
  use_real_time
  sync "/osc*/lilt/note/melody/on"
  heard += 1
  osc "/lilt/set/fade", [heard, 64].min
end

live_loop :bent do
  use_real_time
  number, semitones = sync "/osc*/lilt/note/melody/bend"
  osc "/lilt/clock/nudge", semitones * 10
end
"""


def test_sonic_pi_hears_the_melody_and_plays_on_lilt(tmp_path: Path) -> None:
    with sonic_pi(tmp_path) as pi, playing(tmp_path) as played:
        example = EXAMPLE.read_text().replace("9127", str(played.port)).replace("4560", str(pi.cues))
        pi.run(example + WITNESS)
        values = played.conductor
        assert until(lambda: int(values.snapshot.values["set.fade"]) >= 12, 60), "it hears the melody"
        assert until(lambda: played.saw((1, 62), (1, 64), (1, 66), (1, 69), (1, 71)), 30), "its phrase sounds"
        clock = SystemClock()
        target = OscTarget("pi", "127.0.0.1", pi.cues, "plain")
        output = OscNotes(target, OscEnd(target.host, target.port, {}, plain=True), clock, Lateness())
        output.routes = {"melody": Route(("pi",), 1)}
        now = clock.now()
        output.take(Message(now + 0.1, "on", 1, 62, 80, "pi"), now)
        output.take(Message(now + 0.2, "bend", 1, 0, 96, "pi"), now)
        bent = until(lambda: (output.flush(clock.now()), values.snapshot.values["clock.nudge"] == 10.0)[1], 20)
        assert bent, "a semitone up"
        output.close()
        assert not pi.heard(b"Runtime Error") and not pi.heard(b"/error"), pi.said[-5:]
