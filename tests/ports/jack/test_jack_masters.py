"""Masters of JACK's timebase that say what cannot be: the music goes by the frames then, at our own tempo."""

from __future__ import annotations

from math import inf, nan
from types import SimpleNamespace
from typing import Any

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.playing.time.jack_state import JackState
from instrument.playing.time.sync import Sync
from instrument.ports.jack.client import JackClient
from instrument.ports.jack.transport import BBT, ROLLING, JackTransport
from tests.fakes.sequencer import Stand

RATE, PERIOD = 48_000, 256
SNAPSHOT = Snapshot().with_values([("clock.source", "jack"), ("clock.bpm", 90.0)])


class Server:
    """The transport of a server, cycle by cycle, with a master that fills in what it likes."""

    def __init__(self) -> None:
        self.frame, self.state, self.now = 0, ROLLING, 10.0
        self.said: dict[str, Any] = {}
        client = SimpleNamespace(samplerate=RATE, transport_query_struct=lambda: (self.state, self.where()))
        jack: Any = SimpleNamespace(client=client, alive=True, open=lambda: True, cycle=None, period=PERIOD / RATE)
        self.jack: JackClient = jack
        self.transport = JackTransport(self.jack, SNAPSHOT, Stand().player.scheduler)
        self.sync = Sync(SNAPSHOT)

    def where(self) -> Any:
        beats = self.frame / RATE * 2  # at 120
        usual = {"bar": beats // 4 + 1, "beat": beats // 1 % 4 + 1, "tick": int(beats % 1 * 1920),
                 "beats_per_bar": 4.0, "beat_type": 4.0, "ticks_per_beat": 1920.0, "beats_per_minute": 120.0,
                 }  # fmt: skip
        return SimpleNamespace(frame=self.frame, valid=BBT, **{**usual, **self.said})

    def run(self, seconds: float) -> list[JackState]:
        """What the player is told, and obeys."""
        told: list[JackState] = []
        for _ in range(round(seconds * RATE / PERIOD)):
            self.transport.cycle(self.now)
            told += self.transport.take()
            self.frame = (self.frame + PERIOD) % 2**32
            self.now += PERIOD / RATE
        for one in told:
            self.sync.rolled(one, True)
        return told


def test_a_master_that_says_it_rightly_is_believed() -> None:
    server = Server()
    assert {one.bpm for one in server.run(3.0)} == {120.0}


@pytest.mark.parametrize("field", ["beats_per_minute", "beat_type", "ticks_per_beat", "beats_per_bar"])
@pytest.mark.parametrize("value", [0.0, -120.0, nan, inf, 1e-30, 1e30])
def test_what_cannot_be_is_passed_over_and_the_frames_count(field: str, value: float) -> None:
    server = Server()
    server.run(1.0)
    server.said = {field: value}
    told = server.run(3.0)
    assert told[-1].bpm == 90.0
    assert all(15 <= one.bpm <= 400 and 0 <= one.beat < 40 for one in told)
    server.said = {}
    assert server.run(2.0)[-1].bpm == 120.0, "and when it says it rightly again, it is believed"


@pytest.mark.parametrize("said", [{"bar": 0}, {"bar": -5}, {"beat": 0}, {"beat": 99}, {"tick": -1}, {"bar": 2**31 - 1}])
def test_bars_and_beats_that_cannot_be_do_no_more_than_move_the_music(said: dict[str, int]) -> None:
    server = Server()
    server.said = said
    assert all(one.beat >= 0 for one in server.run(3.0))


def test_a_frame_at_the_end_of_the_count_is_a_place_like_any_other() -> None:
    server = Server()
    server.said = {"beats_per_minute": 0.0}
    server.frame = 2**32 - RATE
    told = server.run(3.0)
    assert all(0 <= one.beat < 2**32 / RATE * 1.5 + 1 for one in told) and told[-1].beat < 5, "it has begun again"


def test_another_rate_of_the_server_is_another_beat() -> None:
    server = Server()
    server.said = {"beats_per_minute": 0.0}
    server.jack.client.samplerate = 96_000
    server.frame = 96_000
    assert server.run(0.1)[0].beat == pytest.approx(1.5)


def test_a_master_that_comes_and_goes_every_second_keeps_the_music_going() -> None:
    server = Server()
    told: list[JackState] = []
    for n in range(8):
        server.said = {"beats_per_minute": 0.0} if n % 2 else {}
        told += server.run(1.0)
    assert [one.bpm for one in told if one.bpm != 120.0] and all(one.rolling for one in told)
    assert len(told) < 40, "it is told when that changes"
