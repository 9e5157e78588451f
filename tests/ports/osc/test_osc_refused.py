"""OSC packets that cannot be obeyed, broken ones and random bytes: one line, nothing changed, the server goes on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_message_builder import build_msg

from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.ports.osc.addresses import ADDRESSES
from instrument.ports.osc.packet import Fault, OscCall, read_packet
from instrument.ports.osc.request import Ask, Do, Get, Set, Subscribe, understand
from instrument.ports.osc.server import OscServer
from tests.fakes.osc_client import NOW, Client, OscRemote, bundle

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
        ("/lilt/clock/bpm", [float("inf")], "clock.bpm = inf is outside 20..300 (quarter notes per minute)"),
        ("/lilt/clock/bpm", [True], "clock.bpm = 1 is outside 20..300 (quarter notes per minute)"),
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
    client: Client, remote: OscRemote, address: str, arguments: list[Any], reason: str
) -> None:
    assert client.ask(address, *arguments) == [("/lilt/error", (address, reason))]
    assert remote.all_told() == []
    assert remote.snapshot == Snapshot()


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
def test_a_broken_packet_is_answered(client: Client, remote: OscRemote, data: bytes, address: str, reason: str) -> None:
    client.raw(data)
    assert client.until_sync() == [("/lilt/error", (address, reason))]
    assert remote.all_told() == []


def test_an_error_is_never_answered_with_an_error(client: Client) -> None:
    assert client.ask("/lilt/error", "/lilt/ping", "no such thing") == []


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
    remote = OscRemote()
    server = OscServer("127.0.0.1", 0, remote.on_changes, remote.on_action, remote.get)
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
    assert all(CONTROLS[name].check(value) == value for name, value in remote.snapshot.values.items())
    server.close()


@pytest.mark.parametrize(
    ("tags", "arguments"),
    [(b",f", b"\x42"), (b",f", b"\0\0"), (b",d", b"\0" * 7), (b",h", b"\0" * 4), (b",i", b""), (b",s", b"abc"),
     (b",s", b""), (b",sf", b"a\0\0\0\x42\xf0"), (b",ff", b"\x42\xf0\0\0")],
)  # fmt: skip
def test_a_packet_that_ends_before_its_arguments_is_no_message_of_zeros(tags: bytes, arguments: bytes) -> None:
    """python-osc fills up what is missing: a tempo whose packet was torn would be 0, and fly to the slowest."""
    head = b"/lilt/clock/bpm\0" + tags + bytes(4 - len(tags) % 4)
    assert read_packet(head + arguments) == [
        Fault("/lilt/clock/bpm", "a message that cannot be read: cut short or badly padded")
    ]
