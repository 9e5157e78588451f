"""The OSC server's socket by itself: whose packets come in, what is said when it cannot be opened, and that it never
waits for anybody."""

from __future__ import annotations

import errno
import ipaddress
import select
import socket
from collections.abc import Iterator

import pytest

from instrument.ports.osc.socket import DEFAULT_HOST, DEFAULT_PORT, Allowed, Door, OscPortError, open_door

HOME = "127.0.0.1"


@pytest.fixture
def door() -> Iterator[Door]:
    one = open_door(HOME, 0, Allowed())
    yield one
    one.close()


@pytest.fixture
def tablet() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((HOME, 0))
        one.settimeout(5)
        yield one


# who may come in


@pytest.mark.parametrize(
    ("first", "last", "beyond"),
    [
        ("127.0.0.0", "127.255.255.255", ("126.255.255.255", "128.0.0.0")),
        ("10.0.0.0", "10.255.255.255", ("9.255.255.255", "11.0.0.0")),
        ("172.16.0.0", "172.31.255.255", ("172.15.255.255", "172.32.0.0")),
        ("192.168.0.0", "192.168.255.255", ("192.167.255.255", "192.169.0.0")),
        ("169.254.0.0", "169.254.255.255", ("169.253.255.255", "169.255.0.0")),
        ("::1", "::1", ("::", "::2")),
        ("fc00::", "fdff:ffff::", ("fbff:ffff::", "fe00::")),
        ("fe80::", "febf:ffff::", ("fe7f:ffff::", "fec0::")),
    ],
)
def test_where_nobody_is_named_private_networks_come_in_and_not_an_address_more(
    first: str, last: str, beyond: tuple[str, str]
) -> None:
    allowed = Allowed()
    assert first in allowed and last in allowed
    assert not any(host in allowed for host in beyond)


