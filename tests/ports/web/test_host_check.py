"""Host check of the web server: who gets in, on which connection, and what an OSCQuery client may send."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg
from websockets.exceptions import InvalidStatus

from instrument.ports.network.pairing import Pairing
from instrument.ports.remote import Remote
from instrument.ports.web.connections import MOST
from instrument.ports.web.host_check import Names
from tests.fakes.puppet import Puppet, eventually, open_remote
from tests.fakes.web_client import LIMIT, get, heard, opened


def message(address: str, *arguments: object) -> bytes:
    return bytes(build_msg(address, list(arguments)).dgram)


# headers


def test_every_answer_forbids_the_browser_to_load_or_frame_anything_else(served: tuple[Puppet, Remote]) -> None:
    host, port = served[1].page_address
    for path in ("/", "/page.css", "/lilt/clock/bpm", "/nosuch", "/?HOST_INFO"):
        connection = http.client.HTTPConnection(host, port, timeout=LIMIT)
        connection.request("GET", path, headers={"Accept": "text/html"})
        response = connection.getresponse()
        parts = response.getheader("Content-Security-Policy", "").split(";")
        policy = dict(part.strip().split(" ", 1) for part in parts)
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in str(policy)
        assert response.getheader("X-Content-Type-Options") == "nosniff"
        connection.close()


def test_two_host_headers_are_one_too_many(served: tuple[Puppet, Remote]) -> None:
    host, port = served[1].page_address
    ours = f"Host: 127.0.0.1:{port}\r\n"
    for hosts, status in ((ours, b"200"), (ours * 2, b"403"), (ours + "Host: evil.example\r\n", b"403"), ("", b"403")):
        with socket.create_connection((host, port), timeout=LIMIT) as line:
            line.sendall(f"GET /page.css HTTP/1.1\r\n{hosts}\r\n".encode())
            assert line.recv(4096).split()[1] == status, hosts


@pytest.mark.parametrize(
    ("arrived", "host", "welcome"),
    [
        ("192.168.4.1", "192.168.4.1:9128", True), ("192.168.4.1", "192.168.4.2:9128", False),
        ("::ffff:192.168.4.1", "192.168.4.1:9128", True), ("fe80::1%wlan0", "[fe80::1]:9128", True),
        ("192.168.4.1", "rebound.example:9128", False), ("192.168.4.1", "192.168.4.1", False), ("", ":9128", False),
    ],
)  # fmt: skip
def test_the_address_that_the_connection_arrived_at_is_ours(arrived: str, host: str, welcome: bool) -> None:
    names = Names(9128)
    assert names.welcome([host], [], arrived) == welcome
    assert names.welcome([host], [f"http://{host}"], arrived) == welcome
    assert not names.welcome([host], ["http://evil.example"], arrived)


def test_a_network_without_a_way_out_reaches_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrument.ports.remote.our_addresses", list)  # as where nothing leads anywhere
    _, remote = open_remote(tmp_path, page_host="0.0.0.0", osc_host="0.0.0.0")
    port = remote.page_address[1]
    connection = http.client.HTTPConnection("127.0.0.2", port, timeout=LIMIT)
    connection.request("GET", "/?HOST_INFO")
    response = connection.getresponse()
    assert response.status == 200
    info = json.loads(response.read())
    assert (info["OSC_IP"], info["WS_IP"]) == ("127.0.0.2", "127.0.0.2"), "where it was found, not 0.0.0.0"
    connection.close()
    remote.close()


# connections


def test_idle_connections_use_up_neither_files_nor_the_place_of_a_page(served: tuple[Puppet, Remote]) -> None:
    _, remote = served
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(opened(remote))
        assert heard(first, "hello")
        for _ in range(1100):
            stack.enter_context(socket.create_connection(remote.page_address, timeout=LIMIT))
        assert eventually(lambda: len(remote._web._lines) <= MOST)
        assert get(remote, "/?HOST_INFO")[0] == 200, "the next is served"
        page = stack.enter_context(opened(remote))
        assert heard(page, "hello")
        first.send(json.dumps({"do": "panic"}))
        assert served[0].until(lambda: served[0].done == ["panic"]), "and who was there stays"
    assert eventually(lambda: len(remote._web._lines) == 0)


# OSC over a WebSocket


def test_binary_frames_are_obeyed_and_answered(served: tuple[Puppet, Remote]) -> None:
    puppet, remote = served
    with opened(remote, "/") as client:
        client.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/lilt/clock/bpm"}))
        assert OscMessage(client.recv(timeout=LIMIT)).params == [112.0]
        client.send(message("/lilt/clock/bpm", 99.0))
        assert puppet.until(lambda: puppet.snapshot.values["clock.bpm"] == 99.0)
        client.send(message("/lilt/sync", 7))
        answer = OscMessage(client.recv(timeout=LIMIT))
        assert (answer.address, answer.params) == ("/lilt/synced", [7]), "and not what it has set itself"
        client.send(message("/lilt/panic"))
        assert puppet.until(lambda: puppet.done == ["panic"])
        client.send(message("/lilt/nowhere"))
        assert OscMessage(client.recv(timeout=LIMIT)).address == "/lilt/error"
        client.send(message("/lilt/subscribe", 9))
        assert OscMessage(client.recv(timeout=LIMIT)).params[0] == "/lilt/subscribe"
        client.send(message("/lilt/clock/bpm", 999))
        assert OscMessage(client.recv(timeout=LIMIT)).address == "/lilt/clipped"
        told = OscMessage(client.recv(timeout=LIMIT))
        assert (told.address, told.params) == ("/lilt/clock/bpm", [300.0]), "what became of it, after a moment"
        client.send(b"\0" * 40)
        assert OscMessage(client.recv(timeout=LIMIT)).address == "/lilt/error"


# the code


@pytest.fixture
def stranger(served: tuple[Puppet, Remote]) -> tuple[Puppet, Remote, Pairing]:
    """This machine takes the part of another one."""
    puppet, remote = served
    pairing = remote.pairing
    pairing.code = "123456"
    pairing.proven = lambda host: host in pairing._proven  # type: ignore[method-assign]
    return puppet, remote, pairing


def test_a_stranger_gets_the_door_and_nothing_behind_it(stranger: tuple[Puppet, Remote, Pairing]) -> None:
    puppet, remote, _ = stranger
    status, _, body = get(remote, "/", Accept="text/html")
    assert status == 403 and b'name="code"' in body
    assert b"{said}" not in body
    assert get(remote, "/page.css")[0] == get(remote, "/icon.svg")[0] == 200
    for path in ("/main.js", "/lilt/clock/bpm", "/lilt"):
        assert get(remote, path)[0] == 403
    for path in ("/live", "/"):
        with pytest.raises(InvalidStatus, match="403"):
            opened(remote, path)
    assert b"not the code" in get(remote, "/?code=000000", Accept="text/html")[2]
    assert puppet.done == []


def test_with_the_code_the_page_opens_and_the_host_may_speak_osc(stranger: tuple[Puppet, Remote, Pairing]) -> None:
    puppet, remote, pairing = stranger
    assert get(remote, "/?code=123456", Accept="text/html")[0] == 303
    assert get(remote, "/", Accept="text/html")[0] == 200
    assert pairing.welcome("127.0.0.1")
    with opened(remote) as page:
        assert heard(page, "hello")
        page.send(json.dumps({"do": "panic"}))
        assert puppet.until(lambda: puppet.done == ["panic"])


def test_the_code_is_shown_only_where_others_can_come_and_can_be_switched_off(tmp_path: Path) -> None:
    for number, (setup, shown) in enumerate(
        [({}, False), ({"page_host": "0.0.0.0"}, True), ({"osc_host": "0.0.0.0"}, True),
         ({"page_host": "0.0.0.0", "pairing": False}, False)]
    ):  # fmt: skip
        (tmp_path / str(number)).mkdir()
        _, remote = open_remote(tmp_path / str(number), **setup)
        assert bool(re.search(r"with the code \d{6}$", remote.line())) == shown
        assert (remote.pairing.code is not None) == shown
        remote.close()


# a page's moves


def test_what_a_page_sends_is_confirmed_by_its_number(served: tuple[Puppet, Remote]) -> None:
    with opened(served[1]) as page:
        heard(page, "hello")
        page.send(json.dumps({"set": {"clock.bpm": 99}, "n": 1}))
        assert heard(page, "done") == 1
        page.send(json.dumps({"set": {"clock.nosuch": 99}, "n": 2}))
        assert heard(page, "done") == 2, "refused is done too: it is not sent again"
        page.send(json.dumps({"ping": 1}))
        assert heard(page, "pong") == 1
