"""The scheduler where the music bends against the clock: what is announced as it is played, beats that are longer, and
that the music meets the clock again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.music.events import Span
from instrument.music.ticks import QUARTER, Timeline
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.time.tempo_curve import Beat
from tests.fakes.band import BAR, ROUTES, bar_of

STRETCHES = (1.5, 0.5, 1.2, 0.8)  #: of a bar's four quarters; together they take as long as the clock's


def beats(span: Span) -> list[Beat]:
    return [
        Beat(span.start + n * QUARTER, span.start + (n + 1) * QUARTER, stretch) for n, stretch in enumerate(STRETCHES)
    ]


def breathing() -> Scheduler:
    """At 120 bpm, two bars of four quarters, the first of which breathes."""
    one = Scheduler(ROUTES, 120.0, limit=2)
    one.breathe = lambda span: beats(span) if span.start == 0 else []
    for n in range(2):
        one.buffer.put(bar_of(*(60 + n,) * 4, start=n * BAR))
    return one


def ons(one: Scheduler, start: float, seconds: float = 4.0) -> list[float]:
    messages = [m for n in range(round(seconds / 0.01)) for m in one.advance(start + n * 0.01)[0]]
    return [round(m.due - start, 6) for m in messages if m.kind == "on"]


def test_beats_are_as_long_as_they_are_said_to_be_and_meet_the_clock() -> None:
    one = breathing()
    one.play(5.0)
    assert ons(one, 5.0) == [0.0, 0.75, 1.0, 1.6, 2.0, 2.5, 3.0, 3.5]


def test_a_tick_and_its_seconds_belong_together_where_the_music_bends() -> None:
    one = breathing()
    one.play(5.0)
    one.advance(5.0)
    for tick, seconds in ((0, 0.0), (QUARTER // 2, 0.375), (QUARTER, 0.75), (QUARTER * 3 // 2, 0.875), (BAR, 2.0),
                          (BAR + QUARTER, 2.5)):  # fmt: skip
        assert one.seconds(tick) == pytest.approx(5.0 + seconds)
        assert one.tick(5.0 + seconds) == tick


def test_stopped_within_a_beat_that_is_long_it_goes_on_there() -> None:
    one = breathing()
    one.play(5.0)
    one.advance(5.0)
    one.stop(5.375)
    assert one.tick(9.0) == QUARTER // 2
    one.play(10.0)
    assert one.tick(10.0) == QUARTER // 2
    assert one.seconds(QUARTER) == pytest.approx(10.375)
    assert ons(one, 10.0) == pytest.approx([0.375, 0.625, 1.225, 1.625, 2.125, 2.625, 3.125])


@pytest.mark.parametrize("tick", (QUARTER + 1, QUARTER * 2 - 7, BAR - 3, BAR + 5))
def test_wherever_it_goes_on_that_tick_is_now(tick: int) -> None:
    """Where the clock's tick is no whole one, what is left of it is made up for."""
    one = breathing()
    one.play(5.0)
    one.advance(5.0)
    one.stop(5.1)
    one.stand(tick)
    one.play(10.0)
    assert one.tick(10.0) == tick
    assert one.seconds(tick) == pytest.approx(10.0, abs=1e-9)
    assert one.seconds(BAR + QUARTER) - one.seconds(BAR) == pytest.approx(0.5)


def test_somebody_elses_line_is_straight() -> None:
    one = breathing()
    one.play(5.0)
    one.advance(5.0)
    one.follow(Timeline(120.0, 0, 5.0))
    assert one.tick(5.5) == QUARTER and one.seconds(QUARTER) == 5.5


def test_the_tempo_of_each_beat_is_told() -> None:
    one = breathing()
    first, second = bar_of(60), bar_of(60, start=BAR)
    assert one.tempos(first) == [(n * QUARTER, 120 / stretch) for n, stretch in enumerate(STRETCHES)]
    assert one.tempos(second) == [(BAR, 120.0)]
    assert Scheduler(ROUTES, 90.0).tempos(second) == [(BAR, 90.0)]


def test_what_is_announced_is_what_is_played() -> None:
    """A span is dressed once with the tempo in force, and so it is struck and told."""
    one, asked = Scheduler(ROUTES, 120.0, limit=2), list[tuple[Span, float]]()
    plain = [bar_of(*(60 + n,) * 4, start=n * BAR) for n in range(2)]

    def dress(span: Span, bpm: float) -> Span:
        asked.append((span, bpm))
        return replace(span, notes=tuple(replace(note, pitch=note.pitch + 12) for note in span.notes))

    one.dress = dress
    for span in plain:
        one.buffer.put(span)
    one.play(0.0)
    messages, announced = one.advance(0.0, BAR)
    assert asked == [(span, 120.0) for span in plain]
    assert [span.notes[0].pitch for span in announced] == [72, 73]
    assert [m.number for m in messages] == [72]
    one.stop(0.1)
    one.set_bpm(90.0, 0.1)
    one.locate(BAR, 0.2)
    assert asked[2:] == [(plain[1], 90.0)], "gone to, it is played in the tempo of now"
    one.play(1.0)
    assert [m.number for m in one.advance(1.0)[0]] == [73]
