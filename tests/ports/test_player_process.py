"""The player's loop in virtual time, with a MIDI wire that remembers: on every way out, every note is ended."""

from __future__ import annotations

from multiprocessing import Pipe

import pytest

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import (
    Act,
    Announced,
    Change,
    FirstNote,
    PlayerEnded,
    PlayerSetup,
    PortsOpened,
    Said,
    Status,
    ThinkerState,
)
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.time.clock import ManualClock
from instrument.ports import player_process
from tests.fakes.band import BAR, bar_of
from tests.fakes.player_loop import begin, heard, loop, turns
from tests.fakes.wire import Wire


def test_it_plays_to_the_end_by_itself(wire: Wire) -> None:
    one, line, _ = loop(bars=2)
    one.run()
    one.close()
    told = heard(line)
    assert isinstance(told[0], PortsOpened)
    assert len([t for t in told if isinstance(t, FirstNote)]) == 1
    assert len([t for t in told if isinstance(t, Announced)]) == 2
    assert isinstance(told[-1], PlayerEnded)
    assert [s for s in told if isinstance(s, Status)]
    assert len([m for m in wire.sent if m[0] == 0x90 and m[2]]) == 8
    assert not wire.sounding()
    assert told[-1].figures["late_max_ms"] <= 10.0


@pytest.mark.parametrize("how", ["quit", "line closed", "exception", "SystemExit"])
def test_on_every_way_out_every_note_is_ended(how: str, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    one, line, clock = loop()
    begin(one, clock)
    turns(one, clock, 0.3)
    assert wire.sounding(), "a note should be sounding now"
    if how == "quit":
        line.send(Act("quit"))
    elif how == "line closed":
        line.close()
    else:
        fault = SystemExit(0) if how == "SystemExit" else RuntimeError("a fault anywhere")
        monkeypatch.setattr(one.performance, "turn", lambda now, entries: (_ for _ in ()).throw(fault))
    with pytest.raises((SystemExit, EOFError, BrokenPipeError, ConnectionResetError, RuntimeError)):
        try:
            turns(one, clock, 5.0)
        finally:
            one.close()
    assert not wire.sounding()
    assert {64, 123, 120} <= wire.controllers()
    assert not wire.open


def test_a_fault_is_told_every_note_is_ended_and_the_music_goes_on(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    one, line, clock = loop()
    begin(one, clock)
    turns(one, clock, 0.3)
    heard(line)
    advance = one.performance.player.advance
    monkeypatch.setattr(one.performance.player, "advance", lambda now: (_ for _ in ()).throw(KeyError("a fault")))
    one.turn()
    assert not wire.sounding()
    assert [told.line for told in heard(line) if isinstance(told, Said)] == [
        "a fault (KeyError: 'a fault'); every note is ended, the music goes on"
    ]
    monkeypatch.setattr(one.performance.player, "advance", advance)
    turns(one, clock, 1.0)
    assert len([m for m in wire.sent if m[0] == 0x90]) >= 3
    monkeypatch.setattr(one.performance.player, "advance", lambda now: (_ for _ in ()).throw(KeyError("for ever")))
    with pytest.raises(KeyError, match="for ever"):
        turns(one, clock, 1.0)


def test_panic_ends_the_notes_and_twice_ends_all(wire: Wire) -> None:
    one, line, clock = loop()
    begin(one, clock)
    turns(one, clock, 0.3)
    line.send(Act("panic"))
    one.turn()
    assert not wire.sounding()
    few = len(wire.sent)
    line.send(Act("panic"))
    one.turn()
    assert len(wire.sent) - few >= 16 * 128
    turns(one, clock, 2.0)
    assert len([m for m in wire.sent[few:] if m[0] == 0x90 and m[2]]) >= 2, "the music goes on"


def test_stop_ends_notes_and_play_goes_on(wire: Wire) -> None:
    one, line, clock = loop()
    begin(one, clock)
    turns(one, clock, 0.3)
    line.send(Act("transport.stop"))
    one.turn()
    assert not wire.sounding()
    sent = len(wire.sent)
    turns(one, clock, 3.0)
    assert len(wire.sent) == sent, "silence while stopped"
    line.send(Act("transport.play"))
    turns(one, clock, 1.0)
    assert wire.sounding() or len(wire.sent) > sent


def test_a_change_is_passed_on_as_a_request_and_the_answer_is_played(wire: Wire) -> None:
    one, line, clock = loop()
    begin(one, clock)
    line.send(ThinkerState(True))
    turns(one, clock, 0.1)
    first = next(m for m in heard(line) if isinstance(m, Rethink))
    line.send(bar_of(80, start=first.start, plan=first.plan))
    line.send(Change(Snapshot().with_value("tune.seed", 5)))
    one.turn()
    request = next(m for m in heard(line) if isinstance(m, Rethink))
    line.send(bar_of(90, start=request.start, plan=request.plan))
    turns(one, clock, (request.start + BAR) / 10080 * 60 / 112 + 1)
    assert 90 in {number for status, number, *_ in wire.sent if status == 0x90}


def test_every_voices_program_and_level_go_out_at_the_start_but_not_to_our_own_synth(wire: Wire) -> None:
    ours, theirs = Pipe()
    levels = {"melody": 1.0, "alto": 0.25}
    setup = PlayerSetup(Snapshot(), (), {"melody": (1, 78), "alto": (4, 52)}, {}, levels=levels)
    clock = ManualClock(100.0)
    one = player_process.Loop(theirs, setup, clock, "test")
    one.turn([Act("transport.play")])
    turns(one, clock, 0.1)
    assert [m for m in wire.sent if m[0] & 0xF0 in (0xB0, 0xC0)] == [
        (0xC0, 78), (0xB0, 7, 127), (0xC3, 52), (0xB3, 7, 64),
    ]  # fmt: skip
    routes = setup.routes(("sound", "recording", "midi"))
    sent = Scheduler(routes, 100.0).programs(0.0)
    assert {m.port for m in sent if m.kind == "control"} == {"midi"}
    assert ours.poll(0)


def test_a_flood_of_changes_within_a_turn_is_one_change(wire: Wire) -> None:
    one, line, clock = loop()
    begin(one, clock)
    line.send(ThinkerState(True))
    turns(one, clock, 0.1)
    heard(line)
    for seed in range(1, 20):
        line.send(Change(Snapshot().with_value("tune.seed", seed)))
    line.send(Act("panic"))
    one.turn()
    assert one.performance.player.snapshot.seed == 19
    (silenced,) = [m for m in wire.sent if m[0] == 0xB0 and m[1] == 123][-1:]
    assert silenced, "what came between is not lost"
    later = [one.performance.player.plan]
    turns(one, clock, 0.05)
    assert one.performance.player.plan <= later[0] + 1, "one request, not twenty"
