"""Whatever comes in over OSC, and however much: panic and stop are done first, and nothing costs more than it may."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import build_msg

from instrument.music.chorale.experts import TURNED
from instrument.playing.time.clock import SystemClock, worked
from instrument.ports.osc.addresses import ADDRESSES, SETTABLE
from instrument.ports.osc.intake import MOST, MOST_BYTES, Intake
from instrument.ports.osc.packet import OscCall, read_packet
from instrument.ports.osc.pattern import matching
from instrument.ports.osc.server import LOGGED, MOST_REQUESTS, OscServer
from tests.fakes.osc_client import Client, OscRemote, bundle
from tests.fakes.osc_show import SENDER, Show
from tests.fakes.paths import DATA


def message(address: str, *arguments: Any) -> bytes:
    return bytes(build_msg(address, list(arguments)).dgram)


# patterns


def as_regular_expression(pattern: str) -> str:
    """What a pattern means, said the obvious way: its judge, which may take for ever."""
    text, at = "", 0
    while at < len(pattern):
        sign = pattern[at]
        if pattern.startswith("//", at):
            text, at = text + "/(?:[^/]+/)*", at + 2
        elif sign in "?*":
            text, at = text + {"?": "[^/]", "*": "[^/]*"}[sign], at + 1
        elif sign == "{":
            end = pattern.index("}", at)
            text, at = text + f"(?:{'|'.join(map(re.escape, pattern[at + 1 : end].split(',')))})", end + 1
        else:
            text, at = text + re.escape(sign), at + 1
    return text


PIECES = st.sampled_from(
    ["/", "/lilt/", "tune", "clock", "bpm", "norm", "?", "*", "//", "{tune,clock}", "{,t}", "{a,b,}"]
)


@given(st.lists(PIECES, min_size=1, max_size=8).map("".join))
def test_matching_agrees_with_regular_expressions(pattern: str) -> None:
    if pattern.count("*") + pattern.count("//") <= 4:
        law = re.compile(as_regular_expression(pattern))
        assert matching(pattern, ADDRESSES) == [one for one in ADDRESSES if law.fullmatch(one)]


@pytest.mark.parametrize("letters", [6, 12, 15])
def test_a_pattern_with_a_million_ways_to_fail_costs_milliseconds(letters: int) -> None:
    text = "/" + "".join(f"{{,{letter}}}" * 3 for letter in "lilt/harmony/expert/"[:letters]) + "!"
    began = worked()
    assert matching(text[:200], SETTABLE) == []
    assert worked() - began < 0.25


def test_patterns_are_rationed_and_plain_addresses_are_not(show: Show) -> None:
    costly = [message(f"/lilt/{{{','.join('abc'[n % 3] * 3 for n in range(20))}}}*{n}*", 1) for n in range(200)]
    server = show.server
    server._matching.spend(show.clock.now(), 10.0)
    for data in costly:
        show.take(data)
    assert all(b"too many patterns" in data for data in show.sent)
    show.take(message("/lilt/tune/seed", 5))
    assert show.remote.all_told() == [[("tune.seed", 5)]]
    show.clock.advance(60.0)
    show.take(message("/lilt/harmony/expert/*", 0.5))
    assert len(show.after(0.01)[-1]) == len(TURNED), "a minute later"


# costs


def test_suggestions_are_rationed_and_the_error_still_comes(show: Show) -> None:
    for _ in range(1000):
        show.take(message("/lilt/tune/sede", 3))
    assert len(show.sent) == 1000
    assert sum(b"did you mean" in data for data in show.sent) == 10
    show.clock.advance(1.0)
    show.take(message("/lilt/tune/sede", 3))
    assert b"did you mean" in show.sent[-1]


def test_one_packet_cannot_ask_for_everything_again_and_again(show: Show) -> None:
    show.take(bundle(*[message("/lilt/get", "//*")] * 256))
    assert len(show.sent) <= MOST_REQUESTS + len(ADDRESSES)
    assert any(b"the rest is let go" in data for data in show.sent)
    show.sent.clear()
    show.take(bundle(*[message("/lilt/list")] * 256))
    assert sum(data.startswith(b"/lilt/listed") for data in show.sent) <= 10
    assert sum(map(len, show.sent)) < 1_000_000
    show.sent.clear()
    show.take(b"/lilt/tune/seed\0," + b"T" * 64000 + b"\0\0\0")
    assert b"more than 64 arguments" in show.sent[0]


@pytest.mark.long  # 6 seconds of CPU
def test_a_host_gets_so_many_bytes_a_second_and_no_more(show: Show) -> None:
    for _ in range(300):
        show.take(message("/lilt/list"))
        show.clock.advance(0.1)
        show.sent.clear()
    for _ in range(200):
        show.take(bundle(*[message("/lilt/get", "//*")] * 4))
    assert sum(map(len, show.sent)) <= 1_010_000, "what is put by, and nothing without end"


@pytest.mark.long  # 3 seconds of CPU
def test_the_session_log_gets_the_beginning_of_a_packet_and_not_every_flood(show: Show) -> None:
    heard: list[bytes] = []
    show.server.overheard = lambda data, client: heard.append(data)
    show.take(message("/lilt/tune/key", "x" * 60000))
    assert [len(data) for data in heard] == [LOGGED]
    for _ in range(2000):
        show.take(message("/lilt/tune/key", "x" * 2 * LOGGED))
    assert sum(map(len, heard)) <= 1_000_000


def test_panics_without_end_are_twenty_a_second(show: Show) -> None:
    for _ in range(1000):
        show.take(message("/lilt/panic"))
    assert show.remote.all_told() == ["panic"] * 20


# nil


def test_a_trigger_takes_nil_and_impulse_as_no_argument(show: Show) -> None:
    show.take((DATA / "osc-trigger-nil.bin").read_bytes())
    show.take(b"/lilt/transport/stop\0\0\0\0,I\0\0")
    show.take(b"/lilt/tune/new\0\0,NNI\0\0\0\0")
    assert show.remote.all_told() == ["panic", "transport.stop", "tune.new"]
    assert read_packet(b"/lilt/tune/seed\0,NiI\0\0\0\0\0\0\0\5") == [OscCall("/lilt/tune/seed", (5,))]
    assert show.sent == []


# whose turn it is


def test_panic_and_stop_do_not_wait_and_a_start_before_the_stop_is_overtaken(show: Show) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(300):
            sender.sendto(message("/lilt/tune/seed", number), show.server.address)
        sender.sendto(message("/lilt/transport/play"), show.server.address)
        sender.sendto(message("/lilt/panic"), show.server.address)
        sender.sendto(message("/lilt/transport/stop", 1.0), show.server.address)
        sender.sendto(message("/lilt/tune/new"), show.server.address)
    told: list[Any] = []
    while not told:
        show.server._server.wait(1.0)
        show.server.turn()
        told = show.remote.all_told()
    assert told[:2] == ["panic", "transport.stop"], "before the 300"
    rest = told[2:] + show.after(0.05)
    assert "transport.play" not in rest
    assert rest[-1] == "tune.new"
    assert [change for one in rest if isinstance(one, list) for change in one][-1] == ("tune.seed", 299)


def test_a_start_after_the_stop_starts(show: Show) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for address in ("/lilt/tune/new", "/lilt/transport/stop", "/lilt/transport/play"):
            sender.sendto(message(address), show.server.address)
    told: list[Any] = []
    for _ in range(50):
        show.server._server.wait(0.1)
        show.server.turn()
        told += show.remote.all_told()
        if "transport.play" in told:
            break
    assert told.index("transport.stop") < told.index("transport.play")


def test_senders_take_turns_and_keep_their_own_order() -> None:
    intake = Intake()
    for number in range(100):
        assert intake.put(b"/flood%d" % number, ("10.0.0.9", 1)) is None
    for number in range(3):
        intake.put(b"/tablet%d" % number, ("10.0.0.5", 2))
    served = [packet.data for packet in iter(intake.next, None)]
    assert [served.index(b"/tablet%d" % number) for number in range(3)] == [1, 3, 5]
    assert [data for data in served if data.startswith(b"/flood")] == [b"/flood%d" % n for n in range(100)]


def test_what_waits_is_bounded_and_the_flood_loses_not_the_others() -> None:
    intake = Intake()
    intake.put(b"/tablet", ("10.0.0.5", 2))
    for number in range(MOST + 500):
        intake.put(b"/flood%d" % number, ("10.0.0.9", 1))
    assert (len(intake), intake.lost) == (MOST, 501)
    assert b"/tablet" in [packet.data for packet in iter(intake.next, None)]
    for _ in range(1000):
        intake.put(bytes(65000), ("10.0.0.9", 1))
    assert len(intake) * 65000 <= MOST_BYTES


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_nothing_is_served_twice_or_out_of_its_senders_order(steps: list[tuple[int, bool]]) -> None:
    intake, numbers = Intake(), list[tuple[int, int]]()
    for sender, put in steps:
        if put:
            assert intake.put(b"/x", ("10.0.0.1", sender)) is None
        elif (packet := intake.next()) is not None:
            numbers.append((packet.client[1], packet.number))
    numbers += [(packet.client[1], packet.number) for packet in iter(intake.next, None)]
    assert len(set(numbers)) == len(numbers) == sum(put for _, put in steps)
    for sender in range(4):
        own = [number for who, number in numbers if who == sender]
        assert own == sorted(own)


@pytest.mark.realtime
@pytest.mark.quiet
@pytest.mark.parametrize(
    "flood",
    [
        message("/lilt/tune/sede", 3),
        message("/lilt/" + "{,l}" * 40, 3),
        message("/lilt/list"),
        bundle(*[message("/lilt/get", "//*")] * 8),
        bundle(*[message("/lilt/harmony/expert/contuor/nrom")] * 200),
        message("/lilt/tune/key", "x" * 60000),
    ],
    ids=["misspelt", "pattern", "list", "everything", "misspelt bundles", "long"],
)
def test_under_a_flood_panic_is_done_at_once_and_a_question_is_answered(flood: bytes) -> None:
    remote, clock = OscRemote(), SystemClock()
    server = OscServer("127.0.0.1", 0, remote.on_changes, remote.on_action, remote.get)
    server.start()
    hose, hand = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), Client(server.address)
    waits = []
    for _ in range(5):
        for _ in range(400):
            hose.sendto(flood, server.address)
        began = clock.now()
        hand.send("/lilt/panic")
        assert remote.told.get(timeout=5.0) == "panic"
        waits.append(clock.now() - began)
        hand.send("/lilt/sync", 7)
        assert hand.receive() == ("/lilt/synced", (7,))
    assert sorted(waits)[2] < 0.25, waits
    server.close()
    hose.close()
    hand.socket.close()


def test_what_was_lost_is_said(show: Show) -> None:
    said: list[str] = []
    show.server._say = said.append
    for _ in range(MOST + 10):
        show.server._intake.put(message("/lilt/ping"), SENDER)
    show.server.turn()
    assert said == ["OSC: 10 packets were let go; more come in than can be obeyed"]
