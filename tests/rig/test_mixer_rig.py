"""Mixing, recalling and saving in real time: the whole rig, steered over OSC alone, recorded and played again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from instrument.files.patch import find, load
from instrument.music.events import Span
from instrument.ports.log.replay import replay
from instrument.ports.osc.ask import ask_to_save as asked
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.balance import balance_of_file
from tests.fakes.jackd import until

pytestmark = pytest.mark.realtime


class Played:
    """A rig that plays, its OSC, and what it said."""

    def __init__(self, conductor: Conductor, said: list[str]) -> None:
        self.conductor, self.said = conductor, said
        self.osc = SimpleUDPClient(*conductor.osc_address)

    def spans(self, since: int = 0) -> list[Span]:
        return self.conductor.announced[since:]

    def voices(self, since: int = 0) -> set[str]:
        return {note.voice for span in self.spans(since) for note in span.notes}


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    said: list[str] = []
    rig = Rig(silent=True, recordings=tmp_path, osc_port=0, patches=tmp_path / "own")
    conductor = Conductor(find("first"), rig, said.append, seed=7)
    conductor.change([("clock.bpm", 250.0)])
    thread = threading.Thread(target=conductor.run)
    thread.start()
    assert until(lambda: any(s.source == "composed" for s in conductor.announced), 60), said
    yield Played(conductor, said)
    conductor.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_voices_come_and_go_a_patch_is_recalled_whole_and_saved(played: Played, tmp_path: Path) -> None:
    conductor, said = played.conductor, played.said
    assert played.voices() == {"melody", "drone"}
    played.osc.send_message("/lilt/voice/bass/on", 1)
    played.osc.send_message("/lilt/voice/fiddle/level", 0.5)
    assert until(lambda: "bass" in played.voices(len(conductor.announced) - 2), 30), said
    played.osc.send_message("/lilt/voice/bass/channel", 9)
    played.osc.send_message("/lilt/voice/drone/on", 0)
    played.osc.send_message("/lilt/voice/melody/channel", 9)
    assert until(lambda: "drone" not in played.voices(len(conductor.announced) - 2), 30)
    name = asked("as it stands", conductor.osc_address[1])
    saved = load(tmp_path / "own" / f"{name}.toml")
    assert saved.drone == "none" and saved.voices["bass"].channel == 9 and saved.voices["melody"].channel == 1
    with pytest.raises(RuntimeError, match="came with Lilt"):
        asked("reel", conductor.osc_address[1])
    played.osc.send_message("/lilt/patch/load", "trio")
    assert until(lambda: played.voices(len(conductor.announced) - 2) == {"melody", "bass", "alto"}, 30), said
    played.osc.send_message("/lilt/patch/load", name)
    assert until(lambda: "alto" not in played.voices(len(conductor.announced) - 2), 30)
    values = conductor.snapshot.values
    assert values["voice.bass.channel"] == 9 and not values["voice.drone.on"]
    assert not any("fault" in line for line in said), said
    conductor.stop()
    assert until(lambda: not conductor.player.stays(0.0), 10)
    log = next(tmp_path.glob("*.jsonl"))
    found = replay(log)
    assert found.same and found.whole, found.difference
    assert not balance_of_file(next(tmp_path.glob("*.mid")))
