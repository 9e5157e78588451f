"""Moves far beyond the plan, as a timeline that begins at one o'clock makes them: no turn takes long, and back again
the music is there."""

from __future__ import annotations

import pytest

from instrument.music.ticks import QUARTER
from instrument.playing.messages import Act, ThinkerState
from instrument.playing.schedule.lookahead import LEAP, leap
from instrument.playing.time.jack_state import JackState
from tests.fakes.evening import Evening
from tests.fakes.sequencer import Stand

MOST = 120  #: spans that may be remembered of a day that nobody played


def machine(hours: int, minutes: int = 0) -> tuple[int, ...]:
    """Machine control: go there."""
    return (0xF0, 0x7F, 0x7F, 0x06, 0x44, 0x06, 0x01, 0x60 | hours, minutes, 0, 0, 0, 0xF7)


@pytest.mark.parametrize("there", [True, False], ids=["a thinker", "no thinker"])
@pytest.mark.parametrize("way", ["listen", "accompany", "answer", "hold", "tap"])
@pytest.mark.parametrize("hours", [1, 23])
def test_an_hour_and_a_day_are_leapt_over_and_back_there_is_music(hours: int, way: str, there: bool) -> None:
    evening = Evening()
    evening.take(ThinkerState(there))
    evening.turn(("play.way", way))
    evening.pass_time(1.0)
    for place in (machine(hours), machine(hours, 30), machine(0), machine(hours, 2)):
        evening.hear("keys", place)
        evening.pass_time(18.0, 0.12)
        assert len(evening.performance.player.buffer.past) < MOST
    if way in ("listen", "hold"):
        assert any(wire.down for wire in evening.wires.values()), "what was played before is repeated"
    evening.turn(("play.way", "listen"))
    evening.take(Act("transport.rewind"), Act("transport.play"))
    for shape in range(1, 5):
        evening.answer(shape)
    evening.pass_time(0.6)
    assert any(wire.down for wire in evening.wires.values())
    assert evening.performance.player.scheduler.tick(evening.clock.now()) < 8 * QUARTER
    evening.settle()
    evening.end()


def test_what_was_leapt_over_is_not_played_when_the_music_comes_back_into_it() -> None:
    one = Stand(bars=4, clock__source="jack", clock__bpm=120.0).wait(1.0)
    one.enter(JackState(one.now, 0.0, 120.0, True)).wait(2.0)
    one.enter(JackState(one.now, 4000.0, 120.0, True)).wait(20.0)
    buffer = one.player.buffer
    assert any(leap(span) for span in buffer.past.newest_first()) and one.notes(one.now - 2)
    one.enter(JackState(one.now, 2000.0, 120.0, True)).wait(20.0)
    assert not any(leap(span) and span.end > 2000 * QUARTER for span in buffer.past.newest_first())
    assert len(one.notes(one.now - 2)) == 4


def test_in_free_time_a_leap_ends_on_a_bar_line_and_bars_are_counted() -> None:
    evening = Evening()
    evening.turn(("play.way", "accompany"))
    evening.pass_time(1.0)
    evening.hear("keys", machine(1))
    evening.pass_time(0.2)
    player = evening.performance.player
    spans = list(player.buffer.past.newest_first())[::-1]
    leaps = [n for n, span in enumerate(spans) if span.end - span.start >= LEAP]
    assert len(leaps) == 1
    before, span = spans[leaps[0] - 1], spans[leaps[0]]
    bar = player.snapshot.meter.bar
    assert span.end % bar == 0 and not span.notes and not span.lacking
    assert span.bar - before.bar == (span.end - 1) // bar - (before.end - 1) // bar
    assert player.scheduler.tick(evening.clock.now()) - span.end < 2 * bar
