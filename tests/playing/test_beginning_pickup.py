"""Pick-ups at the beginning, in virtual time: known late, or planned as a bar that is silent before them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.messages import Act, PlayerSetup, ThinkerState
from instrument.playing.performance import Performance
from tests.fakes.band import BAR, bar_of
from tests.fakes.counted import BEAT, at, bars, led, own, planned
from tests.fakes.link_session import Session
from tests.fakes.sequencer import LEAD, START, Tape
from tests.fakes.thorough import every, share

# what is known late


def test_the_count_begins_when_it_is_known_what_comes() -> None:
    stand = own(1, transport__count_in=1)
    opening = [*stand.player.buffer.ahead]
    stage = PlayerSetup(stand.player.snapshot, (), {"melody": (1, 0)}, {})
    stand.performance = Performance(stage, ["out"], LEAD)
    stand.player = stand.performance.player
    stand.enter(ThinkerState(True), Act("transport.play")).wait(3.0)
    assert not stand.clicks and stand.player.playing
    plan = stand.player.plan
    for span in opening[:4]:
        stand.enter(replace(span, plan=plan))
        stand.wait(0.2)
    began = stand.clicks[0][0]
    stand.wait(3.0)
    assert began == pytest.approx(3.2 + LEAD, abs=0.01), "with the second bar"
    assert stand.tune[0] == (pytest.approx(began + 3 * BEAT, abs=0.002), 60)
    assert stand.tune[1] == (pytest.approx(began + 4 * BEAT, abs=0.002), 1)


def test_a_pick_up_that_is_known_only_while_a_clock_counts_falls_before_its_bar_line_all_the_same() -> None:
    stand = led(1, transport__count_in=2)
    opening = [*stand.player.buffer.ahead]
    stand.performance = Performance(PlayerSetup(stand.player.snapshot, (), {"melody": (1, 0)}, {}), ["out"], LEAD)
    stand.player = stand.performance.player
    stand.enter(ThinkerState(True))
    tape = Tape().beats(4).send(START)
    began = tape.at
    stand.listen(tape.beats(3))
    for span in opening[:8]:
        stand.enter(replace(span, plan=stand.player.plan))
    stand.listen(tape.beats(9))
    assert [key for _, key in stand.clicks] == bars(2)
    assert [when for when, _ in stand.clicks] == at(began, range(8))
    assert stand.tune[0] == (pytest.approx(began + 7 * BEAT, abs=0.003), 60)
    assert [when for when, _ in stand.tune[1:4]] == at(began, [8, 9, 10], 0.003)
    assert stand.player.led.place(stand.now)["song.bar"] == 4


def test_a_bar_with_a_pick_up_behind_it_has_its_beats_once() -> None:
    """A part that ends three beats into a bar and the next one's pick-up are one bar to who counts."""
    first = replace(bar_of(31, 31, 31, start=0), end=3 * QUARTER, lacking=QUARTER)
    second = replace(bar_of(32, start=3 * QUARTER), end=BAR, bar=1)
    spans: tuple[Span, ...] = (first, second, replace(bar_of(33, 33, 33, 33, start=BAR), bar=2))
    stage = PlayerSetup(own(0, click__on=True).player.snapshot, spans, {"melody": (1, 0)}, {})
    stand = own(0)
    stand.performance = Performance(stage, ["out"], LEAD)
    stand.player = stand.performance.player
    stand.enter(Act("transport.play")).wait(3.9)
    assert [key for _, key in stand.clicks] == bars(2)


# a pick-up as it is planned: a bar of its own, silent before it


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("quarters", every(2, [1, 2, 3]))
@pytest.mark.parametrize("by", ["ourselves", "midi", "link"])
def test_the_bar_that_a_pick_up_is_planned_in_is_one_of_the_count(count: int, quarters: int, by: str) -> None:
    source = {"ourselves": "internal", "midi": "midi", "link": "link"}[by]
    stand = planned(quarters, clock__source=source, clock__bpm=120.0, transport__count_in=count)
    session = Session()
    if by == "midi":
        tape = Tape().beats(4).send(START)
        began = tape.at
        stand.listen(tape.beats(4 * count + 6))
    elif by == "link":
        began = session.seconds(0)
        stand.enter(session.at(stand.now)).enter(Act("transport.play")).wait(8.0)
    else:
        began = stand.now + LEAD
        stand.enter(Act("transport.play")).wait(8.0)
    assert [key for _, key in stand.clicks] == bars(count)
    assert [when for when, _ in stand.clicks] == at(began, range(4 * count), 0.003)
    assert stand.tune[0] == (pytest.approx(began + (4 * count - quarters) * BEAT, abs=0.003), 60)
    assert stand.tune[1] == (pytest.approx(began + 4 * count * BEAT, abs=0.003), 1)
    song = stand.player.led.place(stand.now)["song.bar"]
    assert song == int((stand.now + LEAD / 2 - began) / 2) + 1 - (0 if by == "midi" else count)


@pytest.mark.parametrize("quarters", [1, 3])
def test_stopped_in_the_count_such_a_tune_is_counted_in_again(quarters: int) -> None:
    stand = planned(quarters, clock__source="internal", clock__bpm=120.0, transport__count_in=1)
    stand.enter(Act("transport.play")).wait(0.3).enter(Act("transport.stop")).wait(1.0)
    began = stand.now + LEAD
    stand.enter(Act("transport.play")).wait(4.0)
    assert [when for when, _ in stand.clicks if when >= began - 0.01] == at(began, range(4))
    assert stand.tune[:2] == [
        (pytest.approx(began + (4 - quarters) * BEAT, abs=0.003), 60), (pytest.approx(began + 4 * BEAT, abs=0.003), 1),
    ]  # fmt: skip


@pytest.mark.parametrize("play", [{"play__human": 1.0}, {"play__rubato": 1.0}])
@pytest.mark.parametrize("seed", range(1, share(4, 9)))
def test_a_hand_that_is_early_or_takes_its_time_loses_neither_the_pick_up_nor_bar_one(play: dict, seed: int) -> None:
    stand = planned(1, clock__source="internal", clock__bpm=120.0, transport__count_in=1, tune__seed=seed, **play)
    stand.enter(Act("transport.play")).wait(6.0)
    tune = [(when, number) for when, number in stand.tune if number != 60 or when < 2.1]
    assert tune[0] == (pytest.approx(LEAD + 3 * BEAT, abs=0.035), 60)
    assert tune[1] == (pytest.approx(LEAD + 4 * BEAT, abs=0.035), 1)
    assert [when for when, _ in stand.clicks] == at(LEAD, range(4))


def test_uncounted_such_a_tune_begins_with_its_silent_beats_as_it_did() -> None:
    stand = planned(1, clock__source="internal", clock__bpm=120.0).enter(Act("transport.play")).wait(3.0)
    assert stand.tune[0] == (pytest.approx(LEAD + 3 * BEAT, abs=0.003), 60)
