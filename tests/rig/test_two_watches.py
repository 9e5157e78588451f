"""Two watches over the player's notes: each told by the player, each enough; what they have done is said once."""

from __future__ import annotations

import pickle
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import pytest

from instrument.playing.messages import Said, Sweep, Watching
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.time.clock import Bell, ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.playing.turn import Exits
from instrument.ports.log import watchdog
from instrument.ports.log.log_pipe import HEARTBEAT, LogPipe
from instrument.ports.midi.input import BURST, CLOCKS, Inbox, MidiInput
from instrument.ports.midi.output import MidiOutput
from instrument.ports.outputs import Midi
from instrument.rig.watchdog_service import WatchdogService
from tests.fakes.wire import Wire


def taken(line: Connection, watch: watchdog.Watchdog) -> int:
    """Give a watch all that has come for it. Returns how many records."""
    count = 0
    while line.poll(0):
        watch.take(*line.recv())
        count += 1
    return count


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> list[Wire]:
    """The ports that are opened, in order."""
    found: list[Wire] = []

    def open_output(name: str) -> MidiOutput:
        found.append(Wire())
        return MidiOutput(found[-1], name)

    monkeypatch.setattr(watchdog.output, "open_output", open_output)
    return found


def test_each_of_the_two_ends_what_sounds(wires: list[Wire]) -> None:
    (far, first), (other, second) = Pipe(duplex=False), Pipe(duplex=False)
    tape = LogPipe(first, second)
    tape.ports({"out": "Synth"})
    heard: list[Any] = [ReceivedMidi(1.0, "keys", b"\x90\x3c\x50")]
    tape.turn(1.0, 0, heard, Exits([Message(1.0, "on", 1, 60, 80, "out"), Message(1.0, "control", 2, 64, 127, "out")]))
    tape.turn(1.1, 0, heard, Exits([Message(1.1, "on", 1, 64, 80, "out"), Message(1.1, "off", 1, 60, 0, "out")]))
    for line in (far, other):
        watch = watchdog.Watchdog(None, None, ManualClock())
        assert taken(line, watch) == 3
        watch.gone()
    assert len(wires) == 2
    for wire in wires:
        assert {(0x80, 64, 0), (0xB1, 64, 0), (0x80, 60, 0)} <= set(wire.sent)


def test_what_a_server_may_lose_is_said_again_pedals_and_bend_too(wires: list[Wire]) -> None:
    watch = watchdog.Watchdog(None, None, clock := ManualClock())
    watch.take(0, ("ports_there", {"out": "Synth"}))
    watch.take(0, ("follow", [Message(1.0, "control", 2, 64, 127, "out"), Message(1.0, "bend", 3, 0, 90, "out")]))
    watch.gone()
    assert wires[0].sent.count((0xB1, 64, 0)) > 20 and wires[0].sent.count((0xE2, 0, 64)) > 20
    assert 1.5 < clock.now() < 3.0


def test_what_comes_in_is_told_to_the_one_that_logs_alone() -> None:
    (far, first), (other, second) = Pipe(duplex=False), Pipe(duplex=False)
    tape = LogPipe(first, second)
    tape.turn(1.0, 7, [ReceivedMidi(1.0, "keys", b"\xb0\x14\x50")], Exits())
    assert far.recv()[1][0] == "turn"
    assert other.recv()[1] == ("follow", []), "but that the player lives, both hear"
    for number in range(30):
        tape.turn(1.0 + number * HEARTBEAT / 10, 7, [], Exits())
    for line in (far, other):
        assert line.recv()[1][0] == "idle"
        assert line.recv()[1][0] == "idle"


def test_one_that_does_not_read_keeps_nothing_from_the_other() -> None:
    (stuck, first), (far, second) = Pipe(duplex=False), Pipe(duplex=False)
    tape = LogPipe(first, second)
    count = 0
    for number in range(3000):
        out = [Message(1.0, "on", 1, note, 80, "out") for note in range(50)]
        tape.turn(1.0 + number * 0.01, 0, [], Exits(list(out)))
        while far.poll(0):
            far.recv()
            count += 1
    assert count == 3000 and tape.lost
    assert stuck.poll(0)


