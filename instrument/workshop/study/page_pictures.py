"""`run.py plot page`: pictures of the web page for the README, taken in headless Chromium while a session plays.

It takes the page on a desk and on a phone, dark and light, and beside these, where they are asked for, a narrow phone
and a very large screen. Needs Chromium and its driver (Debian: chromium, chromium-driver) and the package selenium.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instrument.files.patch import find
from instrument.playing.time.clock import SystemClock
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig

Say = Callable[[str], None]
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--hide-scrollbars", "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
PATIENCE = 120.0  #: seconds until a picture has all that it shows
MISSING = "this needs Chromium and its driver; Debian: apt install chromium chromium-driver"
READY = (
    "return document.querySelectorAll('#score .announced').length >= 8"
    " && document.querySelectorAll('#score .tentative').length >= 2"
    " && Number(document.getElementById('heat').dataset.cells) > 20"
    " && !document.getElementById('credit-panel').hidden"
    " && [...document.querySelectorAll('#score > g')].some((row) => Math.abs(row.getBoundingClientRect().top"
    " - document.getElementById('score-view').getBoundingClientRect().top) < 40)"  # no scrolling half-way
)


@dataclass(frozen=True, slots=True)
class View:
    """A screen. width, height: in the page's pixels; ratio: dots of the picture in one of them; phone: touched."""

    name: str
    width: int
    height: int
    ratio: float = 1.0
    phone: bool = False
    light: bool = False


#: those of the README, and all
SHOWN = (View("page", 1440, 1230), View("phone", 390, 844, 2.0, True))
ALL = (
    *SHOWN, View("page-light", 1440, 1000, light=True), View("phone-light", 390, 844, 2.0, True, True),
    View("narrow", 320, 568, 2.0, True), View("large", 3840, 2160),
)  # fmt: skip


def page_pictures(out: Path, seed: int, views: tuple[View, ...], say: Say) -> list[Path]:
    """Write OUT/NAME.png for every view; returns where. Raises ValueError, OSError: one line. blocks: minutes."""
    from selenium import webdriver  # noqa: F401 - what is missing is said before the music starts

    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        raise ValueError(MISSING)
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with tempfile.TemporaryDirectory() as folder, session(seed, Path(folder)) as address:
        for view in views:
            path = out / f"{view.name}.png"
            path.write_bytes(picture(address, view, Path(folder)))
            say(f"{path}: {view.width} x {view.height}{', light' if view.light else ''}")
            written.append(path)
    return written


@contextmanager
def session(seed: int, folder: Path) -> Iterator[str]:
    """The patch `trio` plays to a port that leads nowhere; its page's address."""
    rig = Rig(silent=True, dry=True, recordings=folder, osc_port=0)
    said: list[str] = []
    conductor = Conductor(find("trio"), rig, said.append, seed=seed)
    music = threading.Thread(target=conductor.run, daemon=True)
    music.start()
    try:
        if not until(lambda: composed(conductor) or not music.is_alive()) or not music.is_alive():
            raise ValueError(f"no music began within {PATIENCE:g} s: {'; '.join(said)}")
        host, port = conductor.remote.page_address
        yield f"http://{host}:{port}/"
    finally:
        conductor.stop()
        music.join(PATIENCE)


def composed(conductor: Conductor) -> bool:
    """Whether what sounds comes from the network by now, and is no opening any more."""
    return any(span.source == "composed" for span in conductor.announced)


def picture(address: str, view: View, folder: Path) -> bytes:
    """A PNG of the first screen of the page, once it has a score, voices and reasons."""
    chrome = browser(view, folder / view.name)
    try:
        chrome.get(address)
        if not until(lambda: chrome.execute_script(READY)):
            raise ValueError(f"the page at {address} did not fill within {PATIENCE:g} s")
        return bytes(chrome.get_screenshot_as_png())
    finally:
        chrome.quit()


def browser(view: View, profile: Path) -> Any:
    """Chromium as wide and as bright as the view asks."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={view.width},{view.height}"):
        options.add_argument(flag)
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(shutil.which("chromedriver"))))
    metrics = {
        "width": view.width, "height": view.height, "deviceScaleFactor": view.ratio, "mobile": view.phone,
    }  # fmt: skip
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "light" if view.light else "dark"}
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    return chrome


def until(true: Callable[[], object]) -> bool:
    """Look ten times a second whether it has come true; False after PATIENCE seconds."""
    clock = SystemClock()
    ends = clock.now() + PATIENCE
    while not true():
        if clock.now() > ends:
            return False
        clock.sleep_until(clock.now() + 0.1)
    return True