def test_who_is_named_comes_in_with_this_machine_and_nobody_else() -> None:
    allowed = Allowed(["192.168.1.20", "203.0.113.0/24"])
    for host in ("192.168.1.20", "203.0.113.7", HOME, "127.255.0.1", "::1"):
        assert host in allowed
    for host in ("192.168.1.21", "203.0.114.7", "10.0.0.1", "fe80::1", "::2", "128.0.0.1"):
        assert host not in allowed
    assert [allowed.named(host) for host in ("192.168.1.20", "203.0.113.9", HOME, "192.168.1.21")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert not Allowed().named(HOME), "where nobody is named nobody was"


def test_a_network_is_named_by_any_address_of_it() -> None:
    allowed = Allowed(["203.0.113.77/24"])
    assert "203.0.113.1" in allowed and "203.0.112.255" not in allowed


def test_an_address_is_known_in_each_of_its_spellings() -> None:
    allowed = Allowed(["192.168.1.20", "fe80::5"])
    for host in ("::ffff:192.168.1.20", "fe80::5", "fe80::5%wlan0", "fe80::5%wlan0%1"):
        assert host in allowed
    for host in ("::ffff:192.168.1.21", "fe80::6%wlan0", "::192.168.1.20", "", "localhost", "192.168.1"):
        assert host not in allowed


def test_what_was_found_out_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    real = ipaddress.ip_address
    allowed = Allowed()
    monkeypatch.setattr(ipaddress, "ip_address", lambda host: looked.append(host) or real(host))
    hosts = [f"10.0.{n // 256}.{n % 256}" for n in range(1001)]
    for _ in range(3):
        assert all(host in allowed for host in hosts)
    assert looked == hosts, "each is looked up once"
    assert "8.8.8.8" not in allowed, "one more, and all are forgotten"
    assert "8.8.8.8" not in allowed
    assert hosts[0] in allowed
    assert looked == [*hosts, "8.8.8.8", hosts[0]]


@pytest.mark.parametrize("text", ["the tablet", "192.168.1.300", "10.0.0.0/33", "", "x" * 500])
def test_what_is_no_address_is_one_line_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        Allowed(["10.0.0.1", text])
    assert str(caught.value) == (
        f'--osc-allow "{text[:80]}" is not an address; write it like 192.168.1.20 or 192.168.1.0/24'
    )
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


# packets


def test_packets_are_read_with_their_senders_at_most_so_many_at_a_time(door: Door, tablet: socket.socket) -> None:
    for number in range(3):
        tablet.sendto(b"%d" % number, door.address)
    door.wait(5)
    assert list(door.read(2)) == [(b"0", tablet.getsockname()), (b"1", tablet.getsockname())]
    assert list(door.read(2)) == [(b"2", tablet.getsockname())]
    assert list(door.read(2)) == [], "it does not wait for more"
    assert list(door.read(0)) == []


def test_a_large_packet_is_read_whole(door: Door, tablet: socket.socket) -> None:
    tablet.sendto(b"x" * 65_000, door.address)
    door.wait(5)
    assert [len(data) for data, _ in door.read(1)] == [65_000]


def test_who_is_not_allowed_is_passed_over_and_counts(tablet: socket.socket) -> None:
    class Nobody(Allowed):
        def __contains__(self, host: str) -> bool:
            assert host == HOME
            return False

    door = open_door(HOME, 0, Nobody())
    for _ in range(3):
        tablet.sendto(b"x", door.address)
    door.wait(5)
    assert list(door.read(2)) == []
    door.allowed = Allowed()
    assert len(list(door.read(5))) == 1, "a flood of strangers costs no more than so many at a time"
    door.close()


def test_a_socket_that_fails_once_is_read_on() -> None:
    left: list[object] = [OSError(errno.ECONNREFUSED, "nobody there"), (b"x", (HOME, 9)), BlockingIOError(), (b"y", 1)]

    class Socket:
        def recvfrom(self, size: int) -> object:
            one = left.pop(0)
            if isinstance(one, Exception):
                raise one
            return one

    door = open_door(HOME, 0, Allowed())
    door.socket.close()
    door.socket = Socket()  # type: ignore[assignment]
    assert list(door.read(9)) == [(b"x", (HOME, 9))]
    assert len(left) == 1, "what would block ends the reading"


def test_answers_go_out_and_one_that_cannot_be_reached_is_no_matter(door: Door, tablet: socket.socket) -> None:
    door.send(b"hello", tablet.getsockname())
    assert tablet.recv(100) == b"hello"
    door.send(b"x", ("256.0.0.1", 9))
    door.send(b"x" * 100_000, tablet.getsockname())
    door.close()
    door.send(b"x", tablet.getsockname())


def test_waiting_ends_with_a_packet_and_after_the_time_and_at_once_when_closed(
    door: Door, tablet: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    real = select.select
    monkeypatch.setattr(select, "select", lambda *given: asked.append(given) or real(*given[:3], 0))
    door.wait(1.5)
    door.wait(-3.0)
    assert asked == [([door.socket], [], [], 1.5), ([door.socket], [], [], 0.0)]

    def gone(*_: object) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(select, "select", gone)
    door.wait(1.5)  # closed by another thread while it waited
    monkeypatch.undo()
    tablet.sendto(b"x", door.address)
    door.wait(60)  # and not for a minute
    assert len(list(door.read(1))) == 1
    door.close()
    door.wait(60)


# opening


def test_the_socket_is_bound_where_asked_and_has_room_for_a_flood(door: Door) -> None:
    assert door.address == door.socket.getsockname() and door.address[0] == HOME and door.address[1] > 0
    assert door.socket.family == socket.AF_INET and door.socket.type == socket.SOCK_DGRAM
    assert not door.socket.getblocking()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        usual = plain.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        most = plain.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    room = door.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    assert room == most >= usual


def test_unless_told_otherwise_only_this_machine_is_listened_to() -> None:
    door = open_door(DEFAULT_HOST, 0, Allowed())
    assert door.address[0] == HOME
    door.close()


def test_what_the_system_does_not_grant_is_no_reason_not_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def refuse(_: object, *given: object) -> None:
        asked.append(given)
        raise OSError(errno.ENOBUFS, "No buffer space available")

    monkeypatch.setattr(socket.socket, "setsockopt", refuse, raising=False)
    door = open_door(HOME, 0, Allowed())
    assert door.address[1] > 0
    assert asked == [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)]
    door.close()


@pytest.mark.parametrize(
    ("host", "family"), [("::1", socket.AF_INET6), ("0.0.0.0", socket.AF_INET), ("localhost", socket.AF_INET)]
)
def test_an_address_with_colons_is_one_of_ipv6(monkeypatch: pytest.MonkeyPatch, host: str, family: int) -> None:
    class Bound:
        def __init__(self, *given: int) -> None:
            assert given == (family, socket.SOCK_DGRAM)

        def bind(self, address: tuple[str, int]) -> None:
            self.address = address

        def setblocking(self, on: bool) -> None:
            assert on is False

        def getsockname(self) -> tuple[str, int]:
            return self.address

    monkeypatch.setattr(socket, "socket", Bound)
    assert Door(host, 9127, Allowed()).address == (host, 9127)


def test_a_port_that_is_taken_is_one_line_that_names_the_next(door: Door) -> None:
    port = door.address[1]
    with pytest.raises(OscPortError) as caught:
        open_door(HOME, port, Allowed())
    following = port + 1 if port < 65535 else DEFAULT_PORT
    assert str(caught.value) == (
        f"OSC port {port} on 127.0.0.1 is taken, perhaps by another Lilt; choose another with --osc-port {following}"
    )
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("host", "port", "error", "said"),
    [
        (HOME, 65535, OSError(errno.EADDRINUSE, "in use"),
         "OSC port 65535 on 127.0.0.1 is taken, perhaps by another Lilt; choose another with --osc-port 9127"),
        (HOME, 65534, OSError(errno.EADDRINUSE, "in use"),
         "OSC port 65534 on 127.0.0.1 is taken, perhaps by another Lilt; choose another with --osc-port 65535"),
        (HOME, 80, OSError(errno.EACCES, "Permission denied"),
         "OSC cannot listen on 127.0.0.1 port 80: Permission denied; choose another with --osc-port"),
        ("8.8.8.8", 9, OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"),
         "OSC cannot listen on 8.8.8.8 port 9: Cannot assign requested address; choose another with --osc-host"),
        (HOME, 70000, OverflowError("bind(): port must be 0-65535."),
         "OSC port 70000 is outside 0..65535; choose another with --osc-port"),
        ("a..b", 9, UnicodeError("label empty or too long"),
         "OSC cannot listen on a..b: not a host name; choose another with --osc-host"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_one_line_with_the_mend_and_leaves_no_socket_behind(
    monkeypatch: pytest.MonkeyPatch, host: str, port: int, error: Exception, said: str
) -> None:
    made: list[socket.socket] = []

    class Broken(socket.socket):
        def __init__(self, *given: int) -> None:
            super().__init__(*given)
            made.append(self)

        def bind(self, address: object) -> None:
            assert address == (host, port)
            raise error

    monkeypatch.setattr(socket, "socket", Broken)
    with pytest.raises(OscPortError) as caught:
        open_door(host, port, Allowed())
    assert str(caught.value) == said
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    assert [one.fileno() for one in made] == [-1]
