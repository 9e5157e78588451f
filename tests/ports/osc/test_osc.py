"""The OSC server over loopback: these packets in, exactly these changes and replies out, whatever else arrives."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder, build_msg

from instrument import __version__
from instrument.controls.readings import READINGS
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import ACTIONS, CONTROLS
from instrument.ports.osc.addresses import ADDRESSES, listing
from instrument.ports.osc.packet import MOST_MESSAGES, Fault, OscCall, read_packet
from instrument.ports.osc.pattern import matching
from instrument.ports.osc.request import Ask, Do, Get, Set, Subscribe, understand
from instrument.ports.osc.server import OscServer
from instrument.ports.osc.socket import DEFAULT_HOST, DEFAULT_PORT, OscPortError
from tests.fakes.osc_client import LIMIT, NOW, Client, Desk, bundle


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def server(desk: Desk) -> Iterator[OscServer]:
    server = OscServer("127.0.0.1", 0, desk.on_changes, desk.on_action, desk.get)
    server.start()
    yield server
    server.close()


@pytest.fixture
def client(server: OscServer) -> Iterator[Client]:
    client = Client(server.address)
    yield client
    client.socket.close()


def typed(address: str, *pairs: tuple[str, Any]) -> bytes:
    """A message with the argument types as given."""
    builder = OscMessageBuilder(address)
    for kind, value in pairs:
        builder.add_arg(value, kind)
    return builder.build().dgram


IN_A_CENTURY = b"\xff" * 8  #: a time tag


# setting


@pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda c: c.name)
def test_every_control_is_set_and_read_back_on_its_address(client: Client, desk: Desk, control: Any) -> None:
    assert client.ask(control.address, control.default) == []
    assert desk.all_told() == [[(control.name, control.default)]]
    ((address, (value,)),) = client.ask("/lilt/get", control.address)
    assert address == control.address
    assert value == pytest.approx(control.default) if isinstance(value, float) else value == control.default


@pytest.mark.parametrize(("kind", "value"), [("i", 3), ("f", 3.0), ("d", 3.0), ("h", 3)])
def test_any_kind_of_number_will_do(client: Client, desk: Desk, kind: str, value: float) -> None:
    for name in ("tune.seed", "search.commit"):
        client.raw(typed(CONTROLS[name].address, (kind, value)))
    assert client.until_sync() == []
    assert desk.all_changes() == [("tune.seed", 3), ("search.commit", 3.0)]


def test_true_false_one_and_zero_are_the_same(client: Client, desk: Desk) -> None:
    for value in (True, 0, 1.0, False):
        client.send("/lilt/tune/guard", value)
    client.send("/lilt/tune/seed", True)
    assert client.until_sync() == []
    assert desk.all_changes() == [*(("tune.guard", b) for b in (True, False, True, False)), ("tune.seed", 1)]
    assert client.ask("/lilt/get", "/lilt/tune/guard") == [("/lilt/tune/guard", (0,))]


def test_a_float_arrives_as_its_sender_wrote_it(client: Client, desk: Desk) -> None:
    client.ask("/lilt/tune/temperature", 0.8)
    client.ask("/lilt/tune/seed", 16777215.0)
    assert desk.all_told() == [[("tune.temperature", 0.8)], [("tune.seed", 16777215)]]


def test_a_fader_position_sets_the_value_in_its_own_unit(client: Client, desk: Desk) -> None:
    assert client.ask("/lilt/clock/bpm/norm", 0.5) == []
    assert desk.all_told() == [[("clock.bpm", 160.0)]]
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
    client: Client, desk: Desk, address: str, sent: float, name: str, value: Any, answer: Any, reason: str
) -> None:
    assert client.ask(address, sent) == [("/lilt/clipped", (address, answer, reason))]
    assert desk.all_told() == [[(name, value)]]


# patterns


def test_a_pattern_turns_several_controls_as_one_change(client: Client, desk: Desk) -> None:
    assert client.ask("/lilt/harmony/expert/*", 0.5) == []
    (changes,) = desk.all_told()
    assert len(changes) == 6
    assert {value for _, value in changes} == {0.5}
    assert client.ask("/lilt/tune/{guard,aabb}/norm", 0) == []
    assert desk.all_told() == [[("tune.guard", False), ("tune.aabb", False)]]


def test_a_pattern_reads_several(client: Client) -> None:
    replies = client.ask("/lilt/get", "/lilt/tune/[st]e*")
    assert [address for address, _ in replies] == ["/lilt/tune/seed", "/lilt/tune/temperature"]


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("/a/*", ["/a/b", "/a/cd"]),
        ("/a//b", ["/a/b", "/a/x/b", "/a/x/y/b"]),
        ("/a/?", ["/a/b"]),
        ("/a/[b-d]?", ["/a/cd"]),
        ("/a/[!b]*", ["/a/cd"]),
        ("/a/{b,cd}", ["/a/b", "/a/cd"]),
        ("//b", ["/a/b", "/a/x/b", "/a/x/y/b"]),
        ("/a/b", ["/a/b"]),
        ("/a/[]", []),
        ("/a/{}", []),
    ],
)
def test_patterns_mean_what_osc_says(pattern: str, meant: list[str]) -> None:
    assert matching(pattern, ["/a/b", "/a/cd", "/a/x/b", "/a/x/y/b"]) == meant


@given(st.text(alphabet="/ab*?[]{}!-,", max_size=60))
def test_any_pattern_is_matched_quickly_or_refused(pattern: str) -> None:
    try:
        assert set(matching(pattern, ADDRESSES)) <= set(ADDRESSES)
    except ValueError as error:
        assert len(str(error).splitlines()) == 1


# refusing


@pytest.mark.parametrize(
    ("address", "arguments", "reason"),
    [
        ("/lilt/clock/bpm", [float("nan")], "clock.bpm = nan is outside 20..300 (quarter notes per minute)"),
        (
            "/lilt/clock/bpm",
            ["fast"],
            'clock.bpm = "fast" is not a number; it may be 20..300 (quarter notes per minute)',
        ),
        ("/lilt/clock/bpm", [], "takes one argument, 20..300 (quarter notes per minute); it came with 0"),
        ("/lilt/clock/bpm", [90, 91], "takes one argument, 20..300 (quarter notes per minute); it came with 2"),
        ("/lilt/clock/bpm/norm", [float("nan")], "clock.bpm: fader position nan is outside 0..1"),
        ("/lilt/tune/guard", [0.5], "tune.guard = 0.5 is not true or false"),
        ("/lilt/tune/key", [3], 'tune.key = 3 is not text; it may be a key such as "D mixolydian" or "Am"'),
        ("/lilt/tune/key", ["H"], 'tune.key = "H" is not a key; write it like "D mixolydian" or "Am"'),
        ("/lilt/tune/sede", [3], 'unknown address; did you mean "/lilt/tune/seed"?'),
        ("/elsewhere", [3], "unknown address"),
        ("/lilt/song/*", [3], "no control has an address like that; ask with /lilt/list"),
        ("/lilt/*/*/*/*/*", [3], "a pattern of more than 200 signs, or of more than 4 stars and double slashes"),
        ("/lilt/[", [3], "the pattern's [ is not closed"),
        ("/lilt/subscribe", ["/x"], '"/x" means no address'),
        ("/lilt/subscribe", [9000, "//", 0], "a rate of 0 a second; it may be above 0, up to 30"),
        ("/lilt/subscribe", [-1], "takes one whole number, 0..65535"),
        ("/lilt/subscribe", ["//", "//"], "takes [port] [pattern] [rate] [bundles]"),
        ("/lilt/panic", ["now"], "takes no argument, or a number (0.5 and above fires)"),
        ("/lilt/panic", [1, 1], "takes no argument, or a number (0.5 and above fires)"),
        ("/lilt/get", [], "takes one text, the address of a control"),
        ("/lilt/get", ["/lilt/panic"], '"/lilt/panic" is not the address of a control'),
        ("/lilt/sync", [], "takes one whole number, -2147483648..2147483647"),
        ("/lilt/sync", [1.5], "takes one whole number, -2147483648..2147483647"),
        ("/lilt/reply_port", [70000], "takes one whole number, 0..65535"),
        ("/lilt/clock/bpm", [b"blob"], "argument type 'b' is not one of i f d h s T F"),
        ("/lilt/clock/bpm", [None], "takes one argument, 20..300 (quarter notes per minute); it came with 0"),
    ],
)
def test_what_cannot_be_obeyed_is_answered_and_changes_nothing(
    client: Client, desk: Desk, address: str, arguments: list[Any], reason: str
) -> None:
    assert client.ask(address, *arguments) == [("/lilt/error", (address, reason))]
    assert desk.all_told() == []
    assert desk.snapshot == Snapshot()


@pytest.mark.parametrize(
    ("data", "address", "reason"),
    [
        (b"", "", "not an OSC packet: it starts with neither / nor #bundle"),
        (b"hello", "", "not an OSC packet: it starts with neither / nor #bundle"),
        (b"/lilt/ping", "", "a message that cannot be read: cut short or badly padded"),
        (b"/lilt/\xff\0", "", "text that is not UTF-8"),
        (b"/lilt/clock/bpm\0i\0\0\0\0\0\0\5", "/lilt/clock/bpm", "arguments without type tags"),
        (
            b"/lilt/clock/bpm\0,i\0\0\0\0",
            "/lilt/clock/bpm",
            "a message that cannot be read: cut short or badly padded",
        ),
        (b"#bundle\0\0\0", "", "a bundle cut short before its time tag ends"),
        (b"#bundle\0" + NOW + b"\0\0", "", "a bundle whose element sizes do not fit its packet"),
        (b"#bundle\0" + NOW + b"\xff\xff\xff\xfc", "", "a bundle whose element sizes do not fit its packet"),
        (b"#bundle\0" + NOW + b"\0\0\0\x0cabcd", "", "a bundle whose element sizes do not fit its packet"),
    ],
)
def test_a_broken_packet_is_answered(client: Client, desk: Desk, data: bytes, address: str, reason: str) -> None:
    client.raw(data)
    assert client.until_sync() == [("/lilt/error", (address, reason))]
    assert desk.all_told() == []


def test_an_error_is_never_answered_with_an_error(client: Client) -> None:
    assert client.ask("/lilt/error", "/lilt/ping", "no such thing") == []


# actions


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda a: a.name)
def test_an_action_fires_on_press_and_not_on_release(client: Client, desk: Desk, action: Any) -> None:
    for arguments in ([], [1], [1.0], [True], [0.5], [0], [0.0], [False], [0.49], [float("nan")]):
        assert client.ask(action.address, *arguments) == []
        assert client.ask(action.address + "/norm", *arguments) == []
    assert desk.all_told() == [action.name] * 10


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
    assert {address for _, (address, *_) in rows} == set(ADDRESSES)
    ranges = {address: text for _, (address, text, *_) in rows}
    assert ranges["/lilt/clock/bpm"] == "20..300 (quarter notes per minute)"


@pytest.mark.parametrize("reading", READINGS.values(), ids=lambda r: r.name)
def test_a_reading_is_read_on_its_address_and_cannot_be_set(client: Client, desk: Desk, reading: Any) -> None:
    desk.readings[reading.name] = 3
    assert client.ask("/lilt/get", reading.address) == [(reading.address, (3,))]
    ((address, (about, reason)),) = client.ask(reading.address, 1.0)
    assert (address, about) == ("/lilt/error", reading.address) and "/lilt/get" in reason
    assert desk.all_told() == []


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


def test_a_bundle_is_one_change_then_actions_then_answers(client: Client, desk: Desk) -> None:
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
    assert desk.all_told() == [[("tune.seed", 5), ("tune.key", "A minor"), ("tune.seed", 6)], "tune.new"]


def test_a_time_tag_far_in_the_future_does_not_hold_us_up(client: Client, desk: Desk) -> None:
    client.raw(bundle(build_msg("/lilt/tune/seed", [5]).dgram, tag=IN_A_CENTURY))
    assert client.until_sync() == []
    assert desk.all_told() == [[("tune.seed", 5)]]


def test_too_many_and_too_deep_are_refused_whole(client: Client, desk: Desk) -> None:
    one = build_msg("/lilt/tune/seed", [5]).dgram
    client.raw(bundle(*[one] * (MOST_MESSAGES + 1)))
    assert client.until_sync() == [("/lilt/error", ("", "more than 256 messages in one packet; none was obeyed"))]
    deep = one
    for _ in range(2000):
        deep = bundle(deep)
    client.raw(deep)
    assert client.until_sync() == [("/lilt/error", ("", "bundles nested more than 8 deep"))]
    assert desk.all_told() == []


# a flood


def test_a_flood_is_handed_on_in_few_changes_and_every_value_in_order(client: Client, desk: Desk) -> None:
    for seed in range(60):
        client.send("/lilt/tune/seed", seed)
    assert client.until_sync() == []
    told = desk.all_told()
    assert [change for one in told for change in one] == [("tune.seed", seed) for seed in range(60)]
    assert told[0] == [("tune.seed", 0)], "the first at once"


def test_the_last_of_a_flood_is_handed_on_by_itself(client: Client, desk: Desk) -> None:
    for seed in range(60):
        client.send("/lilt/tune/seed", seed)
    while desk.told.get(timeout=LIMIT)[-1] != ("tune.seed", 59):
        pass


def test_what_is_done_and_asked_comes_after_what_was_turned(client: Client, desk: Desk) -> None:
    for seed in range(20):
        client.send("/lilt/tune/seed", seed)
        client.send("/lilt/tune/new")
        assert client.ask("/lilt/get", "/lilt/tune/seed") == [("/lilt/tune/seed", (seed,))]
    told = desk.all_told()
    assert told == [one for seed in range(20) for one in ([("tune.seed", seed)], "tune.new")]


# faults of ours, and the end


def test_a_callback_that_fails_is_answered_and_the_server_goes_on() -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("the string broke")

    server = OscServer("127.0.0.1", 0, fail, fail, fail)
    server.start()
    client = Client(server.address)
    for address, arguments in (("/lilt/tune/seed", [1]), ("/lilt/panic", []), ("/lilt/get", ["/lilt/tune/seed"])):
        assert client.ask(address, *arguments) == [
            ("/lilt/error", ("", "internal fault: RuntimeError: the string broke"))
        ]
    server.close()
    client.socket.close()


def test_closing_does_not_wait_for_a_callback_that_hangs() -> None:
    entered, leave = threading.Event(), threading.Event()

    def hang(_: str) -> None:
        entered.set()
        leave.wait(LIMIT)

    server = OscServer("127.0.0.1", 0, lambda changes: None, hang, lambda name: 0)
    server.start()
    client = Client(server.address)
    client.send("/lilt/panic")
    assert entered.wait(LIMIT)
    closing = threading.Thread(target=server.close)
    closing.start()
    closing.join(1.5)
    assert not closing.is_alive()
    leave.set()
    server.close()  # again is harmless
    client.socket.close()


def test_a_server_never_started_closes() -> None:
    OscServer("127.0.0.1", 0, lambda changes: None, lambda name: None, lambda name: 0).close()


def test_a_taken_port_is_one_line_with_the_fix(server: OscServer) -> None:
    host, port = server.address
    with pytest.raises(OscPortError) as caught:
        OscServer(host, port, lambda changes: None, lambda name: None, lambda name: 0)
    assert str(caught.value) == (
        f"OSC port {port} on 127.0.0.1 is taken, perhaps by another Lilt; choose another with --osc-port {port + 1}"
    )


@pytest.mark.parametrize(("host", "port", "fix"), [("127.0.0.1", 70000, "--osc-port"), ("192.0.2.1", 0, "--osc-host")])
def test_an_address_that_cannot_be_had_is_one_line(host: str, port: int, fix: str) -> None:
    with pytest.raises(OscPortError, match=fix) as caught:
        OscServer(host, port, lambda changes: None, lambda name: None, lambda name: 0)
    assert "\n" not in str(caught.value)


def test_by_default_only_this_machine_is_heard() -> None:
    assert (DEFAULT_HOST, DEFAULT_PORT) == ("127.0.0.1", 9127)


# whatever arrives

#: an OSC string ends at its first NUL, so python-osc's builder cannot write one that holds another
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
MESSAGES = st.builds(
    lambda address, arguments: build_msg(address, arguments).dgram,
    st.sampled_from(ADDRESSES) | TEXTS.map(lambda s: "/" + s),
    st.lists(
        st.integers(-(2**63), 2**63 - 1) | st.floats(width=32) | st.booleans() | TEXTS | st.none(),
        max_size=3,
    ),
)
PACKETS = (
    st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda b: b"#bundle\0" + b)
    | st.binary(max_size=60).map(lambda b: b"/lilt/tune/seed\0," + b)
    | st.lists(MESSAGES, max_size=5).map(lambda contents: bundle(*contents))
    | st.tuples(MESSAGES, st.integers(0, 60)).map(lambda cut: cut[0][: cut[1]])
)


@settings(max_examples=300, deadline=None)
@given(data=PACKETS)
def test_any_bytes_are_read_without_a_raise(data: bytes) -> None:
    for message in read_packet(data):
        for request in understand(message) if isinstance(message, OscCall) else [message]:
            if isinstance(request, Fault):
                assert len(request.reason.splitlines()) == 1
            elif isinstance(request, Set):
                assert CONTROLS[request.name].check(request.value) == request.value
            else:
                assert isinstance(request, Do | Subscribe) or request.address in ADDRESSES
                assert isinstance(request, Do | Subscribe | Get | Ask)


def test_the_server_answers_after_hundreds_of_random_packets() -> None:
    desk = Desk()
    server = OscServer("127.0.0.1", 0, desk.on_changes, desk.on_action, desk.get)
    server.start()

    @settings(max_examples=300, deadline=None)
    @given(data=PACKETS)
    def bombard(data: bytes) -> None:
        client = Client(server.address)  # a fresh one: earlier packets may have moved its replies
        client.raw(data)
        client.send("/lilt/unsubscribe")
        client.send("/lilt/reply_port", 0)
        client.send("/lilt/ping")
        while client.receive() != ("/lilt/pong", ()):
            pass
        client.socket.close()

    bombard()
    assert all(CONTROLS[name].check(value) == value for name, value in desk.snapshot.values.items())
    server.close()
