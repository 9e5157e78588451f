"""Notes of a scheduler in virtual time: these messages at these moments, however often one looks."""

import pytest

from instrument.music.ticks import Timeline
from instrument.playing.schedule.ledger import Ledger
from instrument.playing.schedule.scheduler import LATE_LIMIT
from tests.fakes.band import bar_of
from tests.fakes.scheduler_run import brief, run, scheduler


def test_these_notes_give_these_messages() -> None:
    one = scheduler(bar_of(60, 62))
    one.play(0.0)
    one.buffer.limit = 1
    assert brief(run(one, 2.0)) == [(0.0, "on", 60), (1.0, "off", 60), (1.0, "on", 62), (2.0, "off", 62)]


def test_due_times_do_not_depend_on_how_often_one_looks() -> None:
    found = []
    for step in (0.001, 0.013, 0.25):
        one = scheduler(bar_of(60, 62, 64, 65, 67))
        one.buffer.limit = 1
        one.play(0.0)
        found.append(brief(run(one, 2.5, step)))
    # a look every 250 ms finds notes that are too late to strike, and drops them whole
    assert found[0] == found[1]
    assert {(n, k) for _, k, n in found[2]} <= {(n, k) for _, k, n in found[0]}


def test_time_does_not_go_back() -> None:
    one = scheduler(bar_of(60))
    one.advance(1.0)
    with pytest.raises(ValueError, match="went back"):
        one.advance(0.5)


def test_a_late_note_is_dropped_and_counted_but_its_neighbour_still_ends() -> None:
    one = scheduler(bar_of(60, 62))
    one.buffer.limit = 1
    one.play(0.0)
    one.advance(0.0)
    late = one.advance(1.0 + 2 * LATE_LIMIT)[0]
    assert brief(late) == [(1.0, "off", 60)]
    assert one.dropped == 1


def test_a_tempo_change_moves_what_is_to_come_and_nothing_else() -> None:
    one = scheduler(bar_of(60, 62, 64, 65))
    one.buffer.limit = 1
    one.play(0.0)
    first = run(one, 0.5)
    one.set_bpm(60.0, 0.5)
    rest = [m for turn in range(51, 400) for m in one.advance(turn * 0.01)[0]]
    assert [m.due for m in first if m.kind == "on"] == [0.0, 0.5]
    assert [round(m.due, 6) for m in rest if m.kind == "on"] == [1.5, 2.5]
    assert one.dropped == 0


def test_stop_ends_what_sounds_and_play_goes_on_from_there() -> None:
    one = scheduler(bar_of(60, 62))
    one.buffer.limit = 1
    one.play(0.0)
    run(one, 0.3)
    assert brief(one.stop(0.5)) == [(0.5, "off", 60)]
    assert one.advance(5.0)[0] == []
    one.play(10.0)
    again = one.advance(10.5)[0]
    assert brief(again) == [(10.5, "on", 62)]
    assert len(one.ledger) == 1


def test_two_voices_on_one_key_are_counted() -> None:
    ledger = Ledger()
    assert [m.kind for m in ledger.on(0, "out", 1, 60, 80)] == ["on"]
    assert [m.kind for m in ledger.on(1, "out", 1, 60, 80)] == ["off", "on"]
    assert ledger.off(2, "out", 1, 60) == []
    assert [m.kind for m in ledger.off(3, "out", 1, 60)] == ["off"]
    assert ledger.off(4, "out", 1, 60) == []
    assert len(ledger) == 0


def test_panic_ends_each_sounding_note_once() -> None:
    ledger = Ledger()
    for note in (60, 64, 67, 60):
        ledger.on(0, "out", 1, note, 80)
    ledger.on(0, "other", 1, 60, 80)
    assert [m.number for m in ledger.release(1, "out")] == [60, 64, 67]
    assert [(m.port, m.number) for m in ledger.release(1)] == [("other", 60)]
    assert ledger.release(1) == []


def test_seconds_and_back_is_the_same_tick_all_night() -> None:
    line = Timeline(117.3).at_tempo(203.0, 12.5).at_tempo(88.8, 3601.0)
    assert all(line.tick(line.seconds(tick)) == tick for tick in range(0, 10**9, 9_999_991))
