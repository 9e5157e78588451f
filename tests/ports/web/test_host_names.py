"""The web server's two header checks by themselves: the Host must be ours, an Origin our own page."""

from __future__ import annotations

import pytest

from instrument.ports.web.host_check import Names

PORT = 9128


@pytest.mark.parametrize(
    ("host", "welcome"),
    [
        ("localhost:9128", True), ("LocalHost:9128", True), ("127.0.0.1:9128", True), ("[::1]:9128", True),
        ("studio.local:9128", True), ("Studio.Local:9128", True), ("192.168.4.1:9128", True), ("[fe80::1]:9128", True),
        ("localhost", False), ("localhost:9129", False), ("127.0.0.1:80", False), ("::1:9128", False),
        ("[::1]", False), ("evil.example:9128", False), ("localhost:9128.evil.example", False), ("", False),
        ("xlocalhost:9128", False), ("127.0.0.2:9128", False), ("xxxx:9128", False), ("fe80::1:9128", False),
    ],
)  # fmt: skip
def test_a_request_is_for_us_where_its_host_is_a_name_of_ours(host: str, welcome: bool) -> None:
    names = Names(PORT, ["Studio.local", "192.168.4.1", "fe80::1%wlan0"])
    assert names.welcome([host], []) is welcome


def test_on_the_webs_own_port_the_host_may_come_without_it() -> None:
    names = Names(80)
    for host in ("localhost", "localhost:80", "[::1]", "[::1]:80"):
        assert names.welcome([host], [])
        assert names.welcome([host], [f"http://{host}"])
    assert not names.welcome(["localhost:9128"], [])
    assert not Names(9128).welcome(["localhost"], [])


@pytest.mark.parametrize("hosts", [[], ["localhost:9128", "localhost:9128"], ["localhost:9128", "evil.example"]])
def test_a_request_has_one_host(hosts: list[str]) -> None:
    assert not Names(PORT).welcome(hosts, [])


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        ("http://localhost:9128", True), ("HTTP://LOCALHOST:9128", True), ("http://127.0.0.1:9128", True),
        ("http://localhost", False), ("http://localhost:9129", False), ("https://localhost:9128", False),
        ("http://localhost:9128/page", False), ("http://localhost:9128?x", False), ("http://evil.example", False),
        ("http://user@localhost:9128", False), ("null", False), ("", False), ("http://[::1", False),
        ("ws://localhost:9128", False),
    ],
)  # fmt: skip
def test_an_origin_is_our_own_page(origin: str, welcome: bool) -> None:
    assert Names(PORT).welcome(["127.0.0.1:9128"], [origin]) is welcome


def test_two_origins_are_one_too_many() -> None:
    ours = "http://localhost:9128"
    names = Names(PORT)
    assert names.welcome(["localhost:9128"], [ours])
    assert not names.welcome(["localhost:9128"], [ours, ours])
    assert not names.welcome(["evil.example"], [ours])


@pytest.mark.parametrize(
    ("arrived", "host"),
    [
        ("192.168.4.1", "192.168.4.1:9128"), ("::ffff:192.168.4.1", "192.168.4.1:9128"),
        ("fe80::1%wlan0", "[fe80::1]:9128"), ("[FE80::1]", "[fe80::1]:9128"), ("fe80::1%a%b", "[fe80::1]:9128"),
    ],
)  # fmt: skip
def test_the_address_that_a_connection_arrived_at_is_ours_for_that_connection(arrived: str, host: str) -> None:
    names = Names(PORT)
    assert names.welcome([host], [], arrived) and names.welcome([host], [f"http://{host}"], arrived)
    assert not names.welcome([host], [])
    assert names.welcome(["localhost:9128"], [], arrived), "our names stay ours"
    assert not names.welcome([":9128"], [], "")
