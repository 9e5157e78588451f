"""Bends and pressure over OSC and to pages, note by note and in semitones, in virtual time."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pythonosc.osc_message_builder import build_msg

from instrument.controls.devices.plugged import InputPort, OscTarget, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, PlayerSetup, Plug, Sounding
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import LISTENERS, Performance
from instrument.playing.schedule.route import Route
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.network.listeners import Listeners
from instrument.ports.osc.packet import OscCall, read_packet
from instrument.ports.osc_out.note_output import OscEnd, OscNotes, is_target, open_end
from instrument.ports.osc_out.note_packets import ADDRESSES, wall_of
from tests.fakes.osc_show import Show

LOWER = ((0xB0, 101, 0), (0xB0, 100, 6), (0xB0, 6, 15))
MOVES = (("soprano", 60, "bend", 0.5), ("soprano", 60, "pressure", 9.0), ("alto", 60, "bend", 1.0))
MPE = {"voice.soprano.channel": 16, "voice.soprano.bend": "mpe"}


class Stage:
    """Keys that play a voice, an OSC target and a page that listens."""

    def __init__(self, values: dict[str, Any] | None = None, format: str = "lilt") -> None:
        self.clock, self.packets, self.told = ManualClock(100.0), list[bytes](), list[Sounding]()
        target = OscTarget("ear", "127.0.0.1", 9, format)
        end = OscEnd("127.0.0.1", 9, {})
        end.play = self.packets.append  # type: ignore[method-assign]
        self.osc = OscNotes(target, end, self.clock, Lateness(), self.clock.now)
        self.listeners = Listeners(self.told.append)
        snapshot = Snapshot().with_values({"voice.soprano.on": True, **(values or {})}.items())
        channel = int(snapshot.values["voice.soprano.channel"])
        plugged = Plugged(inputs=(InputPort("keys", "keys"),), osc=(target,))
        setup = PlayerSetup(snapshot, (), {"melody": (1, 0), "soprano": (channel, 0)}, {}, midi=plugged)
        self.performance = Performance(setup, ("ear", LISTENERS), 0.02)
        self.osc.routes = self.listeners.routes = self.performance.player.scheduler.routes
        self.take(Plug(LISTENERS, True), Act("transport.play"), Act("transport.stop"))
        self.packets.clear()
        self.told.clear()

    def take(self, *entries: Any) -> None:
        self.clock.advance(0.05)
        exits = self.performance.turn(self.clock.now(), entries)
        assert not exits.faults, exits.faults
        for one in exits.out:
            for output in (self.osc, self.listeners):
                if isinstance(one, Silence):
                    output.silence([off for off in one.offs if off.port == output.name], one.everything)
                elif one.port == output.name:
                    output.take(one, self.clock.now())
        self.listeners.flush(self.clock.now())

    def hear(self, *messages: tuple[int, ...]) -> list[tuple[str, tuple[Any, ...]]]:
        """What goes to the target, its addresses without their beginning. A page that listens must hear the same."""
        self.packets.clear()
        self.told.clear()
        for data in messages:
            self.take(ReceivedMidi(self.clock.now(), "keys", bytes(data)))
        calls = [call for data in self.packets for call in read_packet(data) if isinstance(call, OscCall)]
        heard = [(call.address.removeprefix("/lilt/note/"), rounded(call.arguments)) for call in calls]
        page = list[tuple[str, tuple[Any, ...]]]()
        for one in self.told:
            page += [
                (f"{voice}/{'on' if how else 'off'}", (pitch, how)[: 2 if how else 1])
                for _, voice, pitch, how in one.notes
            ]
            page += [(f"{voice}/{what}", rounded((pitch, value))) for _, voice, pitch, what, value in one.moves]
        assert sorted(page) == sorted(heard)
        return heard


def rounded(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(round(one, 2) for one in arguments)


def test_a_wheel_bends_every_note_of_the_voice_in_semitones_of_its_range() -> None:
    stage = Stage({"voice.soprano.bend_range": 12})
    assert stage.hear((0x90, 60, 80), (0x90, 64, 70)) == [("soprano/on", (60, 80)), ("soprano/on", (64, 70))]
    up = stage.hear((0xE0, 0, 96))  # half of the way up
    assert up == [("soprano/bend", (60, 6.0)), ("soprano/bend", (64, 6.0))]
    assert stage.hear((0xD0, 90)) == [("soprano/pressure", (60, 90)), ("soprano/pressure", (64, 90))]
    assert stage.hear((0x80, 60, 0)) == [("soprano/off", (60,))]
    begun = stage.hear((0x90, 67, 80))
    assert begun == [("soprano/on", (67, 80)), ("soprano/bend", (67, 6.0)), ("soprano/pressure", (67, 90))]
    back = stage.hear((0xB0, 121, 0))
    assert set(back) >= {("soprano/bend", (64, 0.0)), ("soprano/bend", (67, 0.0)), ("soprano/pressure", (67, 0))}
    assert stage.hear((0x90, 71, 80)) == [("soprano/on", (71, 80))], "unbent"


def test_each_note_of_an_mpe_voice_is_bent_alone_and_its_manager_bends_all() -> None:
    stage = Stage(MPE)
    stage.hear(*LOWER)
    assert stage.hear((0x91, 60, 80), (0x92, 64, 70)) == [("soprano/on", (60, 80)), ("soprano/on", (64, 70))]
    assert stage.hear((0xE1, 0, 80)) == [("soprano/bend", (60, 12.0))], "a quarter of 48"
    assert stage.hear((0xD2, 55)) == [("soprano/pressure", (64, 55))]
    assert stage.hear((0xE0, 0, 96)) == [("soprano/bend", (64, 1.0)), ("soprano/bend", (60, 13.0))]
    stage.take(Act("panic"))
    assert stage.hear((0x93, 60, 80)) == [("soprano/on", (60, 80))], "nothing is left of it"


def test_two_members_on_one_number_end_with_the_last() -> None:
    stage = Stage(MPE)
    stage.hear(*LOWER, (0x91, 60, 80), (0x92, 60, 70))
    assert stage.hear((0x81, 60, 0)) == []
    assert stage.hear((0x82, 60, 0)) == [("soprano/off", (60,))]


def test_who_listens_again_hears_nothing_of_a_bend_that_was_let_go_meanwhile() -> None:
    stage = Stage()
    stage.hear((0x90, 60, 80), (0xE0, 0, 96), (0x80, 60, 0))
    stage.take(Plug(LISTENERS, False))
    stage.take(ReceivedMidi(stage.clock.now(), "keys", bytes((0xE0, 0, 64))))
    stage.take(Plug(LISTENERS, True))
    assert stage.hear((0x90, 60, 80)) == [("soprano/on", (60, 80))]


def test_superdirt_has_the_bend_with_which_a_note_begins() -> None:
    stage = Stage(format="dirt")
    stage.packets.clear()
    for data in ((0xE0, 0, 96), (0x90, 62, 80), (0xE0, 0, 64)):
        stage.take(ReceivedMidi(stage.clock.now(), "keys", bytes(data)))
    ((address, arguments),) = [
        (c.address, c.arguments) for data in stage.packets for c in read_packet(data) if isinstance(c, OscCall)
    ]
    said = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert address == "/dirt/play" and said["note"] == 3.0


def test_a_bend_has_the_time_tag_of_its_moment() -> None:
    clock, packets = ManualClock(100.0), list[bytes]()
    end = OscEnd("127.0.0.1", 9, {})
    end.play = packets.append  # type: ignore[method-assign]
    output = OscNotes(OscTarget("ear", "127.0.0.1", 9, "lilt"), end, clock, Lateness(), lambda: 1e9 + clock.now())
    output.routes = {"soprano": Route(("ear",), 3)}
    output.take(Message(100.02, "on", 3, 62, 90, "ear"), 100.0)
    output.take(Message(100.05, "bend", 3, 0, 96, "ear"), 100.03)
    calls = [call for data in packets for call in read_packet(data) if isinstance(call, OscCall)]
    assert [(c.address, c.arguments) for c in calls][1:] == [("/lilt/note/soprano/bend", (62, 1.0))]
    assert wall_of(calls[1].tag) == pytest.approx(1e9 + 100.05, abs=1e-6)


def test_a_subscriber_hears_the_moves_it_asked_for(show: Show) -> None:
    show.server.notes.play = lambda record: None
    assert {"/lilt/note/soprano/bend", "/lilt/note/soprano/pressure"} <= set(ADDRESSES)
    show.server.notes.subscribe(("127.0.0.1", 5), ("127.0.0.1", 5), ["/lilt/note/soprano/bend"])
    show.sent.clear()
    moves = tuple((100.0, *one) for one in MOVES)
    show.server.notes.publish(Sounding(1, (), moves))
    calls = [call for data in show.sent for call in read_packet(data) if isinstance(call, OscCall)]
    assert [(c.address, c.arguments) for c in calls] == [("/lilt/note/soprano/bend", (60, 0.5))]


def test_who_reads_no_bundles_is_sent_each_message_alone_at_its_moment() -> None:
    clock, packets = ManualClock(100.0), list[tuple[float, bytes]]()
    target = OscTarget("pi", "127.0.0.1", 9, "plain", offset_ms=10.0)
    end = OscEnd("127.0.0.1", 9, {}, plain=True)
    end.play = lambda data: packets.append((clock.now(), data))  # type: ignore[method-assign]
    output = OscNotes(target, end, clock, Lateness(), clock.now)
    output.routes = {"melody": Route(("pi",), 1)}
    output.take(Message(100.02, "on", 1, 62, 90, "pi"), 100.0)
    output.take(Message(100.025, "off", 1, 62, 0, "pi"), 100.0)
    output.take(Message(100.04, "on", 1, 64, 90, "pi"), 100.0)
    assert not packets and output.flush(100.0) == pytest.approx(100.03)
    clock.advance(0.03)
    output.flush(clock.now())
    assert [at for at, _ in packets] == pytest.approx([100.03])
    output.silence([], False)
    said = [call.address for _, data in packets for call in read_packet(data) if isinstance(call, OscCall)]
    ends = ["/lilt/note/melody/off", "/lilt/note/melody/off", "/lilt/note/off"]
    assert said == ["/lilt/note/melody/on", *ends], "what had begun is ended; what had not never begins"


def test_a_plain_end_sends_messages_and_is_opened_as_such_by_its_name() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        target = OscTarget("pi", "127.0.0.1", ear.getsockname()[1], "plain")
        output = OscNotes(target, OscEnd(target.host, target.port, {}, plain=True), ManualClock(1.0), Lateness())
        assert is_target(output.whole)
        end = open_end(output.whole, {1: "melody"})
        end.send_message([0x80, 60, 0])
        assert ear.recv(1000).startswith(b"/lilt/note/melody/off\0"), "the watch, after the player"
        end.close_port()
        output.close()
        assert ear.recv(1000).startswith(b"/lilt/note/off\0")


def test_a_subscriber_that_wants_no_bundles_is_sent_none(show: Show) -> None:
    for last, begins in ((0, b"/lilt/note/melody/on\0"), (1, b"#bundle\0")):
        show.take(build_msg("/lilt/subscribe", [4560, "/lilt/note/melody/*", 30, last]).dgram)
        show.sent.clear()
        show.server.notes.publish(Sounding(last + 1, ((100.0, "melody", 62, 90),)))
        assert [data[: len(begins)] for data in show.sent] == [begins]
