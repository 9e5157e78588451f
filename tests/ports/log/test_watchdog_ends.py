"""Watchdog at a player's end: what sounds is ended from outside, and the log ends in order."""

from __future__ import annotations

import multiprocessing
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from instrument.playing.messages import Said
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.time.clock import ManualClock
from instrument.playing.turn import Exits
from instrument.ports.log import watchdog
from instrument.ports.log.log_pipe import LogPipe, RecordPipe
from instrument.ports.log.replay import read
from instrument.ports.midi.output import MidiOutput
from tests.fakes.logged import stage
from tests.fakes.wire import Wire

# the witness


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[watchdog.Watchdog, Wire, Path]:
    far = Wire()
    monkeypatch.setattr(watchdog.output, "open_output", lambda name: MidiOutput(far, name))
    one = watchdog.Watchdog(tmp_path / "kept.jsonl", clock=ManualClock())
    one.take(0, ("begin", stage(), ["out"], 0.02, 1_000_000))
    one.take(0, ("ports_there", {"out": "Synth 20:0"}))
    ons = [Message(1.0, "on", 1, note, 80, "out") for note in (60, 64)] + [Message(1.0, "on", 2, 50, 80, "elsewhere")]
    one.take(0, ("turn", [5000], 5000, 0, [], ons, []))
    one.take(0, ("turn", [], 5000, 0, [], [Message(1.1, "off", 1, 60, 0, "out")], []))
    assert not far.sent
    return one, far, tmp_path / "kept.jsonl"


def test_the_notes_of_a_player_that_dies_are_ended_by_the_witness(
    watched: tuple[watchdog.Watchdog, Wire, Path],
) -> None:
    one, far, path = watched
    one.gone()
    assert far.sent[:6] == [(0x80, 64, 0), *((0xB0, number, 0) for number in (64, 66, 67, 123, 120))]
    again = [(0x80, 64, 0), (0x80, 60, 0)] * watchdog.TIMES  # the second had been told, and may not have left
    assert far.sent[6:] == again, "a server may lose what it is given while it buries the player"
    one.close()
    lines = [line for _, line in read(path)]
    assert lines[-1] == {"said": "the player has died; 1 notes were ended for it", "n": len(lines)}
    assert lines[2]["t"] == 1_010_000 and lines[2]["idle"] == [5000]


def test_the_notes_of_a_player_that_hangs_are_ended_once_and_it_may_go_on(
    watched: tuple[watchdog.Watchdog, Wire, Path],
) -> None:
    one, far, _ = watched
    one.silent()
    sent = len(far.sent)
    assert far.sent[0] == (0x80, 64, 0)
    one.silent()
    assert len(far.sent) == sent
    one.take(0, ("turn", [], 5000, 0, [], [Message(9.0, "on", 1, 70, 80, "out")], []))
    one.gone()
    assert (0x80, 70, 0) in far.sent


def test_a_player_that_says_goodbye_is_left_alone(watched: tuple[watchdog.Watchdog, Wire, Path]) -> None:
    one, far, path = watched
    one.take(0, ("end", [], 5000, [Silence((Message(1.2, "off", 1, 64, 0, "out"),))]))
    one.gone()
    one.silent()
    one.close()
    assert not far.sent
    assert list(read(path))[-1][1]["end"]


def test_what_was_ended_at_a_goodbye_while_the_conductor_was_dead_is_ended_again(
    watched: tuple[watchdog.Watchdog, Wire, Path],
) -> None:
    one, far, path = watched
    pedal = Message(1.15, "control", 1, 64, 127, "out")
    one.take(0, ("turn", [], 5000, 0, [], [pedal], []))
    one.take(0, ("end", [], 5000, [Silence((Message(1.2, "off", 1, 64, 0, "out"), replace(pedal, value=0)))]))
    one.gone(alone=True)
    one.close()
    for said in ((0x80, 64, 0), (0xB0, 64, 0)):
        assert far.sent.count(said) > watchdog.TIMES, "a server may lose what it is given while it buries the conductor"
    assert list(read(path))[-1][1]["end"], "the log has ended"


@pytest.mark.parametrize("dies", ["before", "with it", "after"])
def test_whether_the_conductor_died_before_the_player_is_seen_by_its_line(
    dies: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Wire()
    monkeypatch.setattr(watchdog.output, "open_output", lambda name: MidiOutput(far, name))
    monkeypatch.setattr(watchdog, "AGAIN", (0.0,))
    monkeypatch.setattr(watchdog, "apart", lambda: None)
    monkeypatch.setattr(watchdog, "raise_priority", lambda kind: None)
    (player, notes), (events, osc) = multiprocessing.Pipe(duplex=False), multiprocessing.Pipe(duplex=False)
    tape, conductor = LogPipe(notes), RecordPipe(osc)
    conductor.put(("event", {"said": "a line"}))
    if dies == "before":
        conductor.close()
    tape.begin(stage(), ["out"], 0.02, 1.0)
    tape.ports({"out": "Synth"})
    tape.turn(1.1, 0, [], Exits([Message(1.1, "on", 1, 60, 80, "out")]))
    tape.end(1.2, [Silence((Message(1.2, "off", 1, 60, 0, "out"),))])
    if dies == "with it":
        conductor.close()
    serving = threading.Thread(target=watchdog.run, args=(None, player, events, None))
    serving.start()
    if dies == "after":
        serving.join(0.2)
        conductor.close()
    serving.join(10)
    assert not serving.is_alive()
    assert ((0x80, 60, 0) in far.sent) == (dies != "after")


def test_a_port_that_has_gone_is_not_touched(watched: tuple[watchdog.Watchdog, Wire, Path]) -> None:
    one, far, _ = watched
    one.take(0, ("ports_there", {}))
    one.gone()
    one.close()
    assert not far.sent


def test_a_full_disk_ends_the_log_and_not_the_watch(
    watched: tuple[watchdog.Watchdog, Wire, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, far, _ = watched
    ours, theirs = multiprocessing.Pipe()
    one._conductor = theirs
    monkeypatch.setattr(one._log, "write", lambda line: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    one.take(0, ("idle", [5000]))
    assert ours.recv() == Said("there is no session log: No space left on device")
    one.take(3, ("idle", [5000]))
    one.gone()
    assert far.sent
