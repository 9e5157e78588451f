"""The scheduler when it is stopped, moved, hurried and silenced: exactly these messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.music.events import Note
from instrument.music.ticks import QUARTER, Timeline
from instrument.playing.midi.output_message import Message
from tests.fakes.band import BAR, bar_of
from tests.fakes.scheduled import SECOND, advanced, bars, brief, notes, scheduler

# stop, play, panic


def test_stop_ends_what_sounds_and_play_goes_on_there() -> None:
    one = scheduler(bar_of(60, 62), limit=1)
    one.play(1.0)
    advanced(one, 1.0)
    assert notes(one.stop(1.5)) == [(1.5, "off", 60)]
    assert one.playing is False and one.tick(7.0) == SECOND // 2
    assert one.stop(2.0) == [] and one.tick(7.0) == SECOND // 2, "once more changes nothing"
    assert one.advance(8.0) == ([], [])
    assert [m.kind for m in one.play(10.0)][:2] == ["program", "control"]
    assert (one.begun, one.begun_at, one.playing) == (2, SECOND // 2, True)
    assert notes(advanced(one, 10.5)) == [(10.5, "on", 62)], "and the off of what was ended comes no more"
    assert notes(advanced(one, 11.5)) == [(11.5, "off", 62)]


def test_play_while_it_plays_sends_programs_and_moves_nothing() -> None:
    one = scheduler(*bars(1))
    one.play(1.0)
    assert (one.begun, one.begun_at) == (1, 0)
    assert len(one.play(1.5)) == 8
    assert one.tick(2.0) == SECOND and one.begun == 1


def test_stopped_before_it_has_begun_it_stands_at_the_top() -> None:
    one = scheduler(*bars(1))
    one.play(5.0)
    one.stop(4.0)
    assert one.tick(9.0) == 0


def test_panic_ends_what_sounds_and_the_music_goes_on() -> None:
    one = scheduler(bar_of(60, 62), limit=1)
    one.play(0.0)
    advanced(one, 0.0)
    one.strike("drone", 50, 80, 0.2)
    assert brief(one.silence(0.3)) == [(0.3, "off", 50, "far"), (0.3, "off", 60, "out"), (0.3, "off", 50, "out")]
    assert len(one.ledger) == 0 and one.playing
    assert notes(advanced(one, 1.0)) == [(1.0, "on", 62)], "no off of what the panic has ended"
    one.strike("melody", 62, 80, 1.5)
    assert notes(advanced(one, 2.0)) == []


def test_what_is_struck_after_a_panic_ends_by_its_own_off() -> None:
    """The off that the panic made needless would have cut a note that began since."""
    one = scheduler(bar_of(60), limit=1)
    one.play(0.0)
    advanced(one, 0.0)
    one.silence(0.5)
    assert one.ledger.on(1.0, "out", 1, 60, 80) == [Message(1.0, "on", 1, 60, 80, "out")]
    assert advanced(one, 2.0) == [], "which would have been due here"


# tempo


def test_another_tempo_is_in_force_from_now_on_without_a_jump() -> None:
    one = scheduler(bar_of(60, 62, 64, 65), limit=1)
    one.play(0.0)
    assert notes(advanced(one, 0.0, 0.5)) == [(0.0, "on", 60), (0.5, "off", 60), (0.5, "on", 62)]
    one.set_bpm(60.0, 0.5)
    assert one.bpm == 60.0 and one.tick(0.5) == QUARTER
    assert notes(advanced(one, 1.5, 2.5)) == [
        (1.5, "off", 62), (1.5, "on", 64), (2.5, "off", 64), (2.5, "on", 65)
    ]  # fmt: skip


def test_a_tempo_set_while_it_stands_is_the_one_it_begins_with() -> None:
    one = scheduler(bar_of(60, 62), limit=1)
    one.set_bpm(60.0, 3.0)
    one.play(10.0)
    assert notes(advanced(one, 10.0, 12.0)) == [(10.0, "on", 60), (12.0, "off", 60), (12.0, "on", 62)]


def test_somebody_elses_line_is_gone_by() -> None:
    one = scheduler(bar_of(60, 62), limit=1)
    one.play(0.0)
    one.follow(Timeline(90.0, QUARTER, 20.0))
    assert one.bpm == 90.0
    assert one.tick(20.0) == QUARTER and one.seconds(QUARTER) == 20.0
    assert one.tick(20.0 + 60 / 90) == 2 * QUARTER


def test_what_waits_for_its_first_bar_begins_when_it_is_held() -> None:
    one = scheduler(*bars(1))
    one.stand(BAR)
    one.play(1.0)
    one.hold(5.0)
    assert one.tick(5.0) == BAR and one.tick(6.0) == BAR + SECOND
    one.stop(6.0)
    one.hold(9.0)
    assert one.tick(9.0) == BAR + SECOND, "while it stands nothing is held"


# going to a place


def test_within_what_is_announced_the_notes_from_there_are_struck_again() -> None:
    one = scheduler(*bars(4))
    one.play(0.0)
    one.advance(0.0, 3 * BAR)
    advanced(one, 0.5)
    one.stop(0.6)
    messages, known = one.locate(BAR + QUARTER, 0.7)
    assert (messages, known, one.begun, one.begun_at) == ([], True, 2, BAR + QUARTER)
    assert one.tick(0.7) == BAR + QUARTER
    one.play(1.0)
    assert one.begun == 3
    played = [m for now in range(100, 360) for m in one.advance(now / 100, BAR)[0]]
    assert [(due, pitch) for due, kind, pitch in notes(played) if kind == "on"] == [
        (1.0, 61), (1.5, 61), (2.0, 61), (2.5, 62), (3.0, 62), (3.5, 62)
    ]  # fmt: skip


def test_going_on_ends_what_sounds() -> None:
    one = scheduler(*bars(2))
    one.play(0.0)
    advanced(one, 0.0)
    assert brief(one.locate(BAR, 0.3)[0]) == [(0.3, "off", 60, "out")]


def test_the_bar_that_sounds_is_the_first_that_is_not_announced_again() -> None:
    """At its beginning it is known, before that the plan is asked for what was there."""
    for tick, again in ((2 * BAR, []), (2 * BAR - 1, [BAR, 2 * BAR])):
        one = scheduler(*bars(4))
        one.play(0.0)
        one.advance(0.0, 2 * BAR)
        advanced(one, 4.5)
        one.stop(4.6)
        assert one.locate(tick, 4.7)[1]
        one.play(5.0)
        assert [span.start for span in one.advance(5.1)[1]] == again


def test_beyond_what_is_announced_the_plan_goes_there() -> None:
    one = scheduler(*bars(4))
    one.play(0.0)
    one.advance(0.0)
    one.stop(0.1)
    assert one.locate(2 * BAR + QUARTER, 0.2)[1]
    one.play(1.0)
    messages, announced = one.advance(1.0)
    assert [span.start for span in announced] == [2 * BAR]
    assert notes(messages) == [(1.0, "on", 62)], "and of that bar what lies before is not struck"


def test_where_what_is_announced_ends_the_plan_is_waited_for() -> None:
    one = scheduler(*bars(1))
    one.play(0.0)
    one.advance(0.0)
    one.stop(0.1)
    assert one.locate(BAR, 0.2)[1]
    one.play(1.0)
    assert one.advance(1.0) == ([], []), "nothing is repeated there"


def test_a_place_older_than_what_is_remembered_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrument.playing.schedule.past.KEPT", 1)
    one = scheduler(*bars(4))
    one.play(0.0)
    one.advance(0.0, 3 * BAR)
    assert not one.locate(0, 0.5)[1]


def test_in_front_of_all_that_is_announced_nothing_is_announced_again() -> None:
    one = scheduler()
    assert one.locate(0, 0.0) == ([], True)
    assert one.tick(0.0) == 0 and (one.begun, one.begun_at) == (1, 0)


# taken back, and put again


def test_what_was_announced_and_not_struck_is_taken_back_in_order() -> None:
    one = scheduler(*bars(2))
    one.play(0.0)
    one.advance(0.0, BAR)
    advanced(one, 0.5)
    back = one.unstruck()
    assert [note.start for note in back] == [n * QUARTER for n in range(2, 8)]
    assert one.unstruck() == []
    assert notes(advanced(one, 1.0, 1.5)) == [(1.0, "off", 60)], "the offs of what sounds stay"
    one.stop(2.0)
    one.stand(QUARTER, back[:2])
    assert one.tick(3.0) == QUARTER
    one.play(10.0)
    one.buffer.limit = one.buffer.announced
    played = advanced(one, 10.5, 11.0, 11.5)
    assert notes(played) == [
        (10.5, "on", 60), (11.0, "off", 60), (11.0, "on", 60), (11.5, "off", 60)
    ]  # fmt: skip


def test_what_was_put_again_is_struck_before_what_is_announced_since() -> None:
    one = scheduler(bar_of(60), limit=1)
    one.stand(0, [Note(0, BAR, 67), Note(0, BAR, 64)])
    one.play(0.0)
    assert notes(advanced(one, 0.0)) == [(0.0, "on", 67), (0.0, "on", 64), (0.0, "on", 60)]


def test_what_is_put_later_is_struck_behind_what_is_announced() -> None:
    one = scheduler(*bars(2), limit=2)
    one.play(0.0)
    one.advance(0.0, BAR)
    one.stop(0.1)
    one.stand(BAR, [Note(BAR, QUARTER, 67)])
    one.play(5.0)
    assert notes(advanced(one, 5.0)) == [(5.0, "on", 61), (5.0, "on", 67)]


def test_chords_are_taken_back_as_they_were_announced() -> None:
    chord = tuple(Note(0, BAR, pitch) for pitch in (67, 60, 64))
    one = scheduler(replace(bar_of(60), notes=chord))
    one.stand(0, chord)
    assert one.unstruck() == list(chord)
