"""Pairing: who may steer from elsewhere, and how much an address that is only claimed can be sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from instrument.controls.readings import READINGS
from instrument.playing.time.clock import ManualClock
from instrument.ports.network.allowed import Allowed
from instrument.ports.network.pairing import Pairing, is_here, new_code
from instrument.ports.osc.replies import HEADERS, TIMES
from instrument.ports.osc.server import UNPAIRED, OscServer
from tests.fakes.osc_client import OscRemote, bundle

TABLET, HERE = ("192.168.1.20", 9000), ("127.0.0.1", 50000)


def message(address: str, *arguments: Any) -> bytes:
    return bytes(build_msg(address, list(arguments)).dgram)


class Door:
    """A server that is never started, on a network whose packets are put in by hand."""

    def __init__(self, code: str | None, allow: tuple[str, ...] = ()) -> None:
        self.remote, self.clock = OscRemote(), ManualClock(100.0)
        self.remote.readings = {name: reading.start for name, reading in READINGS.items()}
        allowed = Allowed(allow)
        self.pairing = Pairing(allowed, code, self.clock)
        self.server = OscServer(
            "127.0.0.1", 0, self.remote.on_changes, self.remote.on_action, self.remote.get, allowed, self.clock,
            pairing=self.pairing,
        )  # fmt: skip
        self.sent: list[tuple[bytes, Any]] = []
        self.server._server.send = lambda data, to: self.sent.append((data, to))  # type: ignore[method-assign]

    def take(self, client: Any, address: str, *arguments: Any) -> list[tuple[str, list[Any]]]:
        """What is sent back at once."""
        self.sent.clear()
        self.server.take(message(address, *arguments), client)
        return [(reply.address, list(reply.params)) for data, _ in self.sent for reply in [OscMessage(data)]]


@pytest.fixture
def paired() -> Iterator[Door]:
    door = Door("123456")
    yield door
    door.server.close()


@pytest.fixture
def unpaired() -> Iterator[Door]:
    door = Door(None)
    yield door
    door.server.close()


# the code


def test_a_code_is_six_digits_and_not_always_the_same() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) > 40
    assert all(len(code) == 6 and code.isdigit() for code in codes)


def test_this_machine_needs_no_code_and_another_does(paired: Door) -> None:
    assert paired.take(HERE, "/lilt/tune/seed", 5) == []
    assert paired.remote.all_told() == [[("tune.seed", 5)]]
    for _ in range(3):
        told = paired.take(TABLET, "/lilt/panic")
    assert told == [("/lilt/error", ["/lilt/panic", UNPAIRED])]
    paired.take(TABLET, "/lilt/tune/seed", 6)
    paired.take(TABLET, "/lilt/subscribe")
    assert paired.remote.all_told() == []
    assert len(paired.server._subscribers) == 0


@pytest.mark.parametrize("code", ["123456", " 123456 ", 123456, 123456.0])
def test_with_the_code_it_is_let_in_and_stays(paired: Door, code: Any) -> None:
    paired.take(TABLET, "/lilt/panic")
    assert paired.take(TABLET, "/lilt/pair", code) == [("/lilt/paired", [])]
    paired.clock.advance(3600)
    assert paired.take(TABLET, "/lilt/panic") == []
    assert paired.take((TABLET[0], 4711), "/lilt/ping") == [("/lilt/pong", [])], "the host, whatever its port"
    assert paired.remote.all_told() == ["panic"]
    assert paired.take(("192.168.1.21", 9000), "/lilt/pair", "000000")[0][0] == "/lilt/error"


def test_a_code_of_small_numbers_may_come_as_a_number() -> None:
    door = Door("000042")
    door.take(TABLET, "/lilt/ping")
    assert door.take(TABLET, "/lilt/pair", 42) == [("/lilt/paired", [])]
    door.server.close()


def test_guessing_takes_for_ever(paired: Door) -> None:
    tries = 0
    for number in range(2000):
        before = paired.pairing._all._left
        paired.pairing.pair(f"192.168.1.{number % 250}", "999999")
        tries += paired.pairing._all._left < before
    assert tries <= 20
    assert not paired.pairing.pair("10.0.0.1", "123456"), "even the right one, while it is guessed at"
    paired.clock.advance(60)
    assert paired.pairing.pair("10.0.0.1", "123456")
    one = Door("123456")
    for _ in range(5):
        assert not one.pairing.pair("10.0.0.2", "999999")
    assert not one.pairing.pair("10.0.0.2", "123456"), "one host"
    assert one.pairing.pair("10.0.0.3", "123456"), "another"
    one.server.close()


def test_who_is_named_needs_no_code() -> None:
    door = Door("123456", ("192.168.1.0/24",))
    assert door.take(TABLET, "/lilt/ping") == [("/lilt/pong", [])]
    door.take(TABLET, "/lilt/panic")
    assert door.remote.all_told() == ["panic"]
    door.server.close()


@given(st.text(max_size=12))
def test_no_other_text_is_the_code(text: str) -> None:
    pairing = Pairing(Allowed(), "123456", ManualClock())
    assert pairing.pair("10.0.0.1", text) == (text == "123456")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False), ("128.0.0.1", False), ("fe80::1%eth0", False), ("", False), ("localhost", False),
    ],
)  # fmt: skip
def test_what_is_here(host: str, here: bool) -> None:
    assert is_here(host) == here


# what a forged address can be sent

EVERYTHING = [
    message("/lilt/list"), message("/lilt/get", "//*"), message("/lilt/subscribe"), message("/lilt/version"),
    message("/lilt/subscribe", 9, "//*"), message("/lilt/ping"), message("/lilt/nowhere"), message("/lilt/sync", 3),
    message("/lilt/reply_port", 9), message("/lilt/pair", "1"), message("/lilt/confirm", 5), b"junk",
    message("/lilt/clock/bpm", 999),
]  # fmt: skip
ONE = st.sampled_from(EVERYTHING)
MANY = st.lists(ONE, max_size=40).map(lambda contents: bundle(*contents))


@given(st.lists(ONE | MANY, max_size=12), st.booleans())
def test_a_forged_packet_never_makes_us_send_more_than_three_times_as_much(packets: list[bytes], code: bool) -> None:
    door = Door("123456" if code else None)
    received = 0
    for data in packets:
        door.server.take(data, TABLET)
        received += len(data) + HEADERS
        door.clock.advance(1.0)
        door.server.tell()
    assert sum(len(data) + HEADERS for data, _ in door.sent) <= TIMES * received
    door.server.close()


def test_a_subscription_begins_when_its_target_has_confirmed(unpaired: Door) -> None:
    ((address, (number,)),) = unpaired.take(TABLET, "/lilt/subscribe", 9001)
    assert address == "/lilt/confirm"
    assert unpaired.sent[0][1] == (TABLET[0], 9001), "asked where it would hear"
    unpaired.server.tell()
    assert len(unpaired.server._subscribers) == 0
    assert unpaired.take(("192.168.1.66", 9000), "/lilt/confirm", number)[0][0] == "/lilt/error", "another host"
    told = unpaired.take(TABLET, "/lilt/confirm", number)
    assert told[0][0] == "/lilt/subscribed"
    unpaired.sent.clear()
    unpaired.server.tell()
    assert len(unpaired.sent) > 50
    assert {to for _, to in unpaired.sent} == {(TABLET[0], 9001)}


def test_a_number_is_guessed_once(unpaired: Door) -> None:
    unpaired.take(TABLET, "/lilt/subscribe")
    number = unpaired.pairing.question(TABLET[0])
    unpaired.take(TABLET, "/lilt/confirm", number ^ 1)
    unpaired.take(TABLET, "/lilt/confirm", number)
    assert len(unpaired.server._subscribers) == 0


def test_without_pairing_a_host_that_opened_the_page_has_shown_that_it_is_there(unpaired: Door) -> None:
    unpaired.pairing.reached(TABLET[0])
    assert unpaired.take(TABLET, "/lilt/subscribe")[0][0] == "/lilt/subscribed"
    code = Pairing(Allowed(), "123456", ManualClock())
    code.reached(TABLET[0])
    assert not code.welcome(TABLET[0]), "with pairing it still needs the code"


def test_hosts_that_were_let_in_do_not_pile_up() -> None:
    pairing = Pairing(Allowed(), None, ManualClock())
    for number in range(2000):
        pairing.reached(f"10.0.{number // 250}.{number % 250}")
        pairing.question(f"10.1.{number // 250}.{number % 250}")
    assert len(pairing._proven) == len(pairing._asked) == 256
