"""Our JACK client in virtual time, the library replaced by a small one: messages on frames, whatever the cycle."""

from __future__ import annotations

import random
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from instrument.controls.devices.plugged import InputPort, OutputPort, Plugged
from instrument.playing.midi.output_message import Message
from instrument.playing.time.clock import Bell, ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.jack.client import SLACK, JackClient
from instrument.ports.jack.midi_ports import JackOut
from instrument.ports.midi import system
from instrument.ports.midi.input import Inbox, MidiInput
from instrument.ports.midi.output import MidiOutput, encode
from instrument.ports.outputs import LEAD, Midi

RATE, TURN = 48_000, 0.005
WANTED = Plugged((OutputPort("synth", None), OutputPort("second", None)), (InputPort("keys", None),))


class Port:
    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name, self.written = server, name, list[tuple[int, bytes]]()
        self.coming: list[tuple[int, bytes]] = []
        self.connections: list[Any] = []
        self.room, self.bytes = 1000, 32_768

    def clear_buffer(self) -> None:
        self.here = self.full = 0
        self.newest = 0

    def write_midi_event(self, offset: int, data: bytes) -> None:
        assert self.newest <= offset < self.server.period, "in order, within the cycle"
        if self.here >= self.room or self.full + len(data) > self.bytes:
            raise RuntimeError("no room")
        self.here, self.newest, self.full = self.here + 1, offset, self.full + len(data)
        self.written.append((self.server.frame + offset, data))

    def incoming_midi_events(self) -> list[tuple[int, bytes]]:
        coming, self.coming = self.coming, []
        return coming

    def unregister(self) -> None:
        self.server.ports.pop(self.name.split(":")[1], None)


class Server:
    """A server with our one client, and its library."""

    def __init__(self, clock: ManualClock, period: int, late: float = 0.0) -> None:
        self.clock, self.period, self.late = clock, period, late
        self.frame, self.base, self.began = 2**32 - 5 * period, 0, clock.now()  # its count is about to wrap
        self.first = self.frame
        self.ports: dict[str, Port] = {}
        self.clients = 0
        self._rng = random.Random(5)

    def Client(self, name: str, no_start_server: bool) -> Any:
        self.clients += 1
        ports = SimpleNamespace(register=self._register)
        self.client = SimpleNamespace(
            name=name, samplerate=RATE, blocksize=self.period, midi_outports=ports, midi_inports=ports,
            set_shutdown_callback=lambda f: setattr(self, "shutdown", f), activate=lambda: None, close=lambda: None,
            set_process_callback=lambda f: setattr(self, "process", f), get_ports=lambda **_: [],
        )  # fmt: skip
        return self.client

    def _register(self, name: str) -> Port:
        assert name not in self.ports, "a name is given once"
        self.ports[name] = Port(self, f"Lilt:{name}")
        return self.ports[name]

    def cycle(self) -> None:
        """The next one, its thread woken a little late."""
        starts = self.began + (self.frame - self.first) / RATE
        late = self._rng.random() * self.late
        self.clock.advance(max(0.0, starts + late - self.clock.now()))
        self.client.last_frame_time = self.frame % 2**32
        self.client.frames_since_cycle_start = int((self.clock.now() - starts) * RATE)
        self.process(self.period)
        self.frame += self.period

    def at(self, frame: int) -> float:
        return self.began + (frame - self.first) / RATE


class Rig:
    def __init__(self, period: int, late: float = 0.0, lead: float | None = None) -> None:
        self.clock = ManualClock(100.0)
        self.server = Server(self.clock, period, late)
        self.jack = JackClient(self.clock, WANTED)
        self.jack._library = self.server  # type: ignore[assignment]
        self.jack.open()
        self.jack.lead = max(LEAD, self.jack.early) if lead is None else lead
        wire = self.jack.wire(system.OUT, "synth")
        assert isinstance(wire, JackOut)
        wire.open_virtual_port("")
        self.out = Midi("synth", MidiOutput(wire, "Lilt"), self.clock, Lateness())
        self.port = self.server.ports["out"]

    def run(self, messages: list[Message], seconds: float) -> None:
        """Messages come `lead` before they are due, at the player's turns."""
        messages = sorted(messages, key=lambda message: message.due)
        ends = self.clock.now() + seconds
        turn = self.clock.now()
        while self.clock.now() < ends:
            while turn + TURN < self.server.at(self.server.frame):
                turn += TURN
                while messages and messages[0].due <= turn + self.jack.lead:
                    self.out.take(messages.pop(0), turn)
            self.server.cycle()

    def off(self, dues: list[float]) -> list[float]:
        """Frames from each message's moment to where it was written."""
        written = [self.server.at(frame) for frame, _ in self.port.written]
        assert len(written) == len(dues)
        return [abs(at - due) * RATE for at, due in zip(written, sorted(dues), strict=True)]


@pytest.fixture(autouse=True)
def _no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "jack_api", lambda: 3)


def clocks(bpm: float, since: float, count: int) -> list[Message]:
    return [Message(since + n * 60 / bpm / 24, "clock", 1, 0) for n in range(count)]


