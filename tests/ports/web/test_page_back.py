"""The way back on the page, in a real browser: its buttons and keys, the button that lends, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from instrument.rig.way_back.way_back import WayBack
from tests.fakes.browser import MARKS, PHONE, Stage
from tests.fakes.puppet import Puppet, eventually

pytestmark = MARKS


@pytest.fixture(scope="module", params=[False, True], ids=["desktop", "phone"])
def stage(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stage]:
    tmp_path = tmp_path_factory.mktemp("page")
    one = Stage(tmp_path, PHONE, phone=True) if request.param else Stage(tmp_path)
    yield one
    one.close()


def shot(stage: Stage, name: str, folder: Path) -> Path:
    stage.run("document.getElementById('way-back').scrollIntoView({block: 'center'})")
    path = folder / f"{name}.png"
    stage.browser.save_screenshot(str(path))
    return path


def test_the_way_back_on_the_page(stage: Stage, tmp_path: Path) -> None:
    puppet: Puppet = stage.puppet
    for name, action in (
        ("undo", "undo"), ("redo", "redo"), ("back", "tune.back"), ("begin", "loop.begin"), ("end", "loop.end"),
    ):  # fmt: skip
        stage.run("document.getElementById(arguments[0]).scrollIntoView({block: 'center'})", name)
        stage.one(f"#{name}").click()
        assert puppet.until(lambda action=action: puppet.done[-1:] == [action])
    for key, action in (("z", "undo"), ("y", "redo"), ("b", "tune.back")):
        stage.one("body").send_keys(key)
        assert puppet.until(lambda action=action: puppet.done[-1:] == [action])
    button = stage.one("#control-temp")
    stage.run("arguments[0].scrollIntoView({block: 'center'})", button)
    ActionChains(stage.browser).click_and_hold(button).perform()
    assert puppet.until(lambda: puppet.snapshot.values["temp"] is True)
    assert eventually(lambda: button.get_attribute("aria-pressed") == "true")
    assert shot(stage, "held", tmp_path).stat().st_size > 10_000
    ActionChains(stage.browser).release().perform()
    assert puppet.until(lambda: puppet.snapshot.values["temp"] is False)
    stage.run("arguments[0].focus()", button)
    ActionChains(stage.browser).key_down(Keys.SPACE).perform()
    assert puppet.until(lambda: puppet.snapshot.values["temp"] is True)
    ActionChains(stage.browser).key_up(Keys.SPACE).perform()
    assert puppet.until(lambda: puppet.snapshot.values["temp"] is False)
    assert stage.run("document.documentElement.scrollWidth <= innerWidth")


def test_a_loop_that_cannot_be_is_said_and_the_slider_goes_back(stage: Stage) -> None:
    puppet: Puppet = stage.puppet
    back = WayBack(puppet.snapshot, lambda: 0.0)
    puppet.remote.refused = lambda changes: (
        dict.fromkeys((name for name, _ in changes), why) if (why := back.refusal(puppet.snapshot, changes)) else {}
    )
    slider = stage.one("[data-name='loop.from'] input")
    stage.run(
        "((one) => { one.closest('details').open = true; one.value = 40; one.dispatchEvent(new Event('input')); })"
        "(arguments[0])", slider,
    )  # fmt: skip
    assert eventually(lambda: "ends before it begins" in stage.one("#said").text)
    assert puppet.snapshot.values["loop.from"] == 1
    assert eventually(lambda: slider.get_attribute("value") == "1"), "the slider shows what is"
