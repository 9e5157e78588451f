"""Subscribers over real UDP: two tablets, a first touch, bundles by request, and whoever is not on the list."""

from __future__ import annotations

import queue
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from instrument.controls.readings import READINGS
from instrument.controls.table import CONTROLS
from instrument.playing.time.clock import ManualClock
from instrument.ports.network.allowed import Allowed
from instrument.ports.osc.addresses import EVENTS, HEARTBEAT, STATUS
from instrument.ports.osc.server import OscServer
from tests.fakes.subscribed import BPM, BPM_NORM, World

# over real UDP


class Tablet:
    def __init__(self, to: tuple[str, int]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5.0)
        self.to, self.rows = to, queue.SimpleQueue[tuple[str, list[Any]]]()
        self.passed: list[str] = []

    def send(self, address: str, *arguments: Any) -> None:
        self.socket.sendto(build_msg(address, list(arguments)).dgram, self.to)

    def until(self, address: str) -> list[Any]:
        """The arguments of the next message on that address."""
        while True:
            while not self.rows.empty():
                at, arguments = self.rows.get()
                if at == address:
                    return arguments
                self.passed.append(at)
            data = self.socket.recv(65535)
            messages = OscBundle(data) if data.startswith(b"#") else [OscMessage(data)]
            for message in messages:
                self.rows.put((message.address, list(message.params)))


@pytest.fixture
def server() -> Iterator[OscServer]:
    world = World()

    def change(changes: list[tuple[str, Any]]) -> None:
        world.values.update(changes)

    server = OscServer("127.0.0.1", 0, change, lambda name: None, world.values.__getitem__)
    server.start()
    yield server
    server.close()


def test_two_tablets_over_udp_follow_each_other(server: OscServer) -> None:
    one, other = Tablet(server.address), Tablet(server.address)
    one.send("/lilt/subscribe")
    other.send("/lilt/subscribe", "/lilt//norm")
    assert one.until("/lilt/subscribed") == [len(CONTROLS) + len(READINGS) + len(EVENTS)]
    assert one.until(BPM) == [112.0]
    assert other.until(BPM_NORM) == [pytest.approx((112 - 20) / 280)]
    other.send(BPM_NORM, 0.5)
    assert one.until(BPM) == [160.0]
    one.send(BPM, 20)
    assert other.until(BPM_NORM) == [0.0]
    assert len(one.until(STATUS)) == len(HEARTBEAT)
    for tablet in (one, other):
        tablet.socket.close()


class Slow:
    """A receiver in whose changes others hear of it before it has returned, as in a performance."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.server: OscServer | None = None

    def change(self, changes: list[tuple[str, Any]]) -> None:
        self.world.values.update(changes)
        assert self.server is not None
        self.server.tell()


def test_a_first_touch_is_not_told_to_its_own_sender() -> None:
    world = World()
    slow = Slow(world)
    clock = ManualClock(100.0)
    slow.server = server = OscServer(
        "127.0.0.1", 0, slow.change, lambda name: None, world.values.__getitem__, clock=clock
    )
    sent: list[tuple[str, Any]] = []
    server._server.send = lambda data, to: sent.append((OscMessage(data).address, to))  # type: ignore[method-assign]
    client, other = ("127.0.0.1", 50000), ("127.0.0.1", 50001)
    for one in (client, other):
        server.take(build_msg("/lilt/subscribe", [BPM]).dgram, one)
    server.tell()
    sent.clear()
    clock.advance(1.0)
    server.take(build_msg(BPM, [90.0]).dgram, client)
    assert (BPM, client) not in sent
    assert (BPM, other) in sent
    server.close()


def test_values_come_as_messages_and_as_bundles_only_for_who_asks(server: OscServer) -> None:
    plain, bundled = Tablet(server.address), Tablet(server.address)
    plain.send("/lilt/subscribe")
    bundled.send("/lilt/subscribe", 0, "//*", 30, 1)
    for tablet, wanted in ((plain, b"/lilt/"), (bundled, b"#bundle")):
        assert tablet.until("/lilt/subscribed")
        for _ in range(5):
            assert tablet.socket.recv(65535).startswith(wanted)
        tablet.socket.close()


class Nobody(Allowed):
    """Lets nobody in, and tells that somebody knocked: a stranger's part is played by this machine."""

    def __init__(self) -> None:
        super().__init__()
        self.knocks: queue.Queue[str] = queue.Queue()

    def __contains__(self, host: str) -> bool:
        self.knocks.put(host)
        return False


def test_who_is_not_on_the_list_is_neither_obeyed_nor_answered() -> None:
    told: list[Any] = []
    nobody = Nobody()
    server = OscServer("127.0.0.1", 0, told.append, told.append, lambda name: 0, nobody)
    server.start()
    stranger = Tablet(server.address)
    for address in ("/lilt/panic", "/lilt/ping"):
        stranger.send(address)
        nobody.knocks.get(timeout=5.0)
    server._server.allowed = Allowed()
    stranger.send("/lilt/version")
    assert stranger.until("/lilt/version")
    assert told == stranger.passed == []
    server.close()
    stranger.socket.close()
