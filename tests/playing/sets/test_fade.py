"""Fades, and how the last bars are played, in virtual time: down, taken back, off; slower, livelier."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from instrument.music.dances.phrasing import ritardando
from instrument.music.events import Place, Span
from instrument.music.set_place import END, SetPlace
from instrument.playing.performance_style import PerformanceStyle
from instrument.playing.sets.fade import EXPRESSION, Fade
from instrument.playing.time.tempo_curve import Beat
from tests.fakes.band import BAR, ROUTES, planner
from tests.fakes.set_evening import MIND, Evening, controls, hanging, levels

# the fade


def test_a_fade_goes_down_stops_and_is_full_again() -> None:
    evening = Evening(controls(set_fade=2))
    evening.until(4)
    began = evening.now
    evening.player.set_end.press_fade(began)
    while evening.player.scheduler.playing:
        evening.step()
    faded = [m for m in evening.messages if m.kind == "control" and m.number == EXPRESSION]
    by_channel = {channel: [m.value for m in faded if m.channel == channel] for channel in (1, 2)}
    for values in by_channel.values():
        assert values == sorted(values, reverse=True) and values[-1] == 0 and len(values) > 20
    two_bars = 2 * 4 * 60 / 300
    assert two_bars - 0.2 < evening.now - began < two_bars + 0.2
    assert not hanging(evening.messages)
    evening.run(1.5)
    assert levels(evening.messages) == {127}, "nobody is left silent"


def test_a_fade_taken_back_swells_within_a_beat() -> None:
    evening = Evening(controls(set_fade=4), turn=0.01)
    evening.until(4)
    evening.player.set_end.press_fade(evening.now)
    evening.run(1.2)
    assert 0 < min(levels(evening.messages)) < 110
    evening.player.set_end.press_fade(evening.now)
    evening.run(0.3)
    assert levels(evening.messages) == {127} and evening.player.scheduler.playing
    evening.run(4.0)
    assert evening.player.scheduler.playing and levels(evening.messages) == {127}


@pytest.mark.parametrize("way", ["stop", "panic", "play"])
def test_whatever_breaks_a_fade_off_every_channel_is_full_again(way: str) -> None:
    evening = Evening(controls(set_fade=8))
    evening.until(4)
    evening.player.set_end.press_fade(evening.now)
    evening.run(1.0)
    assert max(levels(evening.messages)) < 127
    if way == "play":
        while evening.player.scheduler.playing:
            evening.step()
    evening.messages += getattr(evening.player, way)(evening.now)
    assert levels(evening.messages) == {127}
    evening.run(0.5)
    assert levels(evening.messages) == {127}


def test_a_fade_goes_no_faster_than_its_bars_however_often_one_looks() -> None:
    fade = Fade(lambda: ROUTES)
    fade.press(1000, 4000, 100)
    assert [m.value for m in fade.advance(2000, 1.0)[0]] == [95, 95]
    assert fade.advance(2000, 1.1) == ([], False)
    messages, died = fade.advance(5000, 2.0)
    assert died and {m.value for m in messages} == {0}


# how it is played


def span_of(left: int, then: str = END, time: int = 1, ending: bool = False) -> Span:
    written = ("M:4/4", "K:Cmaj", "C", "8", "|")
    return Span(
        8 * BAR, 9 * BAR, (), 0, 0, 8, written, Place(), 0, "4/4", "C major",
        of_set=SetPlace(left=left, then=then, time=time, ending=ending),
    )  # fmt: skip


def test_the_last_bars_slow_down_as_a_runner_comes_to_a_stop() -> None:
    style = PerformanceStyle(controls(set_ritard=1.0))
    beats = [beat for left in (3, 2, 1, 0) for beat in style.breathe(span_of(left))]
    stretches = [beat.stretch for beat in beats]
    assert stretches == sorted(stretches) and len(beats) == 12, "two bars, and the chord held"
    assert stretches[0] > 1 and stretches[-1] == pytest.approx(3.0)
    assert not style.breathe(span_of(1, then="again")) and not style.breathe(span_of(4))
    assert all(isinstance(beat, Beat) for beat in beats)
    speeds = [1 / s for s in ritardando(8, 0.7)]
    falls = [a - b for a, b in itertools.pairwise([1.0, *speeds])]
    assert all(0 < a < b for a, b in itertools.pairwise(falls)), "slower and slower the more it slows"


def test_a_clock_of_somebody_else_is_not_slowed() -> None:
    evening = Evening(controls(set_ritard=1.0, set_tunes=1, clock_source="midi"))
    assert evening.player._breathe(span_of(0)) == []
    evening = Evening(controls(set_ritard=1.0, set_tunes=1, clock_send="always"))
    assert evening.player._breathe(span_of(0)), "but who goes by ours is led"


def test_each_time_through_is_livelier() -> None:
    style = PerformanceStyle(controls(set_lift=1.0))
    louder = []
    for time in (1, 2, 3, 4, 8):
        note = replace(next(iter(planner(mind=MIND).next_span().notes)), start=8 * BAR, velocity=80)
        louder.append(style.dress(replace(span_of(5, time=time), notes=(note,)), 120.0).notes[0].velocity)
    assert louder == sorted(louder) and louder[0] == 80 < louder[1] < louder[3] == louder[4]
