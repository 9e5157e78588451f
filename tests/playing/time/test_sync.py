"""Following a sequencer in virtual time: each one's dialect finds the right bar, in phase, and Stop is Stop."""

from __future__ import annotations

import pytest

from tests.fakes.balance import balance
from tests.fakes.sequencer import CLOCK, CONTINUE, START, STOP, Stand, Tape, bar, position
from tests.fakes.thorough import every

BEAT = 0.5  # seconds, at 120


def test_the_first_clock_after_start_is_the_first_beat() -> None:
    tape = Tape().beats(8).wait(0.3).send(START).wait(0.04)
    began = tape.at
    stand = Stand().listen(tape.beats(7.5))
    notes = stand.notes()
    assert [n for _, n in notes] == [1] * 4 + [2] * 4
    assert [at for at, _ in notes] == pytest.approx([began + i * BEAT for i in range(8)], abs=0.0015)


def test_without_a_clock_before_it_start_starts_all_the_same() -> None:
    tape = Tape(bpm=100).send(START).wait(0.01)
    began = tape.at
    notes = Stand().listen(tape.beats(7.5)).notes()
    assert [n for _, n in notes] == [1] * 4 + [2] * 4
    assert [at for at, _ in notes] == pytest.approx([began + i * 0.6 for i in range(8)], abs=0.003)


def test_stop_ends_what_sounds_and_continue_goes_on_from_there() -> None:
    tape = Tape().send(START).beats(5.5).send(STOP)
    stand = Stand().listen(tape, 1.0)
    assert not balance(stand.messages)
    assert [n for _, n in stand.notes()] == [1] * 4 + [2] * 2
    again = tape.wait(2.0).send(CONTINUE).at
    stand.listen(tape.beats(4))
    assert [n for _, n in stand.notes(again)] == [2, 2, 3, 3]
    assert stand.notes(again)[0][0] == pytest.approx(again + BEAT / 2, abs=0.002)


def test_a_position_while_it_plays_is_where_the_next_clock_is() -> None:
    tape = Tape().send(START).beats(6)
    tape.send(bar(9))
    moved = tape.at
    stand = Stand().listen(tape.beats(7.5))
    assert [n for _, n in stand.notes(moved)] == [9] * 4 + [10] * 4
    assert not balance(stand.listen(tape.send(STOP), 0.5).messages)


def test_a_position_in_the_middle_of_a_bar() -> None:
    tape = Tape().send(position(8 * 16 + 6), CONTINUE)  # a sixteenth pair after the second beat
    began = tape.at
    notes = Stand().listen(tape.beats(4)).notes()
    assert [n for _, n in notes] == [9, 9, 10, 10]
    assert notes[0][0] == pytest.approx(began + BEAT / 2, abs=0.003)


# dialects: which bar sounds, from when


def ardour(tape: Tape, number: int) -> None:
    """Start at time zero only; Continue elsewhere, after a position."""
    tape.send(START) if number == 1 else tape.send(bar(number), CONTINUE)


def live(tape: Tape, number: int) -> None:
    """A position, then Start."""
    tape.send(bar(number), START)


def bitwig(tape: Tape, number: int) -> None:
    """Its clock runs while it stands, and begins anew, in another phase, with Continue or Start."""
    tape.beats(3).clocks(7).wait(0.013)
    tape.send(bar(number), CONTINUE) if number > 1 else tape.send(bar(1), START)


def silent(tape: Tape, number: int) -> None:
    """No clock while it stands."""
    tape.wait(3.0).send(bar(number), CONTINUE)


def tracktion(tape: Tape, number: int) -> None:
    """Two positions that disagree."""
    tape.send(bar(number + 3), bar(number), START)


