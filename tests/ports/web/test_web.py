"""The page's server over real sockets: who is let in, what OSCQuery answers, and what a page hears and does."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

from instrument.controls.table import ACTIONS, CONTROLS
from instrument.controls.text_kinds import KEYS
from instrument.playing.messages import Announced
from instrument.ports.remote import Remote
from instrument.ports.web.host_check import Names
from instrument.ports.web.page_session import PageSession
from instrument.ports.web.static import FOLDER, HEAD
from tests.fakes.band import BAR, bar_of
from tests.fakes.fake_remote import FakeRemote
from tests.fakes.puppet import Puppet, open_remote
from tests.fakes.web_client import LIMIT, get, heard, opened


@pytest.fixture(scope="module")
def stage_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Puppet, Remote]]:
    puppet, remote = open_remote(tmp_path_factory.mktemp("stage"))
    yield puppet, remote
    remote.close()


# who is let in


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:{port}.evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/live", "/lilt/tune/seed"])
def test_another_site_is_shown_the_door(served: tuple[Puppet, Remote], headers: dict[str, str], path: str) -> None:
    _, remote = served
    port = remote.page_address[1]
    given = {name: value.format(port=port) for name, value in headers.items()}
    assert get(remote, path, **given)[0] == 403
    if "Origin" in given:
        with pytest.raises(InvalidStatus, match="403"):
            opened(remote, path, origin=given["Origin"])


def test_our_own_page_and_programs_without_an_origin_are_let_in(served: tuple[Puppet, Remote]) -> None:
    _, remote = served
    port = remote.page_address[1]
    for name in ("127.0.0.1", "localhost", "LOCALHOST"):
        assert get(remote, "/", Host=f"{name}:{port}", Accept="text/html")[0] == 200
    with opened(remote, origin=f"http://127.0.0.1:{port}") as page:
        assert heard(page, "hello")["playing"] == "first"
    with opened(remote) as page:
        assert heard(page, "hello")


def test_what_pages_are_told_waits_for_no_receipt(served: tuple[Puppet, Remote]) -> None:
    """Else the second of two small frames comes 40 ms after the first."""
    _, remote = served
    with opened(remote) as page:
        assert heard(page, "hello")
        assert remote._web is not None
        for line in list(remote._web._lines._open):
            there = line.transport.get_extra_info("socket")
            assert there.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), "Nagle's algorithm is on"


@given(hosts=st.lists(st.text(max_size=30), max_size=3), origins=st.lists(st.text(max_size=30), max_size=3))
def test_no_other_name_is_ours(hosts: list[str], origins: list[str]) -> None:
    names = Names(9128)
    if names.welcome(hosts, origins):
        assert hosts[0].lower() in ("localhost:9128", "127.0.0.1:9128", "[::1]:9128")
        assert origins in ([], *([f"http://{ours}"] for ours in names.ours))


def test_who_is_not_on_the_list_is_not_let_in(served: tuple[Puppet, Remote]) -> None:
    _, remote = served
    remote._allowed._known["127.0.0.1"] = False  # as if this machine were a stranger
    assert get(remote, "/")[0] == 403


def test_more_pages_than_we_can_serve_are_refused_and_the_first_go_on(served: tuple[Puppet, Remote]) -> None:
    _, remote = served
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(opened(remote)) for _ in range(32)]
        assert all(heard(page, "hello") for page in pages)
        with pytest.raises(InvalidStatus, match="503"):
            opened(remote)
        pages[0].send(json.dumps({"do": "panic"}))
        assert served[0].until(lambda: served[0].done == ["panic"])


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
@settings(max_examples=20)
def test_what_is_not_http_hurts_nobody(stage_of_all: tuple[Puppet, Remote], pieces: list[bytes]) -> None:
    _, remote = stage_of_all
    for piece in pieces:
        with socket.create_connection(remote.page_address, timeout=LIMIT) as line:
            line.sendall(piece)
    assert get(remote, "/?HOST_INFO")[0] == 200


# files


def test_a_browser_gets_the_page_and_every_file_that_it_names(served: tuple[Puppet, Remote]) -> None:
    _, remote = served
    status, kind, body = get(remote, "/", Accept="text/html,*/*")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert b"<title>Lilt</title>" in body
    for file in FOLDER.iterdir():
        found = get(remote, f"/{file.name}")[2]
        if file.suffix == ".html":
            assert b'charset="utf-8"' in found and b"look.css" in found and b"{head}" not in found
        elif file != HEAD:
            assert found == file.read_bytes()


@pytest.mark.parametrize("path", ["/../osc.py", "/%2e%2e/osc.py", "/page/../../remote.py", "//etc/passwd", "/.", "/\\"])
def test_nothing_else_on_the_disk_is_served(served: tuple[Puppet, Remote], path: str) -> None:
    assert get(served[1], path)[0] == 404


# the page's line


def test_a_page_hears_everything_then_what_changes(served: tuple[Puppet, Remote]) -> None:
    puppet, remote = served
    with opened(remote) as page:
        hello = heard(page, "hello")
        assert [control["name"] for control in hello["controls"]] == list(CONTROLS)
        assert len(next(c for c in hello["controls"] if c["kind"] == "key")["choices"]) == len(KEYS)
        assert {action["name"] for action in hello["actions"]} == set(ACTIONS)
        assert "jig" in hello["patches"]
        puppet.change([("clock.bpm", 99.0)])
        while "clock.bpm" not in (values := heard(page, "values")):
            pass
        assert values == {"clock.bpm": 99.0}
        puppet.tell(Announced(bar_of(60, 64, start=BAR)))
        (span,) = heard(page, "spans")
        assert (span["start"], span["announced"], len(span["score"]["signs"])) == (BAR, True, 1)


def test_a_page_turns_fires_and_loads(served: tuple[Puppet, Remote]) -> None:
    puppet, remote = served
    with opened(remote) as page:
        heard(page, "hello")
        page.send(json.dumps({"set": {"tune.temperature": 1.5, "search.beam": 9999}}))
        assert heard(page, "clipped") == ["search.beam = 9999 is outside 0..137; 137 it is"]
        assert puppet.until(lambda: puppet.snapshot.values["search.beam"] == 137)
        assert puppet.snapshot.values["tune.temperature"] == 1.5
        page.send(json.dumps({"do": "transport.stop"}))
        assert puppet.until(lambda: puppet.done == ["transport.stop"])
        page.send(json.dumps({"patch": "jig"}))
        assert puppet.until(lambda: puppet.snapshot.values["tune.meter"] == "6/8")
        assert puppet.snapshot.seed != 0
        assert heard(page, "playing") == "jig"


@pytest.mark.parametrize(
    "message",
    [
        "", "no json", "[1]", "3", "null", '{"set": 3}', '{"set": {"tune.sede": 3}}', '{"set": {"clock.bpm": "fast"}}',
        '{"set": {"clock.bpm": NaN}}', '{"set": {"tune.key": "H"}}', '{"do": "quit"}', '{"do": 3}', '{"do": ["panic"]}',
        '{"patch": "../first"}', '{"patch": 3}', '{"again": 1}', '{"again": true}', "[" * 60000,
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_answered_and_does_nothing(served: tuple[Puppet, Remote], message: str) -> None:
    puppet, remote = served
    before = puppet.snapshot
    with opened(remote) as page:
        heard(page, "hello")
        page.send(message)
        assert len(heard(page, "error").splitlines()) == 1
    assert (puppet.snapshot, puppet.done) == (before, [])


def test_a_message_too_long_ends_that_page_only(served: tuple[Puppet, Remote]) -> None:
    _, remote = served
    with opened(remote) as long, opened(remote) as other:
        heard(long, "hello")
        long.send("x" * 300_000)
        with pytest.raises(ConnectionClosed):
            while True:
                long.recv(timeout=LIMIT)
        assert heard(other, "hello")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(list(CONTROLS)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CONTROLS, "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(message=JSON | st.dictionaries(st.sampled_from(["set", "do", "patch", "again", "x"]), JSON, max_size=4))
def test_any_message_is_obeyed_or_refused_in_one_line(message: Any) -> None:
    puppet = Puppet()
    visit = PageSession(FakeRemote(puppet))
    try:
        visit.hear(message)
    except ValueError as error:
        assert len(str(error).splitlines()) == 1
    assert all(CONTROLS[name].check(value) == value for name, value in puppet.snapshot.values.items())
    json.dumps(visit.news())


def test_the_page_keeps_a_tune_and_gets_it_again(served: tuple[Puppet, Remote]) -> None:
    puppet, remote = served
    with opened(remote) as page:
        assert heard(page, "tunes") == []
        puppet.tell(Announced(bar_of(60, 64)))
        page.send(json.dumps({"do": "tune.keep"}))
        (tune,) = heard(page, "tunes")
        assert (tune["number"], tune["seed"]) == (1, 7)
        puppet.change([("tune.seed", 99)])
        page.send(json.dumps({"again": 1}))
        assert puppet.until(lambda: puppet.snapshot.seed == 7)


@pytest.mark.parametrize("fault", [ValueError("Invalid file descriptor: -1"), OSError(9, "Bad file descriptor")])
def test_a_page_that_is_closed_before_it_is_open_complains_of_nothing(
    fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, remote = open_remote(tmp_path)
    assert get(remote, "/")[0] == 200, "its own thread serves"
    web = remote._web
    assert web is not None

    async def served() -> None:
        raise fault

    monkeypatch.setattr(web, "_serve", served)
    with pytest.raises(type(fault)):
        web._run()
    remote.close()
    web._run()  # its thread, where the socket is closed in the moment in which it begins
