"""Song position by itself: Start, Stop, Continue, Song Position and clocks, in the orders that sequencers send them."""

from __future__ import annotations

import pytest

from instrument.playing.time.song_position import MOVING, RIGHT_AFTER, Action, SongPosition


def clocks(transport: SongPosition, number: int, ahead: int = 1) -> list[tuple[bool, int]]:
    """Of each clock: whether the music jumped, and where it is then."""
    return [(transport.clock(ahead) is Action.JUMP, transport.position) for _ in range(number)]


def test_the_first_clock_after_start_is_the_top() -> None:
    transport = SongPosition()
    assert not transport.running
    assert clocks(transport, 2) == [(False, 0), (False, 0)], "clocks while it stands tell the tempo alone"
    transport.start(1.0)
    assert transport.running and transport.due
    assert clocks(transport, 3) == [(True, 0), (False, 1), (False, 2)]


def test_a_clock_counts_one_unless_told() -> None:
    transport = SongPosition()
    transport.start(1.0)
    assert [transport.clock(), transport.clock(), transport.clock()] == [Action.JUMP, Action.FOLLOW, Action.FOLLOW]
    assert transport.position == 2


def test_a_start_while_it_runs_begins_at_the_top_again() -> None:
    transport = SongPosition()
    transport.start(1.0)
    clocks(transport, 5)
    transport.start(60.0)
    assert clocks(transport, 2) == [(True, 0), (False, 1)]


def test_clocks_that_were_lost_or_came_twice_are_counted() -> None:
    transport = SongPosition()
    transport.start(1.0)
    clocks(transport, 1)
    assert clocks(transport, 1, ahead=4) == [(False, 4)]
    assert clocks(transport, 1, ahead=0) == [(False, 4)]
    transport.locate(2, 2.0)
    assert clocks(transport, 1, ahead=4) == [(True, 12)], "a place is where it says, however many were lost before"


def test_continue_goes_on_with_the_clock_after_the_last_one() -> None:
    transport = SongPosition()
    transport.start(1.0)
    clocks(transport, 3)
    transport.stop(2.0)
    assert not transport.running and transport.due and transport.position == 3
    transport.stop(2.1)
    assert transport.position == 3, "a second Stop changes nothing"
    assert clocks(transport, 2) == [(False, 3), (False, 3)]
    transport.resume(3.0)
    assert transport.running and transport.due
    assert clocks(transport, 2) == [(True, 3), (False, 4)]


def test_continue_while_it_runs_changes_nothing() -> None:
    transport = SongPosition()
    transport.start(1.0)
    clocks(transport, 3)
    transport.resume(1.2)
    assert transport.running and not transport.due
    assert clocks(transport, 1) == [(False, 3)]


def test_a_position_counts_sixteenths_and_the_next_clock_is_there() -> None:
    transport = SongPosition()
    transport.locate(16, 1.0)
    assert (transport.position, transport.due, transport.running) == (96, True, False)
    transport.resume(1.1)
    assert clocks(transport, 2) == [(True, 96), (False, 97)]
    transport.locate(4, 5.0)
    assert transport.running
    assert clocks(transport, 2) == [(True, 24), (False, 25)]


@pytest.mark.parametrize(
    ("after", "top", "begins"),
    [(0.0, False, 96), (RIGHT_AFTER, False, 96), (RIGHT_AFTER + 0.01, False, 0), (0.0, True, 0), (5.0, True, 0)],
)
def test_a_start_right_after_a_position_keeps_it_unless_start_is_the_top(after: float, top: bool, begins: int) -> None:
    transport = SongPosition(start_is_top=top)
    transport.locate(16, 10.0)
    transport.start(10.0 + after)
    assert clocks(transport, 2) == [(True, begins), (False, begins + 1)]


@pytest.mark.parametrize(
    ("stopped", "located", "runs"),
    [
        (0.0, 0.0, True), (MOVING, MOVING, True), (MOVING + 0.01, 0.0, False), (0.0, MOVING + 0.01, False),
        (MOVING, MOVING + 0.01, False),
    ],
)  # fmt: skip
def test_continue_stop_and_a_position_in_one_movement_go_on_there(stopped: float, located: float, runs: bool) -> None:
    """As Cubase does when it is moved while it plays."""
    transport = SongPosition()
    transport.start(1.0)
    clocks(transport, 5)
    transport.resume(8.0)
    clocks(transport, 2)
    transport.stop(8.0 + stopped)
    assert not transport.running
    transport.locate(8, 8.0 + stopped + located)
    assert transport.running == runs
    assert clocks(transport, 1) == [(runs, 48)]


def test_a_stop_that_was_meant_is_not_undone_by_a_position() -> None:
    transport = SongPosition()
    transport.resume(1.0)  # while it stands: this starts it, it is no movement
    clocks(transport, 3)
    transport.stop(1.2)
    transport.locate(8, 1.3)
    assert not transport.running


def test_one_continue_excuses_one_stop() -> None:
    transport = SongPosition()
    transport.start(1.0)
    transport.resume(2.0)
    transport.stop(2.1)
    transport.locate(8, 2.1)
    assert transport.running
    transport.stop(2.2)
    transport.locate(0, 2.9)
    assert not transport.running, "the Continue belonged to the movement before"
