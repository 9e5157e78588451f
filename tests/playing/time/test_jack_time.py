"""Playing by JACK's transport, in virtual time: where it rolls from, stops and leaps, so does the music."""

from __future__ import annotations

import pytest

from instrument.playing.messages import Act
from instrument.playing.time.jack_state import JackState
from tests.fakes.sequencer import Stand


def stand() -> Stand:
    return Stand(clock__source="jack", clock__bpm=120.0).wait(1.0)


def say(one: Stand, beat: float, rolling: bool = True, bpm: float = 120.0) -> Stand:
    return one.enter(JackState(one.now, beat, bpm, rolling))


def test_it_waits_and_then_begins_where_the_transport_is() -> None:
    one = say(stand(), 0.0, rolling=False).wait(1.0)
    assert one.performance.waits and not one.notes() and one.player.led.place(one.now)["clock.state"] == "waiting"
    since = one.now
    say(one, 8.0).wait(1.95)
    assert [bar for _, bar in one.notes(since)] == [3] * 4
    assert one.bar == pytest.approx(4.0, abs=0.05)
    assert one.player.led.place(one.now)["clock.state"] == "rolling"


def test_it_stops_and_stands_where_the_transport_stands() -> None:
    one = say(stand(), 0.0).wait(2.0)
    say(one, 4.0, rolling=False).wait(1.0)
    assert not one.player.scheduler.playing and not one.player.scheduler.ledger
    say(one, 32.0, rolling=False)
    assert one.bar == 9.0


def test_a_leap_moves_the_music_and_a_breath_does_not() -> None:
    one = say(stand(), 0.0).wait(1.0)
    begun = one.player.scheduler.begun
    say(one, 2.004).wait(0.5)
    assert one.player.scheduler.begun == begun, "half a hundredth of a beat is no leap"
    since = one.now
    say(one, 16.0).wait(1.9)
    assert {bar for _, bar in one.notes(since + 0.05)} == {5}


def test_another_tempo_of_the_transport_is_ours_at_once() -> None:
    one = say(stand(), 0.0).wait(2.0)
    say(one, 4.0, bpm=60.0).wait(4.0)
    assert one.bar == pytest.approx(3.0, abs=0.02)


def test_play_and_midi_clocks_are_left_to_the_transport() -> None:
    one = say(stand(), 0.0, rolling=False)
    one.enter(Act("transport.play")).wait(1.0)
    assert not one.notes(), "the transport has been asked, and has not begun"


def test_another_source_lets_go_of_it() -> None:
    one = say(stand(), 0.0).wait(1.0)
    from instrument.playing.messages import Change

    one.enter(Change(one.player.snapshot.with_value("clock.source", "internal"))).wait(2.0)
    assert one.player.scheduler.playing and not one.player.time.led
    assert one.bar == pytest.approx(2.5, abs=0.05)
