"""Odd ports and crowds of odd messages at the inputs: what must come in order comes so, what is too long goes no
farther, and a name is ours only where it is."""

from __future__ import annotations

import sys

import pytest

from instrument.controls.midi_messages import decode
from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Released
from instrument.playing.midi.input_channels import InputChannels
from instrument.playing.midi.machine_control import LONGEST, understood
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.time.clock import Bell, ManualClock
from instrument.playing.time.sync import Sync
from instrument.ports.midi import system
from instrument.ports.midi.input import FULLEST, Inbox, MidiInput
from instrument.ports.system.outbox import folded
from tests.fakes.wire import Rtmidi, Wire


def inbox() -> Inbox:
    return Inbox(ManualClock(), Bell())


def parameter(channel: int, number: int, value: int) -> list[bytes]:
    """A registered parameter set, and none chosen behind it."""
    pairs = ((101, 0), (100, number), (6, value), (101, 127), (100, 127))
    return [bytes((0xB0 | channel, *pair)) for pair in pairs]


@pytest.mark.parametrize("crowd", [0, 100, 2 * FULLEST])
def test_what_a_controller_says_of_its_zone_when_it_is_plugged_in_is_understood(crowd: int) -> None:
    """MPE controllers say all of it at once: the zone, and the bend range of sixteen channels."""
    one, channels = inbox(), InputChannels()
    messages = parameter(0, 6, 15) + [m for channel in range(16) for m in parameter(channel, 0, 24 + channel)]
    for message in messages:
        one.put("keys", message)
    for n in range(crowd):
        one.put("keys", bytes((0xE0, 0, n % 128)))
    for heard in one.take():
        if isinstance(heard, ReceivedMidi) and heard.message is not None:
            channels.hear("keys", heard.message)
    assert channels.manager("keys", 7) == 1
    channels.hear("keys", decode(b"\xe5\x7f\x7f"))  # type: ignore[arg-type]
    assert channels.bend("keys", 6, alone=True) == pytest.approx(39, abs=0.01), "the newest range of the zone's members"


@pytest.mark.parametrize("numbers", [(0, 32), (98, 99, 6, 38), (100, 101, 6, 96, 97), (121, 123, 120, 126)])
def test_what_counts_by_its_order_is_never_folded(numbers: tuple[int, ...]) -> None:
    sent = [ReceivedMidi(n / 1000, "keys", bytes((0xB0, number, n))) for n in range(90) for number in numbers]
    assert folded(sent) == sent
    one = inbox()
    for heard in sent:
        one.put("keys", heard.data)
    assert [heard.data for heard in one.take() if isinstance(heard, ReceivedMidi)] == [heard.data for heard in sent]


@pytest.mark.parametrize("number", [120, 121, 123, 126])
def test_a_full_inbox_keeps_what_ends_all_notes(number: int) -> None:
    one = inbox()
    for n in range(FULLEST):
        one.put("keys", bytes((0x90, n % 128, 80)))
    one.put("keys", bytes((0xB0, number, 0)))
    one.put("keys", b"\x90\x3c\x50")
    taken = one.take()
    assert isinstance(taken[-1], ReceivedMidi) and taken[-1].data == bytes((0xB0, number, 0))
    for _ in range(3 * FULLEST):
        one.put("keys", bytes((0xB0, number, 0)))
    assert one.take()[-1] == Released("keys"), "more than there is room for: the input is let go of"


@pytest.mark.parametrize("length", [LONGEST + 1, 4096, 2**20])
def test_machine_control_of_a_megabyte_is_not_kept(length: int) -> None:
    one, wire = inbox(), Wire()
    MidiInput(wire, "desk", "Desk", one)
    message = bytes((0xF0, 0x7F, 0x7F, 0x06, 0x02)) + bytes(length - 6) + b"\xf7"
    assert len(message) == length
    wire.arrive(*message)
    wire.arrive(*b"\xf0\x7f\x10\x06\x02\xf7")
    assert [heard.data for heard in one.take() if isinstance(heard, ReceivedMidi)] == [b"\xf0\x7f\x10\x06\x02\xf7"]
    assert understood(message) is None


@pytest.mark.parametrize("data", [b"\xfa\x00", b"\xfb\x01\x02", b"\xf8\xf8", b"\xf2", b"\xf2\x01", b"\xfc\x00"])
def test_what_is_cut_short_or_too_long_moves_no_music_and_takes_over_from_nobody(data: bytes) -> None:
    sync = Sync(Snapshot().with_values([("clock.source", "midi")]))
    for n in range(60):
        sync.hear(ReceivedMidi(1 + n / 48, "band", b"\xf8"))
    before = sync.transport.state, sync.follower.count
    order = sync.hear(ReceivedMidi(9.0, "other", data))
    assert not order.play and order.locate is None and (sync.transport.state, sync.follower.count) == before
    sync.hear(ReceivedMidi(2 + 12 / 48, "band", b"\xf8"))
    assert sync.follower.count == before[1] + 1


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("Lilt:out", False), ("Lilt:Lilt 128:0", False), ("Lilt-02:out_synth", False), ("Lilt look:look 130:0", False),
        ("Lilt in (virtual)", False), ("Lilt in", False), ("Lilt", False), ("Lilt 1", False), ("Lilt mic:in", False),
        ("Lilting Synth:in", True), ("Liltwave 20:0", True), ("Lilt Piano:midi in", True), ("lilt:out", True),
        ("My Lilt:in", True), ("", True),
    ],
)  # fmt: skip
def test_a_port_is_ours_by_its_whole_name(name: str, foreign: bool) -> None:
    assert system.foreign(name) is foreign


ODD = ["Gerät ♪ 20:0", "a" * 300, "odd (x) [y] *+?: 21:0", "Tab\tand\nline", "🎹 Keys", "\u202eright to left", "A:B:C"]


@pytest.mark.parametrize("name", ODD)
def test_a_port_of_an_odd_name_is_opened_by_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", library := Rtmidi(["first", *ODD]))
    wire, whole, _ = system.open_named(system.OUT, name)
    assert whole == name and library.opened[-1][1] == 1 + ODD.index(name) and wire is not None
