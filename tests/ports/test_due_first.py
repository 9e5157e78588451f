"""Due messages leave before a turn's work: the player's loop in virtual time, with work that takes a while."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from instrument.playing.midi.output_message import Message
from instrument.playing.time.clock import ManualClock
from instrument.playing.turn import Entry
from instrument.ports.outlets import NEAR
from instrument.ports.outputs import Midi
from instrument.ports.player_process import Loop
from tests.fakes.player_loop import begin, loop
from tests.fakes.player_loop import wire as wire
from tests.fakes.wire import Wire

WORK = 0.003  #: seconds that a piece of work takes


def _port(one: Loop) -> Midi:
    return next(output for output in one.outputs if isinstance(output, Midi))


def _leaves(one: Loop, clock: ManualClock, due: float) -> float:
    """Seconds at which a note leaves that is due then, in the turn that begins now."""
    left: list[float] = []
    port = _port(one)
    port.port.watch = lambda data: left.append(clock.now()) if data[1] == 99 else None
    port.take(Message(due, "on", 1, 99, 80, "midi"), clock.now())
    one.turn()
    return left[0]


def _slow_to_hear(one: Loop, clock: ManualClock) -> None:
    """What comes in takes long to read."""

    def read() -> Iterable[Entry]:
        clock.advance(WORK)
        return ()

    one.sources = [read]


def _slow_to_play(one: Loop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The music of a turn takes long to make."""
    turn = one.performance.turn

    def played(now: float, entries: Iterable[Entry]) -> object:
        clock.advance(WORK)
        return turn(now, entries)

    monkeypatch.setattr(one.performance, "turn", played)


def test_what_is_due_in_a_moment_leaves_on_time_before_a_turn_reads_what_has_come_in(wire: Wire) -> None:
    one, _, clock = loop()
    begin(one, clock)
    _slow_to_hear(one, clock)
    due = clock.now() + NEAR / 2
    assert _leaves(one, clock, due) == pytest.approx(due, abs=2e-6)


@pytest.mark.parametrize(
    ("due", "leaves"),
    [(WORK + NEAR / 2, WORK + NEAR / 2), (WORK / 2, WORK)],
    ids=["in a moment: on time", "during one piece of work: before the next"],
)
def test_what_is_due_leaves_before_a_turn_makes_its_music(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, due: float, leaves: float
) -> None:
    one, _, clock = loop()
    begin(one, clock)
    _slow_to_hear(one, clock)
    _slow_to_play(one, clock, monkeypatch)
    began = clock.now()
    assert _leaves(one, clock, began + due) == pytest.approx(began + leaves, abs=2e-6)


def test_a_turn_waits_for_nothing_that_is_due_later(wire: Wire) -> None:
    one, _, clock = loop()
    one.turn()
    began = clock.now()
    _port(one).take(Message(began + 2 * NEAR, "on", 1, 99, 80, "midi"), began)
    one.turn()
    assert clock.now() == began


def test_messages_one_after_another_do_not_keep_a_turn_from_its_work(wire: Wire) -> None:
    one, _, clock = loop()
    one.turn()
    began = clock.now()
    for n in range(400):
        _port(one).take(Message(began + n * NEAR / 2, "on", 1, 99, 80, "midi"), began)
    one.turn()
    assert clock.now() < began + 6 * NEAR
