"""The page's address as a QR code: read back by ZXing, from the terminal and from the page's picture."""

from __future__ import annotations

import http.client
import io
import os
import pty
import re
import xml.etree.ElementTree as Xml
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxingcpp import read_barcodes

from instrument.playing.messages import Act
from instrument.ports.network.pairing import Pairing
from instrument.ports.remote import Remote
from instrument.ports.web.qr_code import ALONE, CLOSED, PageLink, nearest, outgoing, svg, terminal_text, when
from tests.fakes.puppet import open_remote

ADDRESSES = st.sampled_from(["192.168.178.105", "10.0.0.7", "[fd12:3456:789a:1:aaaa:bbbb:cccc:dddd]", "stage.local"])
LINKS = st.builds(
    lambda host, port, code: f"http://{host}:{port}/" + (f"?code={code:06}" if code is not None else ""),
    ADDRESSES, st.integers(1, 65535), st.none() | st.integers(0, 999_999),
)  # fmt: skip


def seen(rows: list[list[bool]]) -> list[str]:
    """What ZXing reads where True is light. Each module is drawn 6 pixels wide."""
    picture = np.kron(np.array(rows, dtype=np.uint8) * 255, np.ones((6, 6), dtype=np.uint8))
    return [code.text for code in read_barcodes(picture)]


def from_terminal(text: str) -> list[str]:
    rows: list[list[bool]] = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines():
        assert set(line) <= set("█▀▄ ")
        rows += [[sign in "█▀" for sign in line], [sign in "█▄" for sign in line]]
    return seen(rows)


def from_svg(data: bytes) -> list[str]:
    """Drawn from its one path of strokes: `M` and `m` move, `h` draws dark."""
    root = Xml.fromstring(data)
    side = int(root.attrib["viewBox"].split()[2])
    light = np.ones((side, side), dtype=bool)
    (strokes,) = [part.attrib["d"] for part in root.iter() if "stroke" in part.attrib]
    x = y = 0.0
    for letter, numbers in re.findall(r"([Mmh])([-0-9. ]+)", strokes):
        if letter == "h":
            light[int(y), int(x) : int(x) + int(numbers)] = False
            x += int(numbers)
        else:
            dx, dy = (float(number) for number in re.findall(r"-?[0-9.]+", numbers))
            x, y = (dx, dy) if letter == "M" else (x + dx, y + dy)
    return seen(light.tolist())