@pytest.mark.parametrize("jitter", every(2, (0.0, 0.001, 0.003)))
@pytest.mark.parametrize("number", every(4, (9, 1, 17, 33)))
@pytest.mark.parametrize("dialect", (ardour, live, bitwig, silent, tracktion))
def test_every_dialect_starts_in_the_right_bar(dialect, number: int, jitter: float) -> None:
    tape = Tape(bpm=132, jitter=jitter, seed=number).beats(4)
    dialect(tape, number)
    began = tape.at
    stand = Stand().listen(tape.beats(9.5).send(STOP), 0.2)
    notes = stand.notes()
    assert [n for _, n in notes] == [number] * 4 + [number + 1] * 4 + [number + 2] * 2
    assert [at for at, _ in notes] == pytest.approx([began + i * 60 / 132 for i in range(10)], abs=0.002 + 4 * jitter)
    assert not balance(stand.messages)


@pytest.mark.parametrize("number", every(2, (1, 2, 9, 30)))
def test_cubase_moved_while_it_plays_goes_on_where_it_was_moved_to(number: int) -> None:
    tape = Tape().beats(4).send(bar(5), CONTINUE).beats(6)
    tape.send(CLOCK, CONTINUE).clocks(2).send(STOP, bar(number))
    moved = tape.at
    stand = Stand().listen(tape.beats(8).send(STOP), 1.0)
    assert [n for _, n in stand.notes(moved)] == [number] * 4 + [number + 1] * 4
    assert not balance(stand.messages)


@pytest.mark.long  # 2 seconds of CPU
def test_tracktion_loops_with_two_positions_and_never_stops() -> None:
    tape = Tape().send(START).beats(16)
    for _ in range(3):
        tape.send(bar(5), bar(1)).beats(16)
    stand = Stand(clock__on_loss="stop").listen(tape, 2.0)
    assert [n for _, n in stand.notes()] == ([1] * 4 + [2] * 4 + [3] * 4 + [4] * 4) * 4 + [5]
    assert not stand.player.scheduler.playing
    assert not balance(stand.messages)


def test_start_may_be_the_top_whatever_was_said_before() -> None:
    stand = Stand(clock__start="top").listen(Tape().send(bar(9), START).beats(4))
    assert {n for _, n in stand.notes()} == {1}


# what becomes of a clock


def test_a_lost_clock_is_held_over_and_then_goes_on_or_stops() -> None:
    tape = Tape().send(START).beats(8)
    on = Stand().listen(tape, 0.2)
    assert on.reading("clock.state") == "holding"
    on.listen(tape, 1.9)
    assert on.reading("clock.state") == "lost"
    assert [n for _, n in on.notes()] == [1] * 4 + [2] * 4 + [3] * 4
    stops = Stand(clock__on_loss="stop").listen(tape, 2.0)
    assert not stops.player.scheduler.playing
    assert not balance(stops.messages)


def test_a_clock_that_comes_back_finds_us_in_its_phase() -> None:
    tape = Tape().send(START).beats(8)
    tape.wait(33 * BEAT / 24)  # so many were lost
    stand = Stand().listen(tape.beats(7.5))
    notes = stand.notes()
    assert [at for at, _ in notes] == pytest.approx([10 + i * BEAT for i in range(len(notes))], abs=0.002)
    assert len(notes) == 17


def test_a_stall_that_bursts_is_no_tempo() -> None:
    tape = Tape().send(START).beats(8)
    late = tape.at
    tape.sent += [(late + 0.21, CLOCK)] * 10
    tape.wait(10 * BEAT / 24)
    notes = Stand().listen(tape.beats(8)).notes()
    assert [at for at, _ in notes] == pytest.approx([10 + i * BEAT for i in range(len(notes))], abs=0.003)


def test_nudge_is_later_or_earlier_by_so_much() -> None:
    for nudge in (-12.0, 30.0):
        notes = Stand(clock__nudge=nudge).listen(Tape().send(START).beats(12)).notes()
        assert [at - nudge / 1000 for at, _ in notes[4:]] == pytest.approx(
            [10 + i * BEAT for i in range(4, len(notes))], abs=0.002
        )
