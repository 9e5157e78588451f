"""Evenings with everything that goes back, logged, and replayed to the byte."""

import random
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.requests import Extend, Laid, Rethink
from instrument.music.events import Span
from instrument.playing.messages import Announced, Change, PlayerSetup, ThinkerState
from instrument.playing.midi.output_message import Message, Silence
from instrument.ports.log.replay import replay
from tests.fakes.back_evening import TURNS, Evening, joins
from tests.fakes.sessions import Session
from tests.fakes.thorough import share


def stage(evening: Evening) -> PlayerSetup:
    return PlayerSetup(evening.snapshot, (), {"melody": (1, 0), "drone": (2, 0)}, {})


def random_evening(path: Path, seed: int, bars: int = 30) -> tuple[Path, list[Message | Silence], list[Span]]:
    """Everything that goes back among other changes, logged as on stage. Returns the log, what went out, the bars."""
    chance, evening = random.Random(seed), Evening()
    session = Session(path, stage(evening))
    evening.hear([told for told in session.take(ThinkerState(True)).told if isinstance(told, Rethink | Extend | Laid)])
    heard: list[Span] = []

    def take(*entries: Any) -> None:
        while evening.mind.plan and evening.mind.tick < evening.until and len(entries) < 8:
            entries += (evening.mind.next_span(),)
        for one in session.take(*entries).told:
            if isinstance(one, Announced):
                heard.append(one.span)
                evening.back.announced(one.span)
            elif isinstance(one, Rethink | Extend | Laid):
                evening.hear([one])

    while len(heard) < bars:
        session.clock.advance(0.05)
        evening.now = session.clock.now()
        take()
        if chance.random() < 0.05:
            change: Change | None = None
            what = chance.choice(["undo", "redo", "tune.back", "tune.new", "turn", "turn", "loop", "loop", "temp"])
            changes: list[tuple[str, Any]] = {
                "turn": [chance.choice(TURNS)], "temp": [("temp", not evening.snapshot.values["temp"])],
                "loop": [("loop.from", chance.randrange(1, 4)), ("loop.to", chance.randrange(3, 6)),
                         ("loop.on", chance.random() < 0.5)],
            }.get(what, [])  # fmt: skip
            if changes:
                change = evening.back.turn(evening.snapshot, changes)
            elif what == "tune.new":
                change = evening.back.new_tune(evening.snapshot)
            else:
                go = {"undo": evening.back.undo, "redo": evening.back.redo, "tune.back": evening.back.tune_back}
                change = go[what](evening.snapshot)[0]
            if change is not None:
                evening.snapshot = change.snapshot
                take(change)
    return session.close(), session.out, heard


@pytest.mark.parametrize("seed", range(share(1, 3)))
def test_the_same_actions_give_the_same_evening_and_its_log_replays_to_the_byte(tmp_path: Path, seed: int) -> None:
    path, out, heard = random_evening(tmp_path / "one.jsonl", seed)
    joins(heard)
    _, again, bars = random_evening(tmp_path / "two.jsonl", seed)
    assert again == out and bars == heard
    played = replay(path)
    assert played.same and played.whole, played.difference
    text = path.read_text()
    assert '"undone":' in text or '"top":' in text
