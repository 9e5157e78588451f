"""Limits, by their figures: what is too late, what is unsure, what waits and what is forgotten."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace

import pytest

from instrument.music.events import Note, Span
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.ledger import Ledger
from instrument.playing.schedule.lookahead import LookAhead
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.time.clock_follower import ClockFollower
from instrument.playing.time.song_position import SongPosition
from instrument.ports.log.log_pipe import RecordPipe
from tests.fakes.band import BAR, ROUTES, bar_of


def playing(*notes: Note) -> Scheduler:
    """At 120 quarter notes a minute, so that a bar lasts two seconds."""
    one = Scheduler(ROUTES, 120.0, limit=2)
    one.buffer.put(replace(bar_of(60), notes=notes))
    one.buffer.put(replace(bar_of(60, start=BAR), notes=()))
    one.play(0.0)
    return one


def brief(messages: list[Message]) -> list[tuple[float, str, int]]:
    return [(round(m.due, 3), m.kind, m.number) for m in messages]


@pytest.mark.parametrize(("late", "kinds"), [(0.04, ["on"]), (0.09, ["on"]), (0.11, []), (0.5, [])])
def test_a_note_more_than_a_tenth_of_a_second_late_is_not_struck(late: float, kinds: list[str]) -> None:
    one = playing(Note(BAR // 4, BAR // 2, 62))
    assert [m.kind for m in one.advance(0.5 + late)[0]] == kinds
    assert one.dropped == 1 - len(kinds)
    assert [m.kind for m in one.advance(1.9)[0]] == ["off"] * len(kinds), "what was struck is ended, however late"


def test_the_end_of_a_note_that_a_pulled_cable_has_ended_ends_no_later_one() -> None:
    one = playing(Note(0, BAR // 2, 60), Note(BAR // 4, BAR // 2, 60))
    assert brief(one.advance(0.1)[0]) == [(0.0, "on", 60)]
    assert brief(one.unplugged("out", 0.2)) == [(0.2, "off", 60)]
    one.plugged("out", 0.3)
    heard = [message for turn in range(4, 20) for message in one.advance(turn / 10)[0]]
    assert brief(heard) == [(0.5, "on", 60), (1.5, "off", 60)], "not at 1.0, where the first would have ended"


def test_offs_of_the_port_that_stays_are_kept_when_another_is_pulled() -> None:
    routes = {"melody": replace(ROUTES["melody"], ports=("out", "other"))}
    one = Scheduler(routes, 120.0, limit=1)
    one.buffer.put(replace(bar_of(60), notes=(Note(0, BAR // 2, 60),)))
    one.play(0.0)
    one.advance(0.1)
    one.unplugged("other", 0.2)
    assert [(m.port, m.kind) for m in one.advance(1.0)[0]] == [("out", "off")]


def test_a_clock_of_which_much_is_unexpected_is_not_called_locked() -> None:
    follower = ClockFollower(0.02)
    for pulse in range(200):
        follower.pulse(pulse * 0.02)
    assert follower.locked
    wild = (0.4, -0.35, 0.45, -0.4, 0.3, -0.45, 0.42, -0.31, 0.38)
    for number, off in enumerate(wild):
        follower.pulse((200 + number + off) * 0.02)
        assert follower.locked == (number < 5), number
    for pulse in range(209, 240):
        follower.pulse(pulse * 0.02)
    assert follower.locked, "it has calmed down"


def test_what_waits_for_the_log_is_bounded() -> None:
    reading, writing = multiprocessing.Pipe(duplex=False)
    tape = RecordPipe(writing)
    for _ in range(300):
        tape.put("x" * 100_000)
    assert 200 < tape.lost < 290
    assert tape._size < 5_000_000
    tape.put("small")
    tape.close()
    reading.close()


def test_two_long_sets_of_bars_are_remembered_and_no_more() -> None:
    buffer = LookAhead()
    for bar in range(1500):
        assert buffer.put(bar_of(60, start=bar * BAR))
        list(buffer.commit(bar * BAR))
    kept = list(buffer.since(0))
    assert 2 * 3 * 3 * 32 <= len(kept) <= 700
    assert kept[-1].end == 1500 * BAR
    assert not buffer.locate(100 * BAR), "that is older than all that is known"


@pytest.mark.parametrize(("after", "position"), [(0.5, 96), (0.99, 96), (1.2, 0)])
def test_a_start_within_a_second_of_a_position_keeps_it(after: float, position: int) -> None:
    transport = SongPosition()
    transport.locate(16, 10.0)
    transport.start(10.0 + after)
    assert transport.position == position
    strict = SongPosition(start_is_top=True)
    strict.locate(16, 10.0)
    strict.start(10.0 + after)
    assert strict.position == 0


@pytest.mark.parametrize(("between", "runs"), [(0.1, True), (0.45, True), (0.6, False)])
def test_continue_stop_and_a_position_are_one_movement_within_half_a_second(between: float, runs: bool) -> None:
    transport = SongPosition()
    transport.start(1.0)
    transport.clock()
    transport.resume(5.0)
    transport.stop(5.0 + between)
    transport.locate(8, 5.0 + between + 0.01)
    assert transport.running == runs


def test_a_gap_beyond_the_plan_is_left_silent_for_a_while_then_repeated() -> None:
    buffer = LookAhead()
    spans = [bar_of(60, start=n * BAR) for n in range(2)]
    assert all(buffer.put(span) for span in spans)
    list(buffer.commit(BAR))
    buffer.locate(10 * BAR)
    assert [s.source for s in buffer.commit(10 * BAR)] == []
    late: list[Span] = list(buffer.commit(18 * BAR + 1))
    assert late and {span.source for span in late} == {"repeated"}


def test_only_who_holds_a_key_ends_it() -> None:
    ledger = Ledger()
    assert [m.kind for m in ledger.on(0.0, "out", 1, 60, 80, "keys")] == ["on"]
    assert ledger.off(0.1, "out", 1, 60, "pads") == []
    assert [m.kind for m in ledger.off(0.2, "out", 1, 60, "keys")] == ["off"]
    assert len(ledger) == 0
    ledger.on(1.0, "out", 1, 60, 80, "keys")
    ledger.release(1.1)
    ledger.on(1.2, "out", 1, 60, 80)
    assert ledger.off(1.3, "out", 1, 60, "keys") == [], "panic has ended it: it is the tune's now"
    assert [m.kind for m in ledger.off(1.4, "out", 1, 60)] == ["off"]
