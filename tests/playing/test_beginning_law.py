"""The law of the beginning: whatever whoever leads has done, and however often the tune was armed or counted in, in the
end its bars are the leader's bars, its beats his beats, and all of it is played again from the log to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls.devices.plugged import OutputPort, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.playing.beginning.metronome import CHANNEL, HIGH
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.ports.log.replay import replay
from tests.fakes.balance import balance
from tests.fakes.band import BAR, bar_of
from tests.fakes.counted import Counted, planned
from tests.fakes.sequencer import CONTINUE, START, STOP, Tape, bar
from tests.fakes.sessions import Session
from tests.fakes.thorough import share

STEP = st.one_of(
    st.tuples(st.just("clocks"), st.integers(1, 200)),
    st.tuples(st.just("start"), st.just(0)),
    st.tuples(st.just("stop"), st.just(0)),
    st.tuples(st.just("continue"), st.just(0)),
    st.tuples(st.just("position"), st.integers(1, 9)),
    st.tuples(st.just("arm"), st.just(0)),
    st.tuples(st.just("count"), st.integers(0, 4)),
    st.tuples(st.just("chord"), st.integers(0, 2)),
    st.tuples(st.just("tempo"), st.integers(80, 160)),
    st.tuples(st.just("tune"), st.just(0)),
)


class Leader:
    """A sequencer that goes by the book, and where it is: the position of its next clock."""

    def __init__(self, stand: Counted) -> None:
        self.stand, self.tape = stand, Tape(at=1.0)
        self.position, self.runs = 0, False
        self.placed: list[tuple[float, int]] = []  # (seconds, position) of each clock that moves the music

    def clocks(self, number: int) -> None:
        for _ in range(number):
            if self.runs:
                self.placed.append((self.tape.at, self.position))
                self.position += 1
            self.tape.clocks(1)
        self.stand.listen(self.tape)

    def do(self, what: str, value: int) -> None:
        snapshot = self.stand.player.snapshot
        if what == "clocks":
            self.clocks(value)
        elif what == "start":
            self.tape.wait(1.1).send(START)  # long enough after a position not to belong to it
            self.position, self.runs = 0, True
        elif what == "stop":
            self.tape.send(STOP)
            self.runs = False
        elif what == "continue":
            self.tape.send(CONTINUE)
            self.runs = True
        elif what == "position":
            self.tape.send(bar(value))
            self.position = (value - 1) * 96
        elif what == "arm":
            self.stand.enter(Act("transport.arm"))
        elif what == "count":
            self.stand.enter(Change(snapshot.with_value("transport.count_in", value)))
        elif what == "chord":
            kind = ("none", "chord", "potatoes")[value]
            self.stand.enter(Change(snapshot.with_value("transport.opening_chord", kind)))
        elif what == "tempo":
            self.tape.bpm = float(value)
        else:
            self.stand.enter(Change(snapshot.with_new_tune()))
        if what != "clocks":
            self.clocks(6)


@settings(max_examples=share(6, 15), deadline=None)
@given(st.integers(0, 3), st.lists(STEP, max_size=6))
def test_whatever_the_leader_did_the_bars_are_his_in_the_end(quarters: int, steps: list[tuple[str, int]]) -> None:
    stand = planned(quarters, click__on=True) if quarters else Counted(0, click__on=True)
    leader = Leader(stand)
    leader.clocks(30)
    leader.do("start", 0)
    for what, value in steps:
        leader.do(what, value)
    if not leader.runs:
        leader.do("continue", 0)
    leader.clocks(7 * 96)
    since = leader.tape.at - 2.5 * 96 * 60 / leader.tape.bpm / 24
    until = leader.tape.at - 0.1
    beats = [(at, position) for at, position in leader.placed if position % 24 == 0 and since < at < until]
    clicks = [(at, key) for at, key in stand.clicks if since - 0.02 < at < until + 0.02]
    if clicks and clicks[0][0] < beats[0][0] - 0.05:
        clicks.pop(0)
    assert [at for at, _ in clicks][: len(beats)] == pytest.approx([at for at, _ in beats][: len(clicks)], abs=0.012)
    assert len(clicks) >= len(beats) >= 9
    assert [key == HIGH for _, key in clicks][: len(beats)] == [position % 96 == 0 for _, position in beats]
    leader.do("stop", 0)
    stand.wait(0.3)
    assert not balance(stand.messages)


def test_a_session_with_all_of_it_is_played_again_to_the_byte(tmp_path: Path) -> None:
    opening = tuple(bar_of(60, 64, 67, start=n * BAR) for n in range(6))
    stage = PlayerSetup(Snapshot(), opening, {"melody": (1, 0)}, {}, midi=Plugged((OutputPort("out", "Synth"),)))
    session = Session(tmp_path / "count.jsonl", stage)
    values = {"clock.bpm": 240.0, "transport.count_in": 1, "click.on": True, "transport.opening_chord": "potatoes"}
    session.take(Act("transport.stop"), Change(Snapshot().with_values(values.items())), Act("transport.play"))
    session.run(3.0)
    session.take(Act("transport.arm"))
    session.run(0.4)
    session.take(Act("transport.play"))
    session.run(1.3)
    session.take(Act("panic"))
    session.run(1.0)
    found = replay(session.close())
    assert found.same, found.difference
    assert found.whole
    clicks = [data for _, data in found.sent if data[0] == 0x90 | CHANNEL - 1]
    assert len(clicks) > 12
