"""Headless Chromium on the page of an instrument that plays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pythonosc.udp_client import SimpleUDPClient
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from instrument.controls.explanations import Choice, Reason, Thought, Why
from instrument.playing.messages import Announced, Status
from instrument.ports.remote import Remote
from tests.fakes.band import BAR, planner
from tests.fakes.puppet import Puppet, eventually, open_remote

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
#: what every test in a browser is marked with
MARKS = [
    pytest.mark.realtime,
    pytest.mark.peers,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="chromium is not installed (Debian: chromium, chromium-driver)"
    ),
]
DESKTOP, PHONE = (1440, 1000), (390, 844)
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


Kind = tuple[int, int] | None  #: of browsers that cannot be turned into each other: a phone of that size, or a computer
_free: dict[Kind, list[webdriver.Chrome]] = {}  # of this process; to start one takes longer than most tests
_all: list[webdriver.Chrome] = []


def browser(size: tuple[int, int], phone: bool = False, light: bool = False) -> webdriver.Chrome:
    """A browser of that size, an empty one of those that were given back, or a new one."""
    waiting = _free.setdefault(size if phone else None, [])
    chrome = waiting.pop() if waiting else _started(size if phone else None)
    if not phone:
        chrome.set_window_size(*size)
    scheme = {"name": "prefers-color-scheme", "value": "light" if light else "dark"}
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    return chrome


def give_back(chrome: webdriver.Chrome) -> None:
    """It is needed no more: another test may have it."""
    chrome.get("about:blank")
    chrome.get_log("browser")
    _free[chrome.lilt_kind].append(chrome)


@pytest.fixture(scope="session", autouse=True)
def no_browser_stays() -> Iterator[None]:
    """When all is over they are ended."""
    yield
    for chrome in _all:
        chrome.quit()


def errors_of(chrome: webdriver.Chrome) -> list[str]:
    """What the page's scripts have complained about since the last time."""
    return [entry["message"] for entry in chrome.get_log("browser") if entry["level"] == "SEVERE"]


def _started(phone: Kind) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in FLAGS:
        options.add_argument(flag)
    if phone:
        metrics = {"width": phone[0], "height": phone[1], "pixelRatio": 2}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
        options.add_argument(f"--window-size={phone[0]},{phone[1]}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    chrome.lilt_kind = phone
    _all.append(chrome)
    return chrome


class Stage:
    """A puppet, its remote control, and a browser on its page."""

    def __init__(
        self, folder: Path, size: tuple[int, int] = DESKTOP, phone: bool = False, light: bool = False, **setup: Any
    ) -> None:  # fmt: skip
        self.puppet, self.remote = open_remote(folder, **setup)
        self.osc = SimpleUDPClient(*self.remote.osc.address)
        self.browser = browser(size, phone, light)
        host, port = self.remote.page_address
        self.browser.get(f"http://{host.replace('0.0.0.0', '127.0.0.1')}:{port}/")
        assert eventually(lambda: self.find(".control"), 60.0), self.errors()

    def find(self, css: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def one(self, css: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def run(self, script: str, *given: Any) -> Any:
        return self.browser.execute_script(f"return {script}", *given)

    def value(self, name: str) -> Any:
        """What the page shows of a control."""
        return self.run("document.querySelector(`[data-name='${arguments[0]}']`).dataset.value", name)

    def slider(self, name: str) -> WebElement:
        """The slider of a control, its group opened and in view."""
        element = self.one(f"[data-name='{name}'] input")
        self.run("arguments[0].closest('details, section').open = true", element)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        return element

    def errors(self) -> list[str]:
        return errors_of(self.browser)

    def close(self) -> None:
        errors = self.errors()
        give_back(self.browser)
        self.remote.close()
        assert errors == []


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("desktop"))
    yield stage
    stage.close()


@pytest.fixture
def puppet(stage: Stage) -> Puppet:
    stage.puppet.done.clear()
    return stage.puppet


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("phone"), PHONE, phone=True)
    yield stage
    stage.close()


def play(puppet: Puppet, remote: Remote, announced: int = 2, planned: int = 6) -> None:
    """A tune of which so many bars are announced, with what was weighed and why."""
    plan = planner(puppet.snapshot)
    spans = [plan.next_span() for _ in range(planned)]
    choice = Choice("C", 0.25, (("D", 0.5), ("C", 0.25), ("|", 0.125)))
    for span in spans:
        remote.state.planned(span)
        puppet.tell(Thought(span.plan, span.start, span.end, (choice,) * 4))
    for span in spans[:announced]:
        puppet.tell(Announced(span))
    nats = (("key", -0.2), ("chord", -3.0))
    puppet.tell(Why((Reason(0, "bass", 48, nats, 0.0, 36, (1.0,), 0.0, 0.0),)))
    status = Status(True, announced, 112.0, 4.0, 0, 1.5, tick=BAR // 2)
    puppet.readings.update(status.readings())
    puppet.tell(status)
