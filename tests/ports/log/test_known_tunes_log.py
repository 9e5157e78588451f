"""Known tunes and practice in the session log: what was dropped, stepped to and practised is replayed to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from instrument.controls.requests import Extend, Rethink, TurnBack
from instrument.controls.snapshot import Snapshot
from instrument.files.repertoire import Repertoire
from instrument.playing.json_codec import plain, revive
from instrument.playing.messages import Change, PlayerSetup, ThinkerState
from instrument.playing.turn import Exits
from instrument.ports.log.replay import replay
from instrument.rig.way_back.way_back import WayBack
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.phrase_by_phrase import PhrasePlanner
from instrument.thinking.tune.loader import WriterFactory
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from tests.fakes.known_evening import JIG, MIND, REEL, repertoire, snapshot_of
from tests.fakes.sessions import Session


class Stage:
    """A logged performance with a planner at hand and the way back."""

    def __init__(self, path: Path, tunes: Repertoire) -> None:
        self.tunes, self.snapshot = tunes, snapshot_of(tunes)
        planner = PhrasePlanner(WriterFactory(MIND).writer, Arrangement({}), self.snapshot)
        self.planner = SpansWithVoices(planner, lambda: None, Arrangement({}))  # type: ignore[arg-type, return-value]
        self.back, self.until = WayBack(self.snapshot, lambda: 0.0), 0
        self.session = Session(path, PlayerSetup(self.snapshot, (), {"melody": (1, 0)}, {}))
        self.give(self.session.take(ThinkerState(True)))

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds / 0.05)):
            self.session.clock.advance(0.05)
            self.give(self.session.take())

    def give(self, exits: Exits) -> None:
        for told in exits.told:
            if isinstance(told, Rethink):
                self.planner.rethink(told)
            elif isinstance(told, Extend):
                self.until = told.until
            elif isinstance(told, TurnBack):
                self.turn(Change(self.snapshot.with_value(told.name, told.value)))
        while self.planner.plan and self.planner.tick < self.until:
            self.give(self.session.take(self.planner.next_span()))

    def turn(self, change: Change) -> None:
        self.snapshot = change.snapshot
        self.give(self.session.take(change))


def test_an_evening_of_known_tunes_and_practice_is_played_again_to_the_byte(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "known.jsonl", repertoire(REEL))
    stage.run(3.0)
    stage.turn(stage.back.turn(stage.snapshot, [("practice.phrase", 2), ("practice.speed", 150.0)]))
    stage.run(3.0)
    dropped = repertoire(JIG).window(0, 2)
    stage.turn(stage.back.known(stage.snapshot, dropped, [("tune.meter", "6/8"), ("tune.key", "D major")]))
    stage.run(3.0)
    undone, _ = stage.back.undo(stage.snapshot)
    assert undone is not None and undone.snapshot.known == repertoire(REEL).window(0, 1)
    stage.turn(undone)
    rising = [("practice.step", 20.0), ("practice.goal", 200.0), ("practice.phrase", 0)]
    stage.turn(stage.back.turn(stage.snapshot, rising))
    stage.run(24.0)
    log = stage.session.close()
    assert float(stage.snapshot.values["practice.speed"]) > 150.0
    played = replay(log)
    assert played.same and played.whole and played.messages > 200, played.difference
    turned = [entry for line in log.read_text().splitlines() for entry in json.loads(line).get("in", ())]
    assert [entry["known"]["load"] for entry in turned if entry["is"] == "Turned" and "known" in entry] == [2, 1]


def test_known_tunes_are_plain_data_and_come_back() -> None:
    snapshot = snapshot_of(repertoire(JIG, REEL))
    assert revive(json.loads(json.dumps(plain(snapshot)))).known == snapshot.known


@pytest.mark.parametrize("known", [3, "x", {"is": "Note", "start": 0, "duration": 1, "pitch": 60}])
def test_a_log_with_strange_tunes_is_refused(tmp_path: Path, known: object) -> None:
    stage = Stage(tmp_path / "known.jsonl", repertoire(REEL))
    stage.run(1.0)
    stage.turn(Change(Snapshot(version=stage.snapshot.version + 1)))
    log = stage.session.close()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        for entry in line.get("in", ()):
            if entry["is"] == "Turned" and "known" in entry:
                entry["known"] = known
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(ValueError, match="no line of a session log"):
        replay(log)
