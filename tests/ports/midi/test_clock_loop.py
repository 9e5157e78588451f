"""Our clock in a loop, and a master beside it: what comes back is not followed, what somebody else sends is."""

from __future__ import annotations

from collections import deque

import pytest

from instrument.controls.devices.plugged import InputPort
from instrument.playing.messages import Act
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.ports.midi.echo_guard import EchoGuard
from instrument.ports.midi.output import encode
from tests.fakes.sequencer import CLOCK, CONTINUE, START, Stand, Tape, bar
from tests.fakes.thorough import every


class Loop:
    """A performance that sends its clock, what it sends coming back after a delay."""

    def __init__(self, delay: float, source: str = "auto") -> None:
        self.stand = Stand(clock__source=source, clock__send="while playing", clock__bpm=112.0)
        self.guard = EchoGuard([InputPort("keys", "x"), InputPort("band", "y")])
        self.delay, self.sent = delay, 0
        self.coming: deque[ReceivedMidi] = deque()

    def run(self, seconds: float, *others: ReceivedMidi) -> None:
        ends, more = self.stand.now + seconds, deque(others)
        while self.stand.now < ends:
            for message in self.stand.messages[self.sent :]:
                data = encode(message)
                self.guard.sent(data, message.due)
                self.coming.append(ReceivedMidi(message.due + self.delay, "keys", bytes(data)))
            self.sent = len(self.stand.messages)
            self.stand.now += 0.002
            entries: list[ReceivedMidi] = []
            for waiting in (self.coming, more):
                while waiting and waiting[0].at <= self.stand.now:
                    entries.append(waiting.popleft())
            self.stand.enter(*(one for one in entries if not self.guard.echo(one)))

    def count(self, kind: str) -> int:
        return sum(message.kind == kind for message in self.stand.messages)


@pytest.mark.parametrize("delay", every(2, (0.0005, 0.002, 0.01, 0.025, 0.05)))
def test_our_own_clock_that_comes_back_is_not_followed(delay: float) -> None:
    loop = Loop(delay)
    loop.stand.enter(Act("transport.play"))
    loop.run(12)
    assert loop.count("start") == 1
    assert loop.stand.bar == pytest.approx(1 + 12 * 112 / 240, abs=0.02)
    loop.stand.enter(Act("transport.stop"))
    loop.run(2)
    assert not loop.stand.player.scheduler.playing and loop.count("stop") == 1
    loop.stand.enter(Act("transport.play"))
    loop.run(2)
    assert loop.count("continue") == 1 and loop.stand.player.scheduler.playing
    assert not loop.stand.player.time.following


def test_a_master_is_followed_though_we_pass_its_clock_on_and_that_comes_back() -> None:
    loop = Loop(0.002)
    tape = Tape(131, at=1.0).send(START).beats(40)
    loop.run(16, *tape.heard())
    assert loop.stand.player.time.following
    assert loop.stand.reading("clock.tempo") == pytest.approx(131, rel=0.005)
    assert loop.stand.bar == pytest.approx(1 + 15 * 131 / 240, abs=0.03)
    assert loop.count("start") == 1


def test_a_master_on_the_very_input_where_ours_comes_back_is_heard_when_it_starts() -> None:
    guard = EchoGuard([InputPort("keys", "x")])
    for n in range(200):
        guard.sent([0xF8], n * 0.02)
        assert guard.echo(ReceivedMidi(n * 0.02 + 0.003, "keys", CLOCK))
    assert not guard.echo(ReceivedMidi(4.01, "keys", START))
    guard.sent([0xF8], 4.02)
    assert not guard.echo(ReceivedMidi(4.021, "keys", CLOCK)), "it may be the master's"
    guard.sent([0xF8], 8.0)
    assert guard.echo(ReceivedMidi(8.002, "keys", CLOCK)), "the master has been silent"


def test_positions_and_continue_come_back_too() -> None:
    guard = EchoGuard([InputPort("keys", "x"), InputPort("open", "y", echo_ms=0)])
    guard.sent([0xF2, 0, 1], 1.0)
    guard.sent([0xFB], 1.0)
    assert guard.echo(ReceivedMidi(1.01, "keys", bar(9))) and guard.echo(ReceivedMidi(1.01, "keys", CONTINUE))
    assert not guard.echo(ReceivedMidi(1.01, "open", CONTINUE))
    assert not guard.echo(ReceivedMidi(1.2, "keys", bar(9)))
