"""Notes that come over a network into the player's process, in virtual time: when they are handed over, and let go."""

from __future__ import annotations

import threading
from multiprocessing import Pipe
from typing import Any

import pytest

from instrument.playing.messages import Act, Released
from instrument.playing.midi.midi_input import ReceivedMidi, VoiceNote
from instrument.playing.time.clock import Bell, ManualClock
from instrument.ports.log.log_pipe import RecordPipe
from instrument.ports.midi.network_input import AHEAD, FULLEST, PAST, PATIENCE, NetworkInputs

ON, OFF = bytes((0x90, 60, 90)), bytes((0x80, 60, 0))


class Rig:
    """Inputs, and records put as the reader puts them."""

    def __init__(self) -> None:
        self.clock, self.said = ManualClock(100.0), list[Any]()
        self.inputs = NetworkInputs(self.clock, Bell(), 0.02, self.said.append)

    def put(self, *record: Any, lost: int = 0) -> None:
        self.inputs._arrived.append((lost, record))

    def after(self, seconds: float) -> list[Any]:
        self.clock.advance(seconds)
        return self.inputs.take()


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_key_is_handed_over_at_once_with_its_moment(rig: Rig) -> None:
    rig.put("midi", "page 1", 99.9, ON, 0.0)
    assert rig.after(0.0) == [ReceivedMidi(99.9, "page 1", ON)]


@pytest.mark.parametrize(("at", "placed"), [(1.0, 100.0 - PAST), (99.0, 100.0 - PAST), (99.8, 99.8)])
def test_a_moment_long_ago_is_brought_near(rig: Rig, at: float, placed: float) -> None:
    rig.put("midi", "page 1", at, ON, 0.0)
    (heard,) = rig.after(0.0)
    assert heard.at == pytest.approx(placed)


def test_a_note_of_a_time_to_come_waits_until_just_before(rig: Rig) -> None:
    rig.put("midi", "osc here", 101.0, ON, 0.25)
    assert rig.after(0.0) == []
    assert rig.inputs.wake() == pytest.approx(100.98)
    assert rig.after(0.979) == []
    assert rig.after(0.0015) == [ReceivedMidi(101.0, "osc here", ON)]
    assert rig.after(0.24) == []
    (ended,) = rig.after(0.01)
    assert (ended.at, ended.data) == (101.25, OFF)


def test_none_waits_longer_than_the_longest(rig: Rig) -> None:
    rig.put("voice", "osc here", 1e9, "drone", 40, 90, 0.5)
    assert rig.after(0.0) == []
    assert rig.after(AHEAD - 0.03) == []
    (note,) = rig.after(0.02)
    assert note == VoiceNote(110.0, "osc here", "drone", 40, 90)


def test_of_one_input_nothing_is_placed_before_what_it_did_last(rig: Rig) -> None:
    rig.put("midi", "page 1", 99.9, ON, 0.0)
    assert len(rig.after(0.0)) == 1
    rig.put("midi", "page 1", 99.8, OFF, 0.0)
    (ended,) = rig.after(0.0)
    assert ended == ReceivedMidi(99.9, "page 1", OFF), "an offset that was measured anew turns no note round"


def test_a_page_that_goes_lets_go_of_what_it_holds_and_of_what_was_to_come(rig: Rig) -> None:
    rig.put("midi", "page 1", 100.0, ON, 0.0)
    rig.put("midi", "page 1", 101.0, bytes((0x90, 62, 90)), 0.0)
    rig.put("gone", "page 1")
    assert rig.after(0.0) == [Released("page 1")] or rig.said == []
    assert all(not isinstance(one, ReceivedMidi) for one in rig.after(2.0))


@pytest.mark.parametrize(("data", "ends"), [(ON, OFF), (bytes((0xB0, 64, 127)), bytes((0xB0, 64, 0)))])
def test_a_page_without_a_sign_of_life_is_let_go_once_and_only_while_it_holds(
    rig: Rig, data: bytes, ends: bytes
) -> None:
    rig.put("midi", "page 1", 100.0, data, 0.0)
    rig.after(0.0)
    for _ in range(10):
        rig.put("sign", "page 1")
        assert rig.after(PATIENCE["page"] - 0.1) == []
    assert rig.after(PATIENCE["page"] + 0.1) == [Released("page 1")]
    assert len(rig.said) == 1 and "fallen silent" in rig.said[0]
    assert rig.after(60.0) == []
    rig.put("midi", "page 1", rig.clock.now(), data, 0.0)
    rig.put("midi", "page 1", rig.clock.now(), ends, 0.0)
    assert len(rig.after(0.0)) == 2
    assert rig.after(60.0) == [], "it holds nothing"


def test_a_host_that_sends_osc_is_waited_for_longer(rig: Rig) -> None:
    rig.put("voice", "osc here", 100.0, "drone", 40, 90, 0.0)
    rig.after(0.0)
    assert rig.after(PATIENCE["osc"] - 1) == []
    assert rig.after(1.1) == [Released("osc here")]


def test_after_a_panic_nothing_begins_that_waited_and_what_ends_ends(rig: Rig) -> None:
    rig.put("midi", "osc here", 100.0, ON, 1.0)
    rig.put("midi", "osc here", 101.0, bytes((0x90, 62, 90)), 1.0)
    rig.after(0.0)
    rig.inputs.heed([Act("panic")])
    assert [one.data for one in rig.after(3.0)] == [OFF, bytes((0x80, 62, 0))]


def test_what_was_lost_on_the_way_lets_go_of_all(rig: Rig) -> None:
    rig.put("midi", "page 1", 100.0, ON, 0.0)
    rig.after(0.0)
    rig.put("sign", "page 2", lost=3)
    assert rig.after(0.0) == [Released("page 1")]


def test_a_flood_of_notes_to_come_is_bounded(rig: Rig) -> None:
    for n in range(3 * FULLEST):
        rig.put("midi", "osc here", 105.0, bytes((0x90, n % 128, 90)), 0.0)
    rig.after(0.0)
    assert len(rig.inputs._waiting) == FULLEST


def test_it_comes_over_a_line_and_rings_the_bell() -> None:
    clock, bell = ManualClock(100.0), Bell()
    inputs = NetworkInputs(clock, bell, 0.02, lambda text: None)
    theirs, ours = Pipe(duplex=False)
    reader = threading.Thread(target=inputs.join, args=(theirs,))
    reader.start()
    tape = RecordPipe(ours)
    tape.put(("midi", "page 1", 100.0, ON, 0.0))
    assert bell.wait(10.0)
    assert inputs.take() == [ReceivedMidi(100.0, "page 1", ON)]
    tape.close()
    reader.join(10)
    assert not reader.is_alive(), "it ends with its line"
