"""Time tags of OSC bundles, in virtual time: what lies ahead waits for its moment, and nobody else does."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import build_msg

from instrument.ports.osc.addresses import WAIT
from instrument.ports.osc.packet import OscCall, read_packet
from instrument.ports.osc.server import OscServer
from instrument.ports.osc.time_tags import EPOCH, MOST, TimeTagged
from tests.fakes.osc_client import Client, OscRemote, bundle
from tests.fakes.osc_show import WALL, Show


def tag(seconds: float) -> bytes:
    """The time tag of that many seconds after WALL."""
    return struct.pack(">Q", round((WALL + EPOCH + seconds) * 2**32))


def seed(number: int) -> bytes:
    return bytes(build_msg("/lilt/tune/seed", [number]).dgram)


def test_a_bundle_waits_for_its_time_tag_and_is_one_change(show: Show) -> None:
    show.take(bundle(seed(5), build_msg("/lilt/tune/key", ["Am"]).dgram, tag=tag(0.2)))
    show.take(seed(3))
    assert show.after(0.199) == [[("tune.seed", 3)]], "nobody else waits"
    assert show.after(0.002) == [[("tune.seed", 5), ("tune.key", "A minor")]]
    assert show.sent == []


def test_bundles_happen_in_the_order_of_their_tags(show: Show) -> None:
    for number, seconds in ((3, 0.3), (1, 0.1), (2, 0.2)):
        show.take(bundle(seed(number), tag=tag(seconds)))
    assert show.after(0.5) == [[("tune.seed", n)] for n in (1, 2, 3)]


def test_a_bundle_within_a_bundle_waits_for_its_own_tag(show: Show) -> None:
    show.take(bundle(seed(1), bundle(seed(2), tag=tag(0.2)), tag=tag(0.1)))
    assert show.after(0.15) == [[("tune.seed", 1)]]
    assert show.after(0.1) == [[("tune.seed", 2)]]


@pytest.mark.parametrize("seconds", [-3600.0, -0.001, 0.0, WAIT + 0.5, 3600.0, 2e8])
def test_a_tag_that_is_past_or_too_far_ahead_is_now(show: Show, seconds: float) -> None:
    show.take(bundle(seed(5), tag=tag(seconds)))
    assert show.remote.all_told() == [[("tune.seed", 5)]]


@pytest.mark.parametrize("raw", [bytes(8), bytes(7) + b"\1", b"\xff" * 8])
def test_tags_that_are_no_time_are_now(show: Show, raw: bytes) -> None:
    show.take(bundle(seed(5), tag=raw))
    assert show.remote.all_told() == [[("tune.seed", 5)]]


def test_panic_waits_for_nothing_and_stop_for_its_time(show: Show) -> None:
    show.take(bundle(build_msg("/lilt/panic").dgram, build_msg("/lilt/transport/stop").dgram, tag=tag(1.0)))
    assert show.after(0.9) == ["panic"]
    assert show.after(0.2) == ["transport.stop"]


def test_time_tags_can_be_switched_off(show: Show) -> None:
    show.take(build_msg("/lilt/time_tags", [0]).dgram)
    show.take(bundle(seed(5), tag=tag(1.0)))
    assert show.after(0.0) == [[("tune.seed", 5)]]
    show.take(build_msg("/lilt/time_tags", [1]).dgram)
    show.take(bundle(seed(6), tag=tag(1.0)))
    assert show.after(0.5) == []


def test_what_waits_does_not_pile_up() -> None:
    later = TimeTagged[None]()
    many = [OscCall("/lilt/tune/seed", (n,), round((WALL + EPOCH + 1) * 2**32)) for n in range(3 * MOST)]
    assert len(later.put(many, None, 0.0, WALL)) == 2 * MOST
    assert len(later) == MOST
    assert sum(len(group) for group, _ in later.due(2.0)) == MOST
    assert (len(later), later.next()) == (0, float("inf"))


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=30))
def test_each_message_happens_once_at_its_time_or_at_once(offsets: list[float]) -> None:
    later = TimeTagged[int]()
    happened: list[tuple[float, int]] = []
    for number, offset in enumerate(offsets):
        messages = [m for m in read_packet(bundle(seed(number), tag=tag(offset))) if isinstance(m, OscCall)]
        happened += [(0.0, number) for _ in later.put(messages, number, 0.0, WALL)]
    now = 0.0
    while (now := later.next()) < float("inf"):
        happened += [(now, number) for _, number in later.due(now)]
    assert sorted(number for _, number in happened) == list(range(len(offsets)))
    for at, number in happened:
        wanted = offsets[number] if 0 < offsets[number] <= WAIT else 0.0
        assert at == pytest.approx(wanted, abs=1e-6)


@pytest.mark.realtime
@pytest.mark.quiet
def test_over_udp_a_tag_two_tenths_ahead_is_heard_two_tenths_later() -> None:
    from instrument.playing.time.clock import SystemClock, wall

    remote, clock, times = OscRemote(), SystemClock(), list[float]()
    server = OscServer("127.0.0.1", 0, lambda changes: times.append(clock.now()), remote.on_action, remote.get)
    server.start()
    client = Client(server.address)
    began = clock.now()
    client.raw(bundle(seed(5), tag=struct.pack(">Q", round((wall() + EPOCH + 0.2) * 2**32))))
    assert client.until_sync() == []
    assert times == []
    while not times and clock.now() < began + 5:
        clock.sleep_until(clock.now() + 0.01)
    assert times[0] - began == pytest.approx(0.2, abs=0.1)
    server.close()
    client.socket.close()