@given(LINKS, st.booleans())
def test_what_is_drawn_is_read_back(link: str, colours: bool) -> None:
    text = terminal_text(link, colours)
    assert from_terminal(text) == [link]
    lines = text.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert len(lines) <= 24, "it fits an ordinary terminal"
    assert all(line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m") for line in lines) == colours
    assert from_svg(svg(link)) == [link]


@pytest.mark.parametrize(
    ("addresses", "route", "best"),
    [
        (["172.17.0.1", "192.168.1.5"], "192.168.1.5", "192.168.1.5"),
        (["8.8.4.4", "10.0.0.3"], None, "10.0.0.3"),
        (["fd00::2", "10.0.0.3"], None, "10.0.0.3"),
        (["fd00::2"], None, "fd00::2"),
        ([], None, ""),
    ],
)  # fmt: skip
def test_the_address_is_the_one_that_a_phone_most_likely_reaches(
    addresses: list[str], route: str | None, best: str
) -> None:
    assert nearest(addresses, route) == best


def test_looking_for_the_way_out_asks_nobody() -> None:
    assert outgoing() is None or outgoing() == outgoing()


def link(host: str, code: str | None = "000042", **how: Any) -> tuple[PageLink, list[str]]:
    shown: list[str] = []
    one = PageLink(lambda: (host, 9128), Pairing(code=code), **how)
    one.show = shown.append
    return one, shown


def test_scanning_needs_no_code_to_be_typed() -> None:
    one, shown = link("192.168.1.5")
    one.act(Act("page.qr"))
    assert from_terminal(shown[0].rpartition("\n")[0]) == ["http://192.168.1.5:9128/?code=000042"]
    assert shown[0].endswith("for a phone in the same network: http://192.168.1.5:9128/")
    assert "\x1b" not in shown[0], "no colours where it may be a file"
    assert one.told() == {"address": "http://192.168.1.5:9128/", "code": "000042", "missing": ""}
    free, _ = link("fd00::7", None)
    assert free.scanned == free.plain == "http://[fd00::7]:9128/"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_this_machine_only_there_is_nothing_to_scan_and_it_says_how_to_mend_it(host: str) -> None:
    one, shown = link(host, when="start")
    one.begin()
    assert (shown, one.svg(), one.told()["missing"]) == ([], None, CLOSED)
    one.act(Act("page.qr"))
    assert shown == [CLOSED] and "--page-host" in CLOSED


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrument.ports.web.qr_code.our_addresses", list)
    monkeypatch.setattr("instrument.ports.web.qr_code.outgoing", lambda: None)
    one, shown = link("0.0.0.0", when="start")
    one.begin()
    one.act(Act("page.qr"))
    assert shown == [ALONE] and one.svg() is None


def test_at_the_start_it_comes_only_where_people_see_it() -> None:
    for how, count in (("start", 1), ("request", 0), ("never", 0)):
        one, shown = link("192.168.1.5", when=how)
        one.begin()
        assert len(shown) == count
        one.act(Act("tune.new"))
        assert len(shown) == count, "other actions are not its business"
    one, shown = link("192.168.1.5", when="never")
    one.give()
    assert len(shown[0].splitlines()) == 1 and "http://192.168.1.5:9128/" in shown[0]


def test_a_terminal_is_given_it_a_file_on_request_and_who_lacks_the_signs_never(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        assert when(terminal) == "start"
        monkeypatch.setenv("COLUMNS", "40")
        assert when(terminal) == "request", "too narrow"
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("TERM", "dumb")
        assert when(terminal) == "request"
    os.close(ours)
    with (tmp_path / "log").open("w", encoding="utf-8") as file:
        assert when(file) == "request"
    with (tmp_path / "old").open("w", encoding="latin-1") as file:
        assert when(file) == "never"
    assert when(io.StringIO()) == "request"


def picture(remote: Remote) -> tuple[int, bytes]:
    """The status and body of a GET of the QR code, from this machine."""
    line = http.client.HTTPConnection("127.0.0.1", remote.page_address[1], timeout=10)
    line.request("GET", "/qr.svg")
    response = line.getresponse()
    found = response.status, response.read()
    line.close()
    return found


def test_the_page_has_the_picture_and_only_who_was_let_in_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("instrument.ports.web.qr_code.our_addresses", lambda: ["192.168.1.5"])
    _, remote = open_remote(tmp_path, page_host="0.0.0.0")
    status, body = picture(remote)
    address = f"http://192.168.1.5:{remote.page_address[1]}/"
    assert status == 200 and from_svg(body) == [f"{address}?code={remote.pairing.code}"]
    remote.pairing.proven = lambda host: False  # type: ignore[method-assign]
    status, body = picture(remote)
    assert (status, b"<svg" in body) == (403, False)
    remote.close()


def test_a_page_for_this_machine_only_has_no_picture(tmp_path: Path) -> None:
    _, remote = open_remote(tmp_path)
    assert picture(remote)[0] == 404
    remote.close()


def test_the_terminal_gets_it_and_neither_the_log_nor_the_pages_do(tmp_path: Path) -> None:
    puppet, remote = open_remote(tmp_path, page_host="0.0.0.0")
    shown: list[str] = []
    remote.showing(shown.append)
    puppet.tell(Act("page.qr"))
    assert len(shown) == 1
    assert puppet.said == [] and remote.state.since(-1)[1].get("lines", []) == []
    remote.close()
