"""A running instrument played from its page in Chromium: answered, accompanied, tapped out, and left in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from instrument.controls.requests import ThinkerReady
from instrument.files.patch import find
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.browser import DESKTOP, MARKS, browser
from tests.fakes.thorough import every
from tests.fakes.waiting import until
from tests.fakes.wire_watch import newest, watched

pytestmark = MARKS
#: plays keys of the computer at even steps: codes, ms of a step; each is held for most of it
PLAY = """
const [codes, step] = arguments;
codes.forEach((code, n) => {
  if (!code) return;
  const event = {code, key: "x", bubbles: true, cancelable: true};
  const send = (type) => document.body.dispatchEvent(new KeyboardEvent(type, event));
  setTimeout(() => send("keydown"), n * step);
  setTimeout(() => send("keyup"), n * step + step * 0.8);
});
"""


class Played:
    """A conductor, what it said, and a browser on its page with the keys opened."""

    chrome: WebDriver

    def __init__(self, conductor: Conductor, said: list[str]) -> None:
        self.conductor, self.said = conductor, said

    @contextmanager
    def opened(self) -> Iterator[None]:
        """A browser of its own is on the page."""
        self.chrome = browser(DESKTOP)
        try:
            host, port = self.conductor.remote.page_address
            self.chrome.get(f"http://{host}:{port}/")
            assert until(lambda: self.find(".control"), 60)
            self.chrome.execute_script("document.getElementById('keys-panel').open = true")
            page = self.chrome.find_element(By.ID, "keys-page")
            assert until(lambda: page.text == "page 1" and self.find("[data-note]"), 30)
            yield
        finally:
            with suppress(WebDriverException):
                self.chrome.quit()

    @property
    def down(self) -> set[tuple[int, int]]:
        return newest(self.said)[0]

    def struck(self, *channels: int) -> int:
        counts = newest(self.said)[1]
        return sum(counts.get(channel, 0) for channel in channels)

    def type(self, *codes: str, step: int = 250) -> None:
        self.chrome.execute_script(PLAY, list(codes), step)

    def find(self, css: str) -> list[object]:
        return list(self.chrome.find_elements(By.CSS_SELECTOR, css))


@contextmanager
def playing(folder: Path, patch: str, *changes: tuple[str, object]) -> Iterator[Played]:
    said: list[str] = []
    given = Rig(silent=True, dry=True, recordings=folder, osc_port=0, log=False)
    conductor = Conductor(find(patch), given, said.append, seed=7, body=watched)
    conductor.change(list(changes))  # type: ignore[arg-type]
    ready: list[ThinkerReady] = []
    conductor.listen(ThinkerReady, ready.append)
    thread = threading.Thread(target=conductor.run)
    thread.start()
    try:
        assert until(lambda: any(line.startswith("steer it") for line in said), 60), said
        assert until(lambda: ready, 60), said
        yield Played(conductor, said)
    finally:
        conductor.stop()
        thread.join(20)
    assert not thread.is_alive()
    assert not conductor.failed
    assert not any("fault" in line for line in said), said


def composed(conductor: Conductor, since: int) -> int:
    """Bars with notes of the melody that were announced beyond so many."""
    spans = conductor.announced[since:]
    return sum(any(note.voice == "melody" for note in span.notes) for span in spans)


def test_a_phrase_tapped_on_the_page_is_answered(tmp_path: Path) -> None:
    with playing(tmp_path, "answer", ("play.way", "answer")) as played, played.opened():
        before = len(played.conductor.announced)
        played.type("KeyC", "KeyB", "KeyN", "KeyB", "KeyC", "KeyZ", "KeyC", "", "KeyB", "KeyN", "KeyB", "KeyC", "KeyZ")
        assert until(lambda: played.struck(1, 3) >= 5, 10), "its notes sound as they are played"
        assert until(lambda: composed(played.conductor, before), 40), [
            span.source for span in played.conductor.announced
        ]
        assert until(lambda: not played.down - {key for key in played.down if key[0] == 2}, 20)


def test_a_melody_played_on_the_page_is_accompanied(tmp_path: Path) -> None:
    with playing(tmp_path, "chorale", ("harmony.time", "hands")) as played, played.opened():
        voices = played.conductor.patch.voices
        channels = [voices[name].channel for name in ("bass", "alto", "tenor") if name in voices]
        assert channels

        def accompanied() -> bool:
            played.type("KeyQ", "KeyW", "KeyE", "KeyR", "KeyT", step=400)
            return until(lambda: played.struck(*channels) >= 4, 6)

        assert until(accompanied, 40), "the voices come to what is played"
        assert until(lambda: played.struck(voices["soprano"].channel) >= 4, 6), "and what is played sounds itself"
        assert until(lambda: not any(channel == voices["soprano"].channel for channel, _ in played.down), 10)


@pytest.mark.long
def test_the_tune_is_tapped_out_on_the_pad(tmp_path: Path) -> None:
    with playing(tmp_path, "tap") as played, played.opened():
        pad = played.chrome.find_element(By.ID, "pad-tune")
        before = played.struck(1)

        def tapped() -> bool:
            ActionChains(played.chrome).move_to_element(pad).click_and_hold().pause(0.05).release().perform()
            return played.struck(1) >= before + 4

        assert until(tapped, 30), "each press sounds the tune's next note"


def held(played: Played, note: int = 62) -> None:
    """A key of the screen is pressed and stays so."""
    key = played.chrome.find_element(By.CSS_SELECTOR, f"[data-note='{note}']")
    played.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", key)
    ActionChains(played.chrome).move_to_element_with_offset(key, 0, 30).click_and_hold().perform()
    assert until(lambda: any(number == note for _, number in played.down), 10), played.said[-3:]


LEAVES = {
    "the tab crashes": lambda chrome: chrome.execute_cdp_cmd("Page.crash", {}),
    "it is closed": lambda chrome: chrome.close(),
    "it goes elsewhere": lambda chrome: chrome.get("about:blank"),
    "the browser ends": lambda chrome: chrome.quit(),
    "it stands still": lambda chrome: chrome.execute_script(
        "const ends = Date.now() + 8000; while (Date.now() < ends);"
    ),
}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """`first`, its melody alone: one for all that leave it."""
    with playing(tmp_path_factory.mktemp("rig"), "first", ("harmony.on", False)) as played:
        yield played


@pytest.mark.parametrize("leaves", every(3, list(LEAVES)))
def test_no_note_hangs_when(first: Played, leaves: str) -> None:
    with first.opened():
        first.conductor.act("transport.stop")
        assert until(lambda: not first.down, 10)
        held(first)

        def go() -> None:
            with suppress(WebDriverException):
                LEAVES[leaves](first.chrome)

        threading.Thread(target=go, daemon=True).start()
        assert until(lambda: not first.down, 7), f"{leaves}: {first.down}"
