"""The beginning in virtual time: count-in, pick-up, click, opening chord, and armed for whoever leads."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from instrument.music.ticks import QUARTER
from instrument.playing.beginning.metronome import CHANNEL, HIGH, LOW
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.playing.performance import Performance
from tests.fakes.balance import balance
from tests.fakes.band import bar_of
from tests.fakes.counted import BEAT, at, bars, own
from tests.fakes.sequencer import LEAD
from tests.fakes.thorough import every


@pytest.mark.parametrize("count", every(2, [1, 2, 4, 3]))
@pytest.mark.parametrize("pickup", [0, 1, 3])
def test_so_many_bars_are_counted_and_the_pick_up_falls_in_the_last(count: int, pickup: int) -> None:
    stand = own(pickup, transport__count_in=count).wait(1.0).enter(Act("transport.play"))
    began = stand.now + LEAD
    stand.wait((count + 2) * 2.0)
    assert [key for _, key in stand.clicks] == bars(count)
    assert [when for when, _ in stand.clicks] == at(began, range(4 * count))
    tune = stand.tune[1:] if pickup else stand.tune
    assert [number for _, number in tune[:6]] == [1, 1, 1, 1, 2, 2]
    assert [when for when, _ in tune[:6]] == at(began, range(4 * count, 4 * count + 6))
    if pickup:
        assert stand.tune[0] == (pytest.approx(began + (4 * count - pickup) * BEAT, abs=0.002), 60)
    assert not balance(stand.messages[: stand.messages.index(next(m for m in stand.messages if m.number == 31))])


def test_without_a_count_in_nothing_is_otherwise_than_it_was() -> None:
    stand = own().enter(Act("transport.play")).wait(3.0)
    assert not stand.clicks
    assert stand.tune[0] == (pytest.approx(LEAD), 60)


def test_the_click_goes_on_where_it_is_asked_for_and_follows_the_pick_up() -> None:
    stand = own(1, click__on=True, transport__count_in=1).enter(Act("transport.play")).wait(8.0)
    assert [key for _, key in stand.clicks][:12] == bars(3)
    assert [when for when, _ in stand.clicks][:12] == at(LEAD, range(12))
    plain = own(1, click__on=True).enter(Act("transport.play")).wait(4.0)
    assert [key for _, key in plain.clicks][:6] == [LOW, *bars(1), HIGH], "a pick-up is the last beat of its bar"
    assert [when for when, _ in plain.clicks][:6] == at(LEAD, range(6))


def test_the_click_is_turned_on_and_off_while_it_plays_and_is_as_loud_as_asked() -> None:
    stand = own(0).enter(Act("transport.play")).wait(1.1)
    assert not stand.clicks
    turned = stand.player.snapshot.with_values([("click.on", True), ("click.level", 0.5), ("click.accent", 1.0)])
    stand.enter(Change(turned)).wait(2.0)
    assert [when for when, _ in stand.clicks] == at(LEAD, [3, 4, 5, 6])
    loud = [m.value for m in stand.messages if m.kind == "on" and m.channel == CHANNEL]
    assert loud == [29, 64, 29, 29]
    stand.enter(Change(turned.with_value("click.accent", 0.0))).wait(2.0)
    assert {(m.number, m.value) for m in stand.messages[-40:] if m.kind == "on" and m.channel == CHANNEL} >= {(LOW, 64)}
    stand.enter(Change(turned.with_value("click.level", 0.0)))
    since = stand.now + 0.1
    assert not [when for when, _ in stand.wait(3.0).clicks if when > since], "level 0 is silence"
    stand.enter(Act("transport.stop")).wait(0.1)
    assert not balance(stand.messages)


def test_in_jig_time_two_beats_are_counted_to_a_bar() -> None:
    stand = own(0, transport__count_in=2, tune__meter="6/8")
    jig = replace(bar_of(31, 31), end=6 * QUARTER // 2, meter="6/8")
    performance = Performance(PlayerSetup(stand.player.snapshot, (jig,), {"melody": (1, 0)}, {}), ["out"], LEAD)
    stand.performance, stand.player = performance, performance.player
    stand.enter(Act("transport.play")).wait(3.5)
    assert stand.clicks == [(pytest.approx(LEAD + n * 0.75, abs=1e-3), (HIGH, LOW)[n % 2]) for n in range(4)]
    assert stand.tune[0][0] == pytest.approx(LEAD + 3.0, abs=0.001)


def test_stopped_while_it_is_counted_in_it_is_silent_and_counts_again_from_the_top() -> None:
    stand = own(1, transport__count_in=2).enter(Act("transport.play")).wait(2.3).enter(Act("transport.stop")).wait(3.0)
    assert not stand.tune and not balance(stand.messages) and len(stand.clicks) == 5
    since = stand.now
    stand.enter(Act("transport.play")).wait(5.0)
    assert [when for when, _ in stand.clicks if when > since] == at(since + LEAD, range(8))
    assert stand.tune[0][0] == pytest.approx(since + LEAD + 7 * BEAT, abs=0.002)


def test_it_goes_on_from_the_top_of_the_bar_that_it_stopped_in() -> None:
    stand = own(1, transport__count_in=1).enter(Act("transport.play")).wait(2 + 2 * 2 + 1.3)
    stand.enter(Act("transport.stop")).wait(1.0)
    since = stand.now
    stand.enter(Act("transport.play")).wait(4.0)
    tune = [(when, number) for when, number in stand.tune if when > since]
    assert tune[0] == (pytest.approx(since + LEAD + 4 * BEAT, abs=0.002), 3)
    assert [number for _, number in tune[:4]] == [3] * 4


def test_panic_ends_the_click_and_the_count_goes_on() -> None:
    stand = own(0, transport__count_in=1).enter(Act("transport.play")).wait(0.6).enter(Act("panic")).wait(0.1)
    assert not balance(stand.messages)
    assert len(stand.wait(3.0).clicks) == 4


def test_another_tempo_while_it_is_counted_moves_no_beat_of_it() -> None:
    stand = own(1, transport__count_in=2).enter(Act("transport.play")).wait(1.9)
    stand.enter(Change(stand.player.snapshot.with_value("clock.bpm", 60.0))).wait(8.0)
    clicks = [when for when, _ in stand.clicks]
    assert len(clicks) == 8
    assert [b - a for a, b in itertools.pairwise(clicks[4:])] == pytest.approx([1.0] * 3, abs=0.002)
    assert stand.tune[1][0] == pytest.approx(clicks[-1] + 1.0, abs=0.002)


def test_readings_say_how_many_beats_are_left() -> None:
    stand = own(1, transport__count_in=2)
    reading = lambda: [stand.player.led.place(stand.now)[f"transport.{name}"] for name in ("state", "left")]  # noqa: E731
    assert reading() == ["stopped", 0]
    stand.enter(Act("transport.play")).wait(0.1)
    assert reading() == ["counting in", 8]
    assert reading() == ["counting in", 8] and stand.player.led.place(stand.now)["tune.bar"] == 0
    stand.wait(3.0)
    assert reading() == ["counting in", 2]
    stand.wait(2.0)
    assert reading() == ["playing", 0]
    place = stand.player.led.place(stand.now)
    assert (place["song.bar"], place["song.beat"]) == (1, 3), "the song begins with its first bar line"
