"""Sound of our JACK client, the library replaced by a small one: it fills the ports, is lost, and comes back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from instrument.controls.devices.plugged import NOTHING
from instrument.playing.midi.output_message import Message
from instrument.playing.sound.synth import Synth
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.audio.sound_card import NoAudio
from instrument.ports.jack.client import JackClient
from instrument.ports.jack.sound import JackOutput
from instrument.ports.outputs import EARLIEST, Sound

RATE = 48_000


class Server:
    """What the package offers of a server, as far as the sound needs it."""

    def __init__(self, rate: int = RATE, period: int = 256) -> None:
        self.rate, self.period, self.there = rate, period, True
        self.clients: list[Any] = []

    def Client(self, name: str, no_start_server: bool) -> Any:
        if not self.there:
            raise OSError("no server")
        ports = SimpleNamespace(register=self._register)
        one = SimpleNamespace(
            name=name, samplerate=self.rate, blocksize=self.period, outports=ports, connections=[],
            last_frame_time=0, frames_since_cycle_start=0, activate=lambda: None, close=lambda: None,
            set_shutdown_callback=lambda f: setattr(self, "dies", f),
            set_process_callback=lambda f: setattr(self, "process", f), get_ports=lambda **_: ["left ear", "right ear"],
        )  # fmt: skip
        one.connect = lambda port, place: one.connections.append((port.name, place))
        self.buffers: dict[str, np.ndarray] = {}
        self.clients.append(one)
        return one

    def _register(self, name: str) -> Any:
        buffer = self.buffers[name] = np.full(self.period, 9, np.float32)
        return SimpleNamespace(name=name, get_array=lambda: buffer, _ptr=None)

    def end(self) -> None:
        self.there = False
        self.dies("", "")


def playing(server: Server) -> tuple[JackOutput, JackClient]:
    clock = ManualClock(10.0)
    jack = JackClient(clock, NOTHING)
    jack._library = server  # type: ignore[assignment]
    return JackOutput(Synth(RATE), clock, jack), jack


def test_one_client_plays_the_sound_and_is_connected() -> None:
    server = Server()
    output, jack = playing(server)
    assert [one.name for one in server.clients] == ["Lilt"]
    assert server.clients[0].connections == [("left", "left ear"), ("right", "right ear")]
    output.synth.schedule(0, Message(0, "on", 1, 69, 100))
    loud = 0.0
    for _ in range(20):
        server.process(256)
        loud = max(loud, float(np.abs(server.buffers["left"]).max()))
    assert 0.01 < loud <= 1 and output.synth.frame == 20 * 256
    assert output.latency == pytest.approx(256 / RATE)
    assert not output.look() and not jack.faults


def test_a_fault_of_the_midi_takes_no_sound_with_it_and_the_other_way_round() -> None:
    server = Server()
    output, jack = playing(server)
    jack.cycle = lambda begins: 1 / 0  # type: ignore[assignment, return-value]
    server.process(256)
    assert output.synth.frame == 256 and jack.faults == 1
    told: list[float] = []
    jack.cycle, jack.sound = told.append, lambda frames: 1 / 0  # type: ignore[assignment, return-value]
    server.process(256)
    assert len(told) == 1 and jack.faults == 2


def test_a_server_that_goes_is_sought_and_its_frames_go_on() -> None:
    server = Server()
    output, _ = playing(server)
    server.process(256)
    server.end()
    assert output.look()
    output._again()
    assert output.look(), "no server is there yet"
    server.there = True
    output._again()
    assert not output.look() and len(server.clients) == 2
    server.process(256)
    assert output.synth.frame == 512
    assert server.clients[1].connections, "connected again"


def test_a_client_that_somebody_else_has_opened_again_gets_the_sound_too() -> None:
    server = Server()
    output, jack = playing(server)
    server.end()
    server.there = True
    assert jack.open(), "the cables have asked first"
    assert output.look(), "its ports are not there yet"
    output._again()
    assert not output.look() and len(server.clients) == 2
    server.process(256)
    assert output.synth.frame == 256


def test_another_rate_is_refused_in_a_line_and_the_client_is_there_for_midi() -> None:
    clock, server = ManualClock(10.0), Server(rate=44_100)
    jack = JackClient(clock, NOTHING)
    jack._library = server  # type: ignore[assignment]
    with pytest.raises(NoAudio, match="44100 frames per second, the synth at 48000"):
        JackOutput(Synth(RATE), clock, jack)
    assert jack.alive and jack.sound is None


def test_closed_it_plays_nothing_more() -> None:
    server = Server()
    output, jack = playing(server)
    output.close()
    server.process(256)
    assert output.synth.frame == 0 and jack.sound is None
    server.end()
    server.there = True
    output._again()
    server.process(256)
    assert output.synth.frame == 0, "nor from a server that comes late"


@pytest.mark.parametrize("period", [64, 1024, 8192, 16_384, 32_768])
def test_a_period_that_somebody_changes_while_it_plays_is_filled_and_allowed_for(period: int) -> None:
    server = Server()
    output, jack = playing(server)
    sound = Sound(output.synth, output, Lateness())
    server.process(256)
    server.clients[0].blocksize = period
    for side in server.buffers:
        server.buffers[side].resize(period, refcheck=False)
    output.synth.schedule(0, Message(0, "on", 1, 69, 100))
    for _ in range(8):
        server.process(period)
    assert not jack.faults and not output.faults
    assert np.abs(server.buffers["left"][-64:]).max() > 0.001
    before = sound.delay
    sound.flush(20.0)
    assert output.latency == pytest.approx(period / RATE)
    assert sound.delay + EARLIEST == pytest.approx(max(period / RATE, EARLIEST)) and sound.delay >= before


def test_a_server_of_long_periods_is_played_from_the_start() -> None:
    output, jack = playing(server := Server(period=16_384))
    server.process(16_384)
    assert not jack.faults and output.synth.frame == 16_384