@pytest.mark.parametrize("period", (64, 128, 256, 1024, 2048))
def test_every_message_is_on_its_frame(period: int) -> None:
    rig = Rig(period, late=0.0005)
    notes = [Message(101 + n * 0.0437, "on", 1, 60 + n % 12, 80) for n in range(200)]
    messages = [*clocks(120, 101, 400), *notes]
    rig.run(messages, 11)
    assert max(rig.off([message.due for message in messages])) <= 1 + 0.0003 * RATE


@pytest.mark.parametrize("period", (128, 1024))
def test_a_steady_clock_is_steady_to_the_frame(period: int) -> None:
    rig = Rig(period)
    rig.run(clocks(120, 101, 400), 11)
    frames = [frame for frame, _ in rig.port.written]
    assert {b - a for a, b in pairwise(frames)} <= {999, 1000, 1001}


def test_where_messages_come_too_late_for_the_cycle_all_are_later_by_the_same() -> None:
    rig = Rig(2048, lead=LEAD)
    dues = [message.due for message in clocks(120, 101, 100)]
    rig.run(clocks(120, 101, 100), 5)
    shift = 2048 / RATE + SLACK - LEAD
    assert max(rig.off([due + shift for due in dues])) <= 2


def test_silence_takes_back_what_is_not_written_and_ends_what_sounds() -> None:
    rig = Rig(1024)
    rig.run([Message(101, "on", 1, 60, 80)], 1.2)
    rig.out.take(Message(rig.clock.now() + 0.02, "on", 1, 62, 80), rig.clock.now())
    rig.out.silence([Message(rig.clock.now(), "off", 1, 60, 0)], False)
    rig.server.cycle()
    sent = [data for _, data in rig.port.written]
    assert bytes(encode(Message(0, "off", 1, 60))) in sent
    assert not any(data[0] == 0x90 and data[1] == 62 for data in sent)
    assert not rig.out.port.down


def test_a_full_cycle_leaves_the_rest_to_the_next_in_order() -> None:
    rig = Rig(1024)
    rig.port.room = 3
    for note in range(10):
        rig.out.port.send(Message(0, "on", 1, note, 80))
    for _ in range(5):
        rig.server.cycle()
    assert [data[1] for _, data in rig.port.written] == list(range(10))


@pytest.mark.parametrize("room", [4, 40])
def test_a_message_larger_than_a_cycle_is_left_out_and_what_is_behind_it_leaves(room: int) -> None:
    rig = Rig(1024)
    rig.port.bytes = room
    for data in ([0x90, 60, 80], [0xF0, *[1] * 100, 0xF7], [0x80, 60, 0], [0xF0, *[2] * (room - 2), 0xF7], [0xFE]):
        rig.out.port.raw(data)
    for _ in range(6):
        rig.server.cycle()
    assert [data[0] for _, data in rig.port.written] == [0x90, 0x80, 0xF0, 0xFE]


def test_what_comes_in_has_its_moment() -> None:
    rig = Rig(1024)
    inbox = Inbox(rig.clock, Bell())
    wire = rig.jack.wire(system.IN, "keys")
    assert wire is not None
    wire.open_virtual_port("")
    MidiInput(wire, "keys", "Lilt in", inbox)
    for _ in range(20):
        rig.server.cycle()
    frame = rig.server.frame
    rig.server.ports["in"].coming = [(100, b"\xf8"), (700, b"\x90\x3c\x40"), (800, b"\xfe"), (900, b"\xf0\x01\xf7")]
    rig.server.cycle()
    heard = inbox.take()
    assert [one.data for one in heard] == [b"\xf8", b"\x90\x3c\x40"]
    assert [one.at for one in heard] == pytest.approx([rig.server.at(frame + n) for n in (100, 700)], abs=2 / RATE)


def test_a_server_that_comes_back_has_the_same_client_and_ports() -> None:
    rig = Rig(256)
    rig.jack.wire(system.OUT, "second").open_virtual_port("")  # type: ignore[union-attr]
    assert sorted(rig.server.ports) == ["out", "out_second"]
    rig.server.shutdown("", "")
    assert not rig.jack.alive
    with pytest.raises(OSError, match="gone"):
        rig.out.port.wire.send_message([0xF8])  # type: ignore[union-attr]
    rig.server.ports.clear()
    wire = rig.jack.wire(system.OUT, "second")
    assert isinstance(wire, JackOut)
    wire.open_virtual_port("")
    assert sorted(rig.server.ports) == ["out_second"], "whichever comes first"
    assert rig.server.clients == 2 and rig.server.client.name == "Lilt"


def test_a_server_that_stood_still_is_caught_up_with() -> None:
    rig = Rig(256)
    rig.run(clocks(120, 101, 40), 2)
    rig.server.began += 0.3  # its frames did not pass meanwhile
    rig.port.written.clear()
    late = clocks(120, rig.clock.now() + 1, 100)
    rig.run(late, 4)
    assert max(rig.off([message.due for message in late])) <= 2
