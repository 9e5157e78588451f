"""Odd clients beside ours on a real server: names of any bytes, one that has our name, and periods that are changed."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import jack
import pytest

from instrument.controls.devices.plugged import OutputPort, Plugged
from instrument.playing.messages import Present
from instrument.playing.time.lateness import Lateness
from instrument.ports.jack import port_list
from instrument.ports.jack.client import JackClient
from instrument.ports.jack.midi_ports import JackOut
from instrument.ports.midi import system
from instrument.ports.midi.output import MidiOutput
from instrument.ports.outputs import Midi
from instrument.ports.reconnect import Reconnector
from tests.fakes.jackd import CLOCK, serving_us, until

pytestmark = [
    pytest.mark.realtime, pytest.mark.peers,
    pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed"),
]  # fmt: skip
NAMES = (b"good", b"bad\xff\xfe", "Gerät ♪".encode(), b"Lilting", b"a" * 63, b"odd (x) [y] *+?", b"Lilt")
SHORT = b"in \xf0\x28"  #: of each one's port: no UTF-8 either


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, int]]:
    """A server with clients of all these names, each with a MIDI input. By the name that can be read."""
    library = ctypes.CDLL("libjack.so.0")
    library.jack_client_open.restype = library.jack_port_register.restype = ctypes.c_void_p
    library.jack_client_open.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    numbers = [ctypes.c_ulong, ctypes.c_ulong]
    library.jack_port_register.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, *numbers]
    library.jack_activate.argtypes = library.jack_client_close.argtypes = [ctypes.c_void_p]
    with serving_us(), ExitStack() as closing:
        opened = {}
        for name in NAMES:
            client = library.jack_client_open(name, 1, None)
            closing.callback(library.jack_client_close, client)
            opened[name.decode("utf-8", "ignore")] = client
            assert library.jack_port_register(client, SHORT, port_list.MIDI, port_list.TAKES, 0)
            library.jack_activate(client)
        yield opened


def opened_port(client: int, name: bytes) -> int:
    """A MIDI input more of a client."""
    register = ctypes.CDLL("libjack.so.0").jack_port_register
    register.restype = ctypes.c_void_p
    register.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong]
    port = register(client, name, port_list.MIDI, port_list.TAKES, 0)
    assert port
    return int(port)


@pytest.fixture
def ours(clients: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[JackClient]:
    client = JackClient(CLOCK, Plugged((OutputPort("synth", "good"),)))
    assert client.open()
    monkeypatch.setattr(system, "own_jack", client)
    yield client
    client.close()


def test_whatever_others_are_called_all_are_listed_and_opened(ours: JackClient, clients: dict[str, int]) -> None:
    assert ours.client.name != "Lilt", "that name was taken"
    there = ours.targets(system.OUT)
    assert there == [f"{name}:in (" for name in clients]
    offered = [name for api, name in system.ports(system.OUT) if api == system.jack_api()]
    assert offered == [name for name in there if not name.startswith("Lilt:")]
    for name in offered:
        wire, whole, _ = system.open_named(system.OUT, name, end="synth")
        assert isinstance(wire, JackOut) and whole == name
        assert jack._lib.jack_port_connected(wire._port._ptr) == 1
        wire.close_port()


def test_a_port_of_theirs_that_has_gone_does_not_open(ours: JackClient) -> None:
    wire: Any = ours.wire(system.OUT, "synth")
    wire.open_virtual_port("")
    assert not port_list.connect(ours.client, wire._port, "bad:out")


@pytest.mark.parametrize("odd", [b"renamed", "fünf ♪".encode(), b"\xf0\x28 again"])
def test_a_port_that_its_owner_renames_stays_connected_and_is_known_by_its_new_name(
    ours: JackClient, clients: dict[str, int], odd: bytes
) -> None:
    rename = ctypes.CDLL("libjack.so.0").jack_port_rename
    rename.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p]
    port = opened_port(clients["good"], b"out " + odd[:1])
    output = MidiOutput(*system.open_named(system.OUT, "good:out", end="synth"))
    end = Midi("synth", output, CLOCK, Lateness())
    cables = Reconnector(Plugged((OutputPort("synth", "good:out"),)), [end], [])
    present = lambda: Present(tuple((system.jack_api(), n) for n in ours.targets(system.OUT)), (), 1)  # noqa: E731
    assert not cables.found(present()) and end.there
    assert not rename(clients["good"], port, odd)
    read = "good:" + odd.decode("utf-8", "ignore")
    assert until(lambda: read in ours.targets(system.OUT), 10)
    assert not cables.found(present()), "nothing has gone"
    assert end.there and end.whole == read and output.wire is not None and output.wire.connected() == [read]
    ctypes.CDLL("libjack.so.0").jack_port_unregister(ctypes.c_void_p(clients["good"]), ctypes.c_void_p(port))
    assert [plug.there for plug in cables.found(present())] == [False]
    output.wire.close_port()


def test_periods_change_and_the_server_runs_free_and_our_time_goes_on(ours: JackClient) -> None:
    cycles: list[float] = []
    ours.cycle = cycles.append
    for change in (lambda: setattr(ours.client, "blocksize", 1024), lambda: setattr(ours.client, "blocksize", 64),
                   lambda: ours.client.set_freewheel(True), lambda: ours.client.set_freewheel(False)):  # fmt: skip
        change()
        before = len(cycles)
        assert until(lambda: len(cycles) > before + 20, 20)  # noqa: B023
    CLOCK.sleep_until(CLOCK.now() + 0.5)
    assert not ours.faults and ours.alive and ours.period == pytest.approx(64 / 48_000)
    assert until(lambda: abs(cycles[-1] - CLOCK.now()) < 0.02, 10), "a cycle begins when it says"
