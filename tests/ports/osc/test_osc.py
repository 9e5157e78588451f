"""The OSC server over loopback: these packets in, exactly these changes and replies out, whatever else arrives."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from pythonosc.osc_message_builder import build_msg

from instrument import __version__
from instrument.controls.readings import READINGS
from instrument.controls.table import ACTIONS, CONTROLS
from instrument.ports.osc.addresses import ADDRESSES, EVENTS, listing
from instrument.ports.osc.packet import MOST_MESSAGES
from instrument.ports.osc.server import OscServer
from tests.fakes.osc_client import IN_A_CENTURY, Client, OscRemote, bundle, typed

# setting


@pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda c: c.name)
def test_every_control_is_set_and_read_back_on_its_address(client: Client, remote: OscRemote, control: Any) -> None:
    assert client.ask(control.address, control.default) == []
    assert remote.all_told() == [[(control.name, control.default)]]
    ((address, (value,)),) = client.ask("/lilt/get", control.address)
    assert address == control.address
    assert value == pytest.approx(control.default) if isinstance(value, float) else value == control.default


@pytest.mark.parametrize(("kind", "value"), [("i", 3), ("f", 3.0), ("d", 3.0), ("h", 3)])
def test_any_kind_of_number_will_do(client: Client, remote: OscRemote, kind: str, value: float) -> None:
    for name in ("tune.seed", "search.commit"):
        client.raw(typed(CONTROLS[name].address, (kind, value)))
    assert client.until_sync() == []
    assert remote.all_changes() == [("tune.seed", 3), ("search.commit", 3.0)]


def test_true_false_one_and_zero_are_the_same(client: Client, remote: OscRemote) -> None:
    for value in (True, 0, 1.0, False):
        client.send("/lilt/tune/guard", value)
    client.send("/lilt/tune/seed", True)
    assert client.until_sync() == []
    assert remote.all_changes() == [*(("tune.guard", b) for b in (True, False, True, False)), ("tune.seed", 1)]
    assert client.ask("/lilt/get", "/lilt/tune/guard") == [("/lilt/tune/guard", (0,))]


def test_a_float_arrives_as_its_sender_wrote_it(client: Client, remote: OscRemote) -> None:
    client.ask("/lilt/tune/temperature", 0.8)
    client.ask("/lilt/tune/seed", 16777215.0)
    assert remote.all_told() == [[("tune.temperature", 0.8)], [("tune.seed", 16777215)]]


def test_a_fader_position_sets_the_value_in_its_own_unit(client: Client, remote: OscRemote) -> None:
    assert client.ask("/lilt/clock/bpm/norm", 0.5) == []
    assert remote.all_told() == [[("clock.bpm", 160.0)]]
    assert client.ask("/lilt/get", "/lilt/clock/bpm/norm") == [("/lilt/clock/bpm/norm", (0.5,))]


# clipping


@pytest.mark.parametrize(
    ("address", "sent", "name", "value", "answer", "reason"),
    [
        ("/lilt/clock/bpm", 960, "clock.bpm", 300.0, 300.0,
         "clock.bpm = 960 is outside 20..300 (quarter notes per minute); 300 it is"),
        ("/lilt/search/beam", -3, "search.beam", 0, 0, "search.beam = -3 is outside 0..137; 0 it is"),
        ("/lilt/search/tuple", 9.0, "search.tuple", 4, 4, "search.tuple = 9 is outside 1..4 (tokens); 4 it is"),
        ("/lilt/search/beam", 12.5, "search.beam", 12, 12, "search.beam = 12.5 is not a whole number; 12 it is"),
        ("/lilt/clock/bpm/norm", 2, "clock.bpm", 300.0, 1.0, "fader position 2 is outside 0..1; 1 it is"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_moved_to_the_end_and_said_so(
    client: Client, remote: OscRemote, address: str, sent: float, name: str, value: Any, answer: Any, reason: str
) -> None:
    assert client.ask(address, sent) == [("/lilt/clipped", (address, answer, reason))]
    assert remote.all_told() == [[(name, value)]]


# actions


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda a: a.name)
def test_an_action_fires_on_press_and_not_on_release(client: Client, remote: OscRemote, action: Any) -> None:
    for arguments in ([], [1], [1.0], [True], [0.5], [0], [0.0], [False], [0.49], [float("nan")]):
        assert client.ask(action.address, *arguments) == []
        assert client.ask(action.address + "/norm", *arguments) == []
    assert remote.all_told() == [action.name] * 10


# questions


def test_ping_version_and_sync(client: Client) -> None:
    assert client.ask("/lilt/ping") == [("/lilt/pong", ())]
    assert client.ask("/lilt/ping", 1.0) == [("/lilt/pong", ())]
    assert client.ask("/lilt/ping", 0.0) == []
    assert client.ask("/lilt/version") == [("/lilt/version", (__version__,))]
    assert client.ask("/lilt/sync", 7) == [("/lilt/synced", (7,))]


def test_the_list_has_every_address_with_its_range(client: Client) -> None:
    *rows, last = client.ask("/lilt/list")
    assert [arguments for _, arguments in rows] == listing()
    assert last == ("/lilt/listed", (len(rows),))
    assert {address for _, (address, *_) in rows} == {*ADDRESSES, *EVENTS}
    ranges = {address: text for _, (address, text, *_) in rows}
    assert ranges["/lilt/clock/bpm"] == "20..300 (quarter notes per minute)"


@pytest.mark.parametrize("reading", READINGS.values(), ids=lambda r: r.name)
def test_a_reading_is_read_on_its_address_and_cannot_be_set(client: Client, remote: OscRemote, reading: Any) -> None:
    remote.readings[reading.name] = 3
    assert client.ask("/lilt/get", reading.address) == [(reading.address, (3,))]
    ((address, (about, reason)),) = client.ask(reading.address, 1.0)
    assert (address, about) == ("/lilt/error", reading.address) and "/lilt/get" in reason
    assert remote.all_told() == []


def test_replies_go_where_they_are_asked_to(server: OscServer, client: Client) -> None:
    ear, other = Client(server.address), Client(server.address)
    client.send("/lilt/reply_port", ear.port)
    client.send("/lilt/ping")
    client.send("/lilt/nowhere")
    assert [ear.receive()[0] for _ in range(2)] == ["/lilt/pong", "/lilt/error"]
    other.send("/lilt/version")  # another sender on that host: it hears, and so does the ear
    assert other.receive() == ear.receive() == ("/lilt/version", (__version__,))
    client.send("/lilt/reply_port", 0)
    assert client.ask("/lilt/ping") == [("/lilt/pong", ())]  # and nothing of the earlier ones
    other.send("/lilt/ping")
    assert other.receive() == ("/lilt/pong", ())
    ear.send("/lilt/sync", 1)
    assert ear.receive() == ("/lilt/synced", (1,))  # the ear heard neither
    ear.socket.close()
    other.socket.close()


def test_reply_ports_of_many_clients_do_not_pile_up(server: OscServer) -> None:
    for port in range(1000):
        with contextlib.suppress(ValueError):
            server._replies.remember((f"10.0.{port // 250}.{port % 250}", port + 1), 9000)
    assert len(server._replies._ports) <= 128


# bundles


def test_a_bundle_is_one_change_then_actions_then_answers(client: Client, remote: OscRemote) -> None:
    client.raw(
        bundle(
            build_msg("/lilt/get", ["/lilt/tune/seed"]).dgram,
            build_msg("/lilt/tune/new").dgram,
            build_msg("/lilt/tune/seed", [5]).dgram,
            build_msg("/lilt/clock/bpm", ["fast"]).dgram,
            b"junk",
            bundle(build_msg("/lilt/tune/key", ["Am"]).dgram),
            build_msg("/lilt/tune/seed", [6]).dgram,
        )
    )
    replies = client.until_sync()
    assert [address for address, _ in replies] == ["/lilt/error", "/lilt/error", "/lilt/tune/seed"]
    assert replies[-1] == ("/lilt/tune/seed", (6,))
    assert remote.all_told() == [[("tune.seed", 5), ("tune.key", "A minor"), ("tune.seed", 6)], "tune.new"]


def test_a_time_tag_far_in_the_future_does_not_hold_us_up(client: Client, remote: OscRemote) -> None:
    client.raw(bundle(build_msg("/lilt/tune/seed", [5]).dgram, tag=IN_A_CENTURY))
    assert client.until_sync() == []
    assert remote.all_told() == [[("tune.seed", 5)]]


def test_too_many_and_too_deep_are_refused_whole(client: Client, remote: OscRemote) -> None:
    one = build_msg("/lilt/tune/seed", [5]).dgram
    client.raw(bundle(*[one] * (MOST_MESSAGES + 1)))
    assert client.until_sync() == [("/lilt/error", ("", "more than 256 messages in one packet; none was obeyed"))]
    deep = one
    for _ in range(2000):
        deep = bundle(deep)
    client.raw(deep)
    assert client.until_sync() == [("/lilt/error", ("", "bundles nested more than 8 deep"))]
    assert remote.all_told() == []
