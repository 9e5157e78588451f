"""The scheduler by itself: these spans at these moments, exactly these messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.music.events import Note
from instrument.music.ticks import QUARTER
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import LATE_LIMIT, Scheduler
from tests.fakes.band import BAR, bar_of
from tests.fakes.scheduled import ROUTES, SECOND, advanced, bars, brief, notes, scheduler, voice

# before it plays


def test_before_it_plays_nothing_moves() -> None:
    one = scheduler(*bars(2))
    assert (one.playing, one.dropped, one.begun, one.begun_at, one.origin, one.bpm) == (False, 0, 0, 0, 0, 120.0)
    assert one.tick(0.0) == one.tick(99.0) == 0 and one.seconds(QUARTER) == 0.5
    assert one.advance(5.0, 10 * BAR) == ([], [])
    assert len(one.buffer.ahead) == 2 and one.buffer.limit is None
    assert scheduler(limit=7).buffer.limit == 7


def test_time_may_stand_and_does_not_go_back() -> None:
    one = scheduler()
    one.advance(1.0)
    one.advance(1.0)
    with pytest.raises(ValueError, match=r"^now went back from 1\.0 to 0\.5$"):
        one.advance(0.5)


# programs and volumes


def test_play_sends_each_channels_program_and_volume_where_it_is_not_ours() -> None:
    one = scheduler()
    assert one.play(3.0) == [
        Message(3.0, "program", 1, 40, 0, "out"), Message(3.0, "control", 1, 7, 90, "out"),
        Message(3.0, "program", 2, 0, 0, "out"), Message(3.0, "program", 2, 0, 0, "far"),
        Message(3.0, "program", 3, 43, 0, "sound"), Message(3.0, "program", 3, 43, 0, "recording"),
        Message(3.0, "program", 3, 43, 0, "far"), Message(3.0, "control", 3, 7, 70, "far"),
    ]  # fmt: skip
    assert one.programs(4.0, "far") == [
        Message(4.0, "program", 2, 0, 0, "far"), Message(4.0, "program", 3, 43, 0, "far"),
        Message(4.0, "control", 3, 7, 70, "far"),
    ]  # fmt: skip
    assert one.programs(4.0, "nowhere") == []


def test_routes_are_the_schedulers_own() -> None:
    routes = dict(ROUTES)
    one = Scheduler(routes, 120.0)
    routes.clear()
    assert one.strike("melody", 60, 80, 0.0)


# the music runs


def test_notes_are_struck_and_ended_when_they_are_due() -> None:
    one = scheduler(bar_of(60, 62), limit=1)
    one.play(10.0)
    assert advanced(one, 10.0) == [Message(10.0, "on", 1, 60, 80, "out")]
    assert advanced(one, 10.5, 10.999) == []
    assert brief(advanced(one, 11.02)) == [(11.0, "off", 60, "out"), (11.0, "on", 62, "out")]
    assert brief(advanced(one, 12.5)) == [(12.0, "off", 62, "out")]
    assert one.dropped == 0 and len(one.ledger) == 0


def test_offs_come_before_ons_at_the_same_instant_and_equals_in_order() -> None:
    span = bar_of(60)
    chord = tuple(Note(start, BAR // 2, pitch) for start in (0, BAR // 2) for pitch in (67, 60, 64))
    one = scheduler(replace(span, notes=chord), limit=1)
    one.play(0.0)
    assert notes(advanced(one, 0.0)) == [(0.0, "on", n) for n in (67, 60, 64)]
    assert notes(advanced(one, 1.0)) == [(1.0, kind, n) for kind in ("off", "on") for n in (67, 60, 64)]


def test_spans_are_announced_as_far_ahead_as_asked() -> None:
    one = scheduler(*bars(4))
    one.play(0.0)
    assert [span.start for span in one.advance(0.0)[1]] == [0]
    assert one.advance(0.1, BAR - SECOND // 10 - 1)[1] == []
    assert [span.start for span in one.advance(0.1, BAR - SECOND // 10)[1]] == [BAR]
    assert [span.start for span in one.advance(0.2, 3 * BAR)[1]] == [2 * BAR, 3 * BAR]


def test_unless_asked_nothing_is_announced_ahead() -> None:
    one = scheduler(*bars(2))
    one.play(0.0)
    assert [span.start for span in one.advance(one.seconds(BAR - 1))[1]] == [0]
    assert [span.start for span in one.advance(one.seconds(BAR))[1]] == [BAR]


def test_a_voice_sounds_at_each_of_its_outputs_on_its_channel() -> None:
    one = scheduler(voice(bar_of(50), "drone"), limit=1)
    one.play(0.0)
    assert advanced(one, 0.0) == [Message(0.0, "on", 2, 50, 80, port) for port in ("out", "far")]
    assert advanced(one, 2.0) == [Message(2.0, "off", 2, 50, 0, port) for port in ("out", "far")]


def test_a_voice_without_a_route_is_silent_and_no_fault() -> None:
    one = scheduler(replace(bar_of(60), notes=(Note(0, QUARTER, 60, voice="flute"), Note(0, QUARTER, 62))), limit=1)
    one.play(0.0)
    assert notes(advanced(one, 0.05, 0.6)) == [(0.0, "on", 62), (0.5, "off", 62)]
    assert one.strike("flute", 60, 80, 1.0) == one.end("flute", 60, 1.0) == []
    assert one.dropped == 0


def test_a_note_on_later_than_the_limit_is_dropped_and_counted_and_offs_never_are() -> None:
    for late, struck in ((LATE_LIMIT - 0.001, True), (LATE_LIMIT + 0.001, False)):
        one = scheduler(bar_of(60, 62), limit=1)
        one.play(0.0)
        advanced(one, 0.0)
        expected = [(1.0, "off", 60)] + [(1.0, "on", 62)] * struck
        assert notes(advanced(one, 1.0 + late)) == expected
        assert one.dropped == (not struck)
    assert notes(advanced(one, 9.0)) == [], "what was not struck is not ended"
    third = scheduler(*bars(1), limit=1)
    third.play(0.0)
    assert notes(advanced(third, 1.7)) == [] and third.dropped == 4


def test_exactly_at_the_limit_a_note_is_struck() -> None:
    one = scheduler(bar_of(60), limit=1)
    one.play(0.0)
    assert notes(advanced(one, LATE_LIMIT)) == [(0.0, "on", 60)]


# by hand


def test_a_note_by_hand_sounds_as_its_voice_and_only_its_voice_ends_it() -> None:
    one = scheduler()
    assert one.strike("drone", 60, 70, 1.5) == [Message(1.5, "on", 2, 60, 70, port) for port in ("out", "far")]
    assert one.ledger.off(1.6, "out", 2, 60) == []
    assert one.end("melody", 60, 1.7) == [] and one.end("drone", 61, 1.7) == []
    assert one.end("drone", 60, 1.8) == [Message(1.8, "off", 2, 60, 0, port) for port in ("out", "far")]


def test_the_plan_and_a_hand_on_one_key_both_hold_it() -> None:
    one = scheduler(bar_of(60, 62), limit=1)
    one.play(0.0)
    advanced(one, 0.0)
    one.strike("melody", 60, 90, 0.5)
    assert notes(advanced(one, 1.0)) == [(1.0, "on", 62)]
    assert notes(one.end("melody", 60, 1.2)) == [(1.2, "off", 60)]


# outputs that go and come


def test_an_output_that_goes_loses_its_notes_and_its_offs_to_come() -> None:
    span = bar_of(60)
    one = scheduler(replace(span, notes=(*span.notes, *voice(bar_of(50, 52), "drone").notes)), limit=1)
    one.play(0.0)
    advanced(one, 0.0)
    assert brief(one.unplugged("far", 0.5)) == [(0.5, "off", 50, "far")]
    assert brief(advanced(one, 1.0)) == [(1.0, "off", 50, "out"), (1.0, "on", 52, "out")]
    assert one.plugged("far", 1.5) == [
        Message(1.5, "program", 2, 0, 0, "far"), Message(1.5, "program", 3, 43, 0, "far"),
        Message(1.5, "control", 3, 7, 70, "far"),
    ]  # fmt: skip
    assert one.ledger.on(1.6, "far", 2, 50, 80) == [Message(1.6, "on", 2, 50, 80, "far")]
    assert brief(advanced(one, 2.0)) == [(2.0, "off", 60, "out"), (2.0, "off", 52, "out")]
    assert len(one.ledger) == 1, "what was struck since sounds on"


def test_the_off_of_a_pulled_output_does_not_end_a_note_that_was_struck_since() -> None:
    one = scheduler(voice(bar_of(50), "drone"), limit=1)
    one.play(0.0)
    advanced(one, 0.0)
    one.unplugged("far", 0.5)
    one.plugged("far", 0.6)
    assert len(one.ledger.on(1.0, "far", 2, 50, 80)) == 1
    assert brief(advanced(one, 2.0)) == [(2.0, "off", 50, "out")]
