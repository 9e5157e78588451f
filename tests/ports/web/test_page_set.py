"""The set on the page, in a real browser: what comes is told, and the leader's buttons call and take back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from instrument.playing.messages import Status
from tests.fakes.browser import MARKS, PHONE, Stage
from tests.fakes.puppet import eventually

pytestmark = MARKS

TOLD = {"set.tune": 2, "set.time": 1, "set.to_go": 12, "set.coming": "time 2 of 3", "set.key": ""}


@pytest.fixture(scope="module", params=["desktop", "phone"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("set")
    one = Stage(folder, PHONE, phone=True) if request.param == "phone" else Stage(folder)
    yield one
    one.close()


def tell(stage: Stage, **told: object) -> None:
    readings = {**TOLD, **{f"set.{name}": value for name, value in told.items()}}
    stage.puppet.readings.update(readings)  # type: ignore[arg-type]
    stage.puppet.tell(Status(True, 5, 200.0, 4.0, 0, 0.0))


def line(stage: Stage) -> str:
    return stage.browser.find_element(By.ID, "set-now").text


def test_what_comes_is_told(stage: Stage, tmp_path: Path) -> None:
    tell(stage)
    assert eventually(lambda: line(stage) == "tune 2 · time 1 · 12 bars to go · then time 2 of 3"), line(stage)
    tell(stage, to_go=1, coming="next tune", key="A dorian")
    assert eventually(lambda: line(stage) == "tune 2 · time 1 · 1 bar to go · then next tune, A dorian"), line(stage)
    assert "soon" in (stage.browser.find_element(By.ID, "set-now").get_attribute("class") or "")
    tell(stage, to_go=-1)
    assert eventually(lambda: line(stage) == "tune 2 · time 1 · then time 2 of 3"), line(stage)
    tell(stage, to_go=0, coming="")
    assert eventually(lambda: line(stage).endswith("the set is over")), line(stage)
    tell(stage)
    assert stage.browser.save_screenshot(str(tmp_path / "set.png"))
    box = stage.browser.find_element(By.ID, "set").rect
    assert box["x"] >= 0 and box["x"] + box["width"] <= stage.browser.execute_script("return innerWidth")


@pytest.mark.parametrize(
    ("id", "action"), [("set-last", "set.last"), ("set-next", "set.next"), ("fade", "transport.fade")]
)
def test_the_leader_calls(stage: Stage, id: str, action: str) -> None:
    tell(stage)
    assert eventually(lambda: stage.browser.find_element(By.ID, id).is_displayed())
    before = len(stage.puppet.done)
    stage.browser.execute_script("arguments[0].click()", stage.browser.find_element(By.ID, id))
    assert stage.puppet.until(lambda: action in stage.puppet.done[before:])


def test_what_is_called_is_shown_as_pressed(stage: Stage) -> None:
    tell(stage)
    for said, pressed in (("last", "set-last"), ("next", "set-next")):
        stage.puppet.change([("set.then", said)])
        for id in ("set-last", "set-next"):
            button = stage.browser.find_element(By.ID, id)
            shown = "true" if id == pressed else "false"
            assert eventually(lambda button=button, shown=shown: button.get_attribute("aria-pressed") == shown)
    stage.puppet.change([("set.then", "as planned")])
