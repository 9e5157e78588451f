"""Known tunes in a running rig, by OSC alone: real processes, a real thinker, and a log that replays to the byte."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from instrument.commands.tunebook.known import patch_for
from instrument.ports.log.replay import replay
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.known_evening import JIG, MIXED, REEL, melody, repertoire
from tests.fakes.puppet import eventually


@pytest.mark.long
@pytest.mark.realtime
def test_a_lesson_by_osc_alone(tmp_path: Path) -> None:
    book = tmp_path / "lesson.abc"
    book.write_text(REEL + "\n" + MIXED, encoding="utf-8")
    rig, said = Rig(silent=True, dry=True, recordings=tmp_path, osc_port=0), list[str]()
    conductor = Conductor(patch_for(str(book), "2", None), rig, said.append, seed=1)
    conductor.change([("clock.bpm", 280.0), ("clock.source", "internal"), ("tune.stay", True)])
    performance = threading.Thread(target=conductor.run, daemon=True)
    performance.start()

    def until(true: Callable[[], object], seconds: float = 60.0) -> None:
        assert eventually(true, seconds), said

    try:
        until(lambda: any(span.source == "known" for span in conductor.announced), 180.0)  # the model is loaded
        send = SimpleUDPClient(*conductor.osc_address).send_message
        send("/lilt/practice/speed", 80.0)
        until(lambda: abs(float(conductor.readings["status.bpm"]) - 224.0) < 0.01)
        send("/lilt/practice/phrase", 2)
        until(lambda: [bool(melody(span)) for span in conductor.announced[-4:]] == [True, True, False, False])
        send("/lilt/practice/phrase", 0)
        send("/lilt/repertoire/next", 1)
        until(lambda: conductor.announced[-1].known[1] == 1 and conductor.announced[-1].key == "G major")
        send("/lilt/repertoire/abc", JIG)
        until(lambda: conductor.announced[-1].meter == "6/8" and conductor.announced[-1].key == "D major")
        send("/lilt/tune/key", "F major")
        until(lambda: conductor.announced[-1].key == "F major")
        send("/lilt/repertoire/abc", "no tune")
        until(lambda: "is not ABC" in said[-1])
        send("/lilt/tune/keep", 1)
        until(lambda: (tmp_path / "tunebook.abc").exists())
        send("/lilt/undo", 1)
        until(lambda: conductor.announced[-1].key == "D major")
        send("/lilt/tune/like", 1)
        until(lambda: conductor.announced[-1].source == "composed" and conductor.announced[-1].known[0])
        assert not any("fault" in line or "died" in line for line in said), said
    finally:
        conductor.stop()
        performance.join(20)
    (log,) = tmp_path.glob("*.jsonl")
    played = replay(log)
    assert played.same and played.whole, played.difference
    kept = (tmp_path / "tunebook.abc").read_text(encoding="utf-8")
    assert "T:The Test Jig" in kept and repertoire(kept).tunes[0].known().key == "F major"
