"""The beginning with a clock that leads or follows, in virtual time: counted in by its bars, started, armed for it."""

from __future__ import annotations

import pytest

from instrument.music.ticks import QUARTER
from instrument.playing.messages import Act, Change
from instrument.playing.time.jack_state import JackState
from instrument.ports.midi.output import encode
from tests.fakes.balance import balance
from tests.fakes.band import BAR
from tests.fakes.counted import BEAT, Counted, at, bars, led, own, planned
from tests.fakes.link_session import Session
from tests.fakes.sequencer import CONTINUE, LEAD, START, STOP, Stand, Tape, bar
from tests.fakes.thorough import every

# with a clock that leads


@pytest.mark.parametrize("count", every(2, [1, 2, 4]))
@pytest.mark.parametrize("pickup", [0, 1])
def test_a_midi_clock_is_counted_in_by_its_own_bars(count: int, pickup: int) -> None:
    tape = Tape(jitter=0.001).beats(8).send(START)
    began = tape.at
    stand = led(pickup, transport__count_in=count).listen(tape.beats(4 * count + 6))
    assert [key for _, key in stand.clicks] == bars(count)
    assert [when for when, _ in stand.clicks] == at(began, range(4 * count), 0.004)
    tune = stand.tune[bool(pickup) :]
    assert tune[0] == (pytest.approx(began + 4 * count * BEAT, abs=0.004), 1)
    assert (stand.tune[0][1] == 60) == bool(pickup)
    assert stand.player.led.place(stand.now)["song.bar"] == count + 2, "the leader's bar, which is the song's"
    stand.listen(tape.send(STOP), 0.5)
    assert not balance(stand.messages)


def test_a_position_is_the_leaders_the_count_included() -> None:
    tape = Tape().beats(4).send(START).beats(12).send(STOP).wait(0.5).send(bar(7), CONTINUE)
    moved = tape.at
    stand = led(1, transport__count_in=2).listen(tape.beats(4))
    assert next(one for one in stand.tune if one[0] >= moved) == (pytest.approx(moved, abs=0.003), 5)
    tape.send(bar(2))
    back = tape.at
    stand.listen(tape.beats(6))
    assert [when for when, _ in stand.clicks if when >= back] == at(back, range(4), 0.003), "its second bar is counted"
    assert next(one for one in stand.tune if one[0] > back + LEAD) == (pytest.approx(back + 3 * BEAT, abs=0.003), 60)


def test_a_start_that_comes_again_counts_again() -> None:
    tape = Tape().beats(4).send(START).beats(12).send(STOP).wait(0.5).send(START)
    again = tape.at
    stand = led(1, transport__count_in=1).listen(tape.beats(6))
    assert [when for when, _ in stand.clicks if when >= again] == at(again, range(4), 0.004)
    assert [one for one in stand.tune if one[0] >= again][1] == (pytest.approx(again + 4 * BEAT, abs=0.004), 1)


def test_jacks_transport_is_counted_in_by_its_bars() -> None:
    stand = Counted(1, clock__source="jack", clock__bpm=120.0, transport__count_in=2).wait(1.0)
    stand.enter(JackState(stand.now, 0.0, 120.0, False)).wait(0.5)
    began = stand.now
    stand.wait(0.004).enter(JackState(stand.now, 0.008, 120.0, True)).wait(6.0)
    assert [when for when, _ in stand.clicks] == at(began, range(8), 0.005)
    assert stand.tune[1] == (pytest.approx(began + 8 * BEAT, abs=0.002), 1)
    assert stand.bar - 1 - QUARTER / BAR == pytest.approx((stand.now - began) / 2 - 2, abs=0.01)


def test_a_link_session_is_counted_in_by_its_bars() -> None:
    session, stand = Session(), Counted(1, clock__source="link", clock__bpm=90.0, transport__count_in=1)
    stand.wait(0.9).enter(session.at(stand.now)).enter(Act("transport.play")).wait(6.0)
    began = session.seconds(0)
    assert [when for when, _ in stand.clicks] == at(began, range(4))
    assert stand.tune[0] == (pytest.approx(began + 3 * BEAT, abs=1e-3), 60)
    assert stand.tune[1] == (pytest.approx(began + 4 * BEAT, abs=1e-3), 1)


# our clock that goes out


@pytest.mark.parametrize("send", ["while playing", "always"])
def test_start_goes_out_where_bar_one_begins(send: str) -> None:
    stand = own(1, transport__count_in=2, clock__send=send).wait(1.0).enter(Act("transport.play"))
    began = stand.now + LEAD
    stand.wait(8.0)
    start = next(m.due for m in stand.messages if m.kind == "start")
    clocks = [m.due for m in stand.messages if m.kind == "clock"]
    assert start == pytest.approx(began + 8 * BEAT, abs=0.004)
    after = [due for due in clocks if due > start]
    assert after[0] == pytest.approx(began + 8 * BEAT, abs=1e-4) and after[1] - after[0] == pytest.approx(BEAT / 24)
    counted = [due for due in clocks if began + 0.05 < due < start]
    assert (len(counted) > 180) == (send == "always")
    assert not [m for m in stand.messages if m.kind in ("position", "continue")]
    follower = Stand()
    tape = Tape(at=0.0)
    whole = sorted((m for m in stand.messages if m.kind in ("clock", "start")), key=lambda m: m.due)
    tape.sent, tape.at = [(m.due, bytes(encode(m))) for m in whole], stand.now
    follower.listen(tape)
    assert follower.bar == pytest.approx(stand.bar - QUARTER / BAR, abs=0.005)


