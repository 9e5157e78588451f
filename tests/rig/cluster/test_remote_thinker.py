"""The thinker as an actor, without a cluster: requests in, messages out, and what it says when it cannot go on."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.requests import Extend, Rethink, ThinkerReady
from instrument.files.patch import find
from instrument.music.events import Span
from instrument.rig.cluster import remote_thinker
from instrument.rig.cluster.marks import marks, thinker_weights
from instrument.rig.cluster.remote_thinker import RemoteThinker
from instrument.rig.setup import live
from instrument.thinking.model.model_choice import ModelChoice

HOW, CHOICE = live(find("chorale")), ModelChoice()


def test_it_answers_requests_and_says_where_and_with_what_it_composes() -> None:
    one = RemoteThinker(HOW, CHOICE)
    assert one.take() == [], "nothing is asked"
    snapshot = find("chorale").snapshot().with_value("tune.seed", 3)
    one.hear([Rethink(4, snapshot, 0, None, snapshot), Extend(3 * snapshot.meter.bar, 0)])
    found: list[Span] = []
    while not found or found[-1].end < 3 * snapshot.meter.bar:
        found += [message for message in one.take() if isinstance(message, Span)]
    assert {span.plan for span in found} == {4} and found[0].start == 0
    node, device, same = one.about()
    assert node and device == "cpu" and same == marks(thinker_weights(HOW, CHOICE))
    one.answer()


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"WeightsError: .*none\.json: no such file") as raised:
        RemoteThinker(live(find("reel")), ModelChoice(tmp_path / "none"))
    assert "\n" not in str(raised.value)


def test_a_thinker_that_fails_later_says_why_after_all_that_it_had_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(line: Connection, *_: Any) -> None:
        line.send(ThinkerReady())
        line.send(line.recv())
        raise MemoryError("no room\nfor a tree")

    monkeypatch.setattr(remote_thinker, "serve", serve)
    one = RemoteThinker(HOW, CHOICE)
    one.hear([Extend(1, 0)])
    found: list[object] = []
    with pytest.raises(RuntimeError, match=r"^MemoryError: no room for a tree$"):
        while True:
            found += one.take()
    assert found == [Extend(1, 0)]