def test_whoever_takes_over_knows_what_is_about_to_sound() -> None:
    wire = Wire()
    midi = Midi("out", MidiOutput(wire, "Synth"), ManualClock(1.0), Lateness())
    midi.take(Message(1.0, "on", 1, 60, 80, "out"), 1.0)
    midi.flush(1.0)
    midi.take(Message(1.02, "on", 2, 67, 80, "out"), 1.0)
    midi.take(Message(1.02, "control", 3, 64, 127, "out"), 1.0)
    midi.take(Message(1.02, "control", 3, 7, 127, "out"), 1.0)
    assert len(wire.sent) == 1, "the others are held back"
    assert midi.sounding == ([(1, 60), (2, 67)], [(3, ("control", 64))])


def test_another_takes_the_place_of_the_one_that_died() -> None:
    (_, first), (other, second) = Pipe(duplex=False), Pipe(duplex=False)
    tape = LogPipe(first, second)
    far, line = Pipe(duplex=False)
    tape.renew(line, {"out": "Synth"}, {"out": ([(1, 60)], [])}, 1)
    tape.turn(1.0, 0, [], Exits([Message(1.0, "on", 1, 64, 80, "out")]))
    assert [far.recv()[1][0] for _ in range(3)] == ["ports_there", "sounding", "follow"]
    with pytest.raises(EOFError):
        other.recv()


class Living:
    """A process that stays, or has died."""

    def __init__(self, stays: bool) -> None:
        self._stays = stays

    def stays(self, seconds: float) -> bool:
        return self._stays

    def alive(self) -> None: ...


class Plugs:
    def __init__(self) -> None:
        self.line, self.sent = object(), list[object]()

    def send(self, message: object) -> None:
        self.sent.append(message)

    def rest(self, last: type, patience: float) -> list[object]:
        return list(self.sent)


@pytest.mark.parametrize("lives", [(True, True), (True, False), (False, True), (False, False)])
def test_keys_are_swept_only_where_no_watch_is_left(lives: tuple[bool, bool]) -> None:
    both, plugs = WatchdogService(None, lambda line: None, lambda message: None), Plugs()
    for watch, stays in zip(both.both, lives, strict=True):
        watch.child = Living(stays)  # type: ignore[assignment]
        watch.watching(Watching(("out",), ("Synth",)))
    both.instead(plugs)  # type: ignore[arg-type]
    assert plugs.sent == ([] if any(lives) else [Sweep(("Synth",))])


def test_what_both_have_done_is_said_once() -> None:
    said: list[str] = []
    both = WatchdogService(None, said.append, lambda message: None)
    for watch in both.both:
        watch.child = Living(True)  # type: ignore[assignment]
        both._said(watch, Said("the player hangs; 2 notes were ended for it"))
    assert len(said) == 2, "neither is known to be at work: each may be the only one"
    for watch in both.both:
        watch.watching(Watching(("out",), ("Synth",)))
        both._said(watch, Said("again"))
    assert said[2:] == ["again"]


def test_frozen_values_come_through_pickle_as_they_were() -> None:
    values = (
        ReceivedMidi(1.5, "keys", b"\x90\x3c\x50"),
        Message(2.0, "bend", 3, 5, 64, "out"),
        Message(0.0, "clock", 1, 0),
    )
    for one in values:
        again = pickle.loads(pickle.dumps(one, pickle.HIGHEST_PROTOCOL))
        assert again == one and type(again) is type(one) and hash(again) == hash(one)


def test_clocks_faster_than_any_tempo_are_passed_over_and_a_stalled_clock_that_bursts_is_not() -> None:
    class Input:
        def ignore_types(self, **_: bool) -> None: ...

        def set_timed(self, hear: Any) -> None:
            self.hear = hear

    clock, wire = ManualClock(1.0), Input()
    inbox = Inbox(clock, Bell())
    port = MidiInput(wire, "keys", "keys", inbox)
    assert port.there
    for number in range(48):  # a second of 120 bpm, at once
        wire.hear(b"\xf8", 2.0 + number * 1e-4)
    assert len(inbox.take()) == 48
    heard = 0
    for number in range(20_000):  # a second
        wire.hear(b"\xf8", 3.0 + number / 20_000)
        wire.hear(b"\xfa", 3.0 + number / 20_000) if number % 1000 == 0 else None
        heard += len(inbox.take())
    assert heard <= CLOCKS + BURST + 20
    assert heard >= CLOCKS + 20, "what starts the music is never passed over"