def test_stopped_before_bar_one_no_start_has_gone_out() -> None:
    stand = own(1, transport__count_in=2, clock__send="while playing").enter(Act("transport.play")).wait(2.0)
    stand.enter(Act("transport.stop")).wait(3.0)
    assert not [m for m in stand.messages if m.kind in ("start", "stop", "clock")]


def test_a_clock_that_we_follow_and_pass_on_starts_with_its_own_start() -> None:
    tape = Tape().beats(4).send(START)
    began = tape.at
    stand = led(1, transport__count_in=2, clock__send="while playing").listen(tape.beats(16))
    whole = [m for m in stand.messages if m.kind in ("start", "position", "continue", "stop")]
    assert [(m.kind, pytest.approx(m.due, abs=0.005)) for m in whole] == [("start", began)]
    assert len([m for m in stand.messages if m.kind == "clock"]) == pytest.approx(16 * 24, abs=3)


# armed


@pytest.mark.parametrize("pressed", every(2, [4.0, 5.3, 7.9]))
@pytest.mark.parametrize("count", [0, 1])
def test_armed_it_begins_on_the_next_bar_of_a_clock_that_runs(pressed: float, count: int) -> None:
    tape = Tape().send(START).beats(pressed)
    stand = led(1, transport__count_in=0).listen(tape)
    stand.enter(Change(stand.player.snapshot.with_value("transport.count_in", count)), Act("transport.arm"))
    since = stand.now
    stand.listen(tape.beats(14))
    tune = [one for one in stand.tune if one[0] > since]
    counts = [when for when, _ in stand.clicks]
    line = 10 + BEAT * (4 * -(-(pressed + (0 if count else 1) - 0.04) // 4) + 4 * count)
    assert tune[0] == (pytest.approx(line - BEAT, abs=0.003), 60)
    assert tune[1] == (pytest.approx(line, abs=0.003), 1)
    assert counts == at(line, range(-4 * count, 0), 0.003)
    assert stand.player.led.place(stand.now)["transport.state"] == "playing"
    song = stand.player.led.place(stand.now)["song.bar"]
    assert song == int((stand.now - 10) / 2) + 1, "the song's bars are the leader's still"
    stand.listen(tape.send(STOP), 0.5)
    assert not balance(stand.messages)


def test_armed_before_anybody_starts_it_waits_and_comes_in_wherever_they_do() -> None:
    stand = led(1).enter(Act("transport.arm")).wait(2.0)
    assert stand.player.led.place(stand.now)["transport.state"] == "armed" and not stand.player.playing
    tape = Tape(at=stand.now + 1.0).send(bar(17)).send(CONTINUE)
    began = tape.at
    stand.listen(tape.beats(12))
    assert stand.tune[0] == (pytest.approx(began + 3 * BEAT, abs=0.003), 60), "a pick-up is before the bar line"
    assert stand.tune[1] == (pytest.approx(began + 4 * BEAT, abs=0.003), 1)


def test_armed_in_a_link_session_it_begins_on_its_next_bar_line() -> None:
    session, stand = Session(), Counted(1, clock__source="link", clock__bpm=90.0)
    stand.wait(0.9).enter(session.at(stand.now)).enter(Act("transport.arm")).wait(6.0)
    assert stand.tune[0] == (pytest.approx(session.seconds(3), abs=1e-3), 60), "no time is left before beat 0"
    assert stand.tune[1] == (pytest.approx(session.seconds(4), abs=1e-3), 1)


def test_armed_with_jacks_transport_rolling_it_begins_on_its_next_bar() -> None:
    stand = Counted(0, clock__source="jack", clock__bpm=120.0).wait(1.0)
    stand.enter(JackState(stand.now, 0.0, 120.0, True)).wait(3.1)
    stand.enter(Act("transport.arm"))
    since = stand.now
    stand.wait(4.0)
    assert next(one for one in stand.tune if one[0] > since + 0.05) == (pytest.approx(5.0, abs=0.003), 1)


@pytest.mark.parametrize("over", ["transport.stop", "transport.play", "transport.rewind"])
def test_armed_it_is_taken_back_by_whatever_else_is_asked(over: str) -> None:
    stand = own(0).enter(Act("transport.arm")).wait(0.5).enter(Act(over)).wait(0.2)
    state = "playing" if over == "transport.play" else "stopped"
    assert stand.player.led.place(stand.now)["transport.state"] == state


def test_armed_such_a_pick_up_comes_before_the_next_bar_line() -> None:
    stand, tape = planned(1), Tape().send(START).beats(4)
    stand.listen(tape).enter(Act("transport.arm"))
    since = stand.now
    stand.listen(tape.beats(12))
    tune = [one for one in stand.tune if one[0] > since]
    assert tune[:2] == [(pytest.approx(10 + 7 * BEAT, abs=0.003), 60), (pytest.approx(10 + 8 * BEAT, abs=0.003), 1)]
