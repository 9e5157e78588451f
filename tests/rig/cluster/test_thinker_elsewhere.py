"""A performance whose thinker runs on a Ray cluster of two nodes, one of which is killed while it plays."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from instrument.files.patch import find
from instrument.music.events import Span
from instrument.ports.log.replay import replay
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.keys_down import keys_down
from tests.fakes.ray_nodes import RayNodes
from tests.fakes.waiting import until

pytestmark = [pytest.mark.realtime, pytest.mark.quiet, pytest.mark.long]  # a minute, most of it of Ray's


@pytest.fixture
def nodes() -> Iterator[RayNodes]:
    cluster = RayNodes()
    try:
        yield cluster
    finally:
        cluster.close()


def joined(spans: list[Span]) -> bool:
    return all(a.end == b.start for a, b in itertools.pairwise(spans))


def test_a_node_killed_while_it_composes_is_not_heard(nodes: RayNodes, tmp_path: Path) -> None:
    first = nodes.add()
    said: list[str] = []
    rig = Rig(silent=True, recordings=tmp_path, osc_port=0, thinker=nodes.client)
    conductor = Conductor(find("first"), rig, said.append, seed=7)
    conductor.change([("clock.bpm", 250.0)])
    thread = threading.Thread(target=conductor.run)
    thread.start()
    composed = lambda: [s for s in conductor.announced if s.source == "composed"]  # noqa: E731
    try:
        assert until(lambda: conductor.get("thinker.place") != "here", 90), said
        assert 0 < float(conductor.get("thinker.way_ms")) < 500
        count = len(composed())
        assert until(lambda: len(composed()) >= count + 2, 20), said
        nodes.kill(first)
        assert until(lambda: conductor.get("thinker.place") == "here", 10), said
        count = len(composed())
        assert until(lambda: len(composed()) >= count + 6, 30), said
        nodes.add()
        assert until(lambda: conductor.get("thinker.place") != "here", 90), said
    finally:
        conductor.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert joined(conductor.announced), "no gap in the music"
    assert not [span for span in conductor.announced if span.source == "repeated"], "and nothing filled in"
    assert any("taken over" in line for line in said)
    assert not keys_down(next(tmp_path.glob("*.mid"))), "a note hangs"
    found = replay(next(tmp_path.glob("*.jsonl")))
    assert found.same and found.whole, found.difference
