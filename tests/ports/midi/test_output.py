"""MIDI ports with the library replaced by a small one of our own: choosing, sending, failing, closing."""

from __future__ import annotations

import builtins
import sys
import threading
from typing import Any

import mido
import pytest

from instrument.playing.midi.output_message import Message
from instrument.ports.midi import output
from instrument.ports.midi.output import MidiOutput, NoMidi
from tests.fakes.wire import Rtmidi, Wire


def use(monkeypatch: pytest.MonkeyPatch, alsa: list[str] | None, jack: list[str] | None = None) -> Rtmidi:
    library = Rtmidi(alsa, jack)
    monkeypatch.setitem(sys.modules, "rtmidi", library)
    return library


def test_messages_become_bytes() -> None:
    wire = Wire()
    port = MidiOutput(wire, "x")
    port.send(Message(0, "program", 16, 78))
    port.send(Message(0, "control", 10, 7, 100))
    port.send(Message(0, "on", 1, 62, 80))
    port.send(Message(9, "off", 1, 62))
    assert wire.sent == [(0xCF, 78), (0xB9, 7, 100), (0x90, 62, 80), (0x80, 62, 0)]


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (Message(0, "touch", 2, 60, 99), [0xA1, 60, 99]), (Message(0, "pressure", 16, 99), [0xDF, 99]),
        (Message(0, "bend", 1, 3, 64), [0xE0, 3, 64]), (Message(0, "clock", 1, 0), [0xF8]),
        (Message(0, "start", 1, 0), [0xFA]), (Message(0, "continue", 1, 0), [0xFB]),
        (Message(0, "stop", 1, 0), [0xFC]), (Message(0, "position", 1, 0, 16383), [0xF2, 127, 127]),
        (Message(0, "position", 1, 0, 130), [0xF2, 2, 1]),
    ],
)  # fmt: skip
def test_every_kind_becomes_what_mido_reads(message: Message, wire: list[int]) -> None:
    assert output.encode(message) == wire
    assert mido.Message.from_bytes(wire).bytes() == wire
    if message.kind == "position":
        assert mido.Message.from_bytes(wire).pos == message.value


def test_panic_is_for_the_channels_that_were_used() -> None:
    wire = Wire()
    port = MidiOutput(wire, "x")
    for channel in (3, 1, 3):
        port.send(Message(0, "on", channel, 62, 80))
    wire.sent.clear()
    port.panic()
    controllers = [(status, number, 0) for status in (0xB0, 0xB2) for number in (64, 66, 67, 123, 120)]
    assert wire.sent == [(0x80, 62, 0), (0x82, 62, 0), *controllers]
    wire.sent.clear()
    port.panic()
    assert wire.sent == controllers, "what has been ended is not ended again"


def test_panic_twice_ends_every_note_there_is() -> None:
    wire = Wire()
    MidiOutput(wire, "x").panic(all_notes=True)
    assert wire.sent == [(0x80 | channel, note, 0) for channel in range(16) for note in range(128)]


def test_a_port_that_has_gone_never_stops_the_music() -> None:
    class Gone(Wire):
        def send_message(self, data: list[int]) -> None:
            raise OSError("unplugged")

    port = MidiOutput(Gone(), "x")
    port.send(Message(0, "on", 1, 62, 80))
    port.panic(all_notes=True)
    assert port.lost == "unplugged"


def test_closing_does_not_wait_for_a_driver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "CLOSE_LIMIT", 0.01)
    never = threading.Event()

    class Hangs(Wire):
        def close_port(self) -> None:
            never.wait()

    port = MidiOutput(Hangs(), "x")
    port.close()
    never.set()


def test_closing_twice_and_sending_afterwards() -> None:
    wire = Wire()
    port = MidiOutput(wire, "x")
    port.close()
    port.close()
    port.send(Message(0, "on", 1, 62, 80))
    assert wire.calls.count("close") == 1 and wire.sent == []


def test_a_port_is_chosen_by_part_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, ["Midi Through Port-0", "Launchkey MIDI 1"], ["fluid:in"])
    assert output.outputs() == ["Midi Through Port-0", "Launchkey MIDI 1", "fluid:in"]
    assert output.inputs() == output.outputs()
    assert output.open_output("launchKEY").name == "Launchkey MIDI 1"
    assert output.open_output("FLUID").name == "fluid:in"
    assert output.open_output().name == "Launchkey MIDI 1"  # the first that leads somewhere
    assert fake.opened == [(2, 1, "Launchkey MIDI 1"), (3, 0, "fluid:in"), (2, 1, "Launchkey MIDI 1")]
    assert fake.living == 3  # clients that only looked have gone


def test_jack_is_tried_where_alsa_is_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, None, ["fluid:in"])
    assert output.outputs() == ["fluid:in"]
    assert output.open_output(virtual=True).name == "Lilt (virtual)"
    assert fake.opened == [(3, -1, "Lilt")]


def test_our_own_ports_are_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, ["Lilt:Lilt 128:0", "synth"])
    assert output.outputs() == ["synth"]


def test_no_match_says_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, ["Midi Through Port-0"])
    with pytest.raises(NoMidi) as missing:
        output.open_output("Launchkey")
    assert str(missing.value).startswith('no MIDI output matches "Launchkey". Found: "Midi Through Port-0". ')
    with pytest.raises(NoMidi, match=r"^no MIDI output\. Found: "):
        output.open_output()


def test_nothing_running_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, None)
    assert output.outputs() == output.inputs() == []
    for name, virtual in (("x", False), (None, False), (None, True)):
        with pytest.raises(NoMidi) as missing:
            output.open_output(name, virtual)
        assert "\n" not in str(missing.value)
    assert fake.living == 0


def test_windows_has_no_virtual_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, ["x"])
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(NoMidi, match="loopMIDI"):
        output.open_output(virtual=True)


@pytest.mark.parametrize(
    ("said", "mend"),
    [
        ("libasound.so.2: cannot open shared object file", "apt install libasound2"),
        ("No module named 'rtmidi'", "pip install python-rtmidi"),
    ],
)
def test_a_missing_library_is_one_line(monkeypatch: pytest.MonkeyPatch, said: str, mend: str) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "rtmidi":
            raise ImportError(said)
        return usual(name, *rest)

    monkeypatch.delitem(sys.modules, "rtmidi", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoMidi, match=mend) as missing:
        output.open_output("x")
    assert "\n" not in str(missing.value)
    assert output.outputs() == []
