"""The band's page in a browser: the score large, what comes, clef and octave, a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.table import ACTIONS, CONTROLS
from instrument.ports.remote import Remote
from tests.fakes.browser import MARKS, PHONE, browser, errors_of, give_back, play
from tests.fakes.puppet import Puppet, eventually, open_remote

pytestmark = MARKS


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Puppet, Remote]]:
    folder = tmp_path_factory.mktemp("band")
    puppet, remote = open_remote(folder)
    chrome = browser((1280, 800))
    play(puppet, remote, announced=3, planned=16)
    yield chrome, puppet, remote
    errors = errors_of(chrome)
    give_back(chrome)
    remote.close()
    assert errors == []


def shown(chrome: Any, remote: Remote, query: str) -> None:
    host, port = remote.page_address
    chrome.get(f"http://{host}:{port}/band{query}")
    assert eventually(lambda: chrome.execute_script("return document.querySelectorAll('#score .sign').length") > 20)


@pytest.mark.parametrize(
    ("query", "key"),
    [("", "D major"), ("?for=Bb", "E major"), ("?for=Eb&clef=alto", "B major"), ("?clef=bass", "D major"),
     ("?clef=tenor", "D major"), ("?clef=treble8", "D major")],
)  # fmt: skip
def test_a_player_sees_the_score_large_in_the_own_key(
    chromium: tuple[Any, Puppet, Remote], query: str, key: str, tmp_path: Path
) -> None:
    chrome, _, remote = chromium
    shown(chrome, remote, query)
    assert eventually(lambda: key in chrome.execute_script("return document.getElementById('now').textContent"))
    box = chrome.execute_script(
        "const box = document.querySelector('#score .lines').getBoundingClientRect(), view = document.getElementById("
        "'score-view').getBoundingClientRect(); return [box.width, view.width, document.body.scrollWidth, innerWidth]"
    )
    assert abs(box[0] - box[1]) < 3 and box[2] <= box[3], "as wide as the page, and no wider"
    head = chrome.execute_script("return document.querySelector('#score ellipse').getBoundingClientRect().width")
    assert head > 14, "read from two metres"
    assert chrome.save_screenshot(str(tmp_path / f"band{re.sub('[^a-zA-Z0-9]', '-', query)}.png"))


def test_bars_to_go_the_next_key_and_the_last_time_are_shown(chromium: tuple[Any, Puppet, Remote]) -> None:
    chrome, puppet, remote = chromium
    shown(chrome, remote, "?for=Bb")
    puppet.publish({"setlist.coming": "jig, G major", "setlist.coming_key": "G major"})
    remote.turned()
    text = lambda: chrome.execute_script("return document.body.innerText")  # noqa: E731
    assert eventually(lambda: "then jig in A major" in text()), text()
    puppet.publish({"setlist.coming": "", "setlist.coming_key": ""})
    remote.turned()
    assert eventually(lambda: "then jig" not in text())


def test_a_player_changes_the_clef_and_the_address_keeps_it(chromium: tuple[Any, Puppet, Remote]) -> None:
    chrome, _, remote = chromium
    shown(chrome, remote, "")
    chrome.execute_script(
        "const select = document.getElementById('for'); select.value = 'Bb'; select.dispatchEvent(new Event('change'))"
    )
    assert eventually(lambda: "E major" in chrome.execute_script("return document.getElementById('now').textContent"))
    assert "for=Bb" in chrome.current_url
    assert eventually(lambda: chrome.execute_script("return document.querySelectorAll('#score .sign').length") > 20)


def test_there_is_nothing_to_turn_on_it(chromium: tuple[Any, Puppet, Remote]) -> None:
    chrome, puppet, remote = chromium
    shown(chrome, remote, "")
    before = puppet.snapshot
    assert chrome.execute_script("return document.querySelectorAll('button, input').length") == 0
    chrome.execute_script("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: ' ', bubbles: true}))")
    sent = (
        "const own = new WebSocket(`ws://${location.host}/band/live`); own.onopen = () => own.send(arguments[0]);"
        "own.onmessage = ({data}) => { const news = JSON.parse(data); if (news.error) window.refused = news.error; }"
    )
    for message in ({"do": next(iter(ACTIONS))}, {"set": {next(iter(CONTROLS)): 1}}):
        chrome.execute_script("window.refused = null;" + sent, json.dumps(message))
        assert eventually(lambda: chrome.execute_script("return window.refused"))
    assert puppet.snapshot == before and not puppet.done


def test_on_a_phone_it_fits(tmp_path: Path) -> None:
    puppet, remote = open_remote(tmp_path)
    chrome = browser(PHONE, phone=True, light=True)
    try:
        play(puppet, remote, announced=3, planned=16)
        shown(chrome, remote, "?for=Bb")
        assert chrome.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        heights = "return [...document.querySelectorAll('select')].map((one) => one.getBoundingClientRect().height)"
        assert min(chrome.execute_script(heights)) >= 44
        chrome.save_screenshot(str(tmp_path / "phone.png"))
    finally:
        give_back(chrome)
        remote.close()
