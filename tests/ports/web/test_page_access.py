"""The page for everybody: axe-core finds no violation of its rules, dark and light, on a computer and on a phone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import npm_packages
from tests.fakes.browser import DESKTOP, MARKS, PHONE, Stage, play
from tests.fakes.puppet import eventually
from tests.fakes.thorough import every

pytestmark = [
    *MARKS,
    pytest.mark.skipif(not npm_packages.there(), reason="node and npm are not installed (Debian: nodejs, npm)"),
]


def violations(stage: Stage) -> list[Any]:
    """What axe-core says of the page as it stands: each rule that is broken, and where."""
    stage.browser.execute_script((npm_packages.installed() / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = stage.browser.execute_async_script(
        "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then((result) => done(JSON.stringify("
        "[result.passes.length, result.violations.map(({id, nodes}) => [id, nodes.map(({target, failureSummary}) =>"
        " [target.join(' '), failureSummary])])])))"
    )
    passed, broken = json.loads(found)
    assert passed > 15, "the rules were really asked"
    return list(broken)


SCREENS = (
    pytest.param(DESKTOP, False, id="computer-dark"), pytest.param(DESKTOP, True, id="computer-light"),
    pytest.param(PHONE, True, id="phone-light"), pytest.param(PHONE, False, id="phone-dark"),
)  # fmt: skip


@pytest.mark.parametrize(("size", "light"), every(2, SCREENS))
def test_axe_finds_no_violation(tmp_path: Path, size: tuple[int, int], light: bool) -> None:
    stage = Stage(tmp_path, size, phone=size == PHONE, light=light)
    play(stage.puppet, stage.remote)
    stage.puppet.act("tune.keep")
    assert eventually(lambda: stage.find("#tunes button"))
    assert eventually(lambda: len(stage.find("#score .measure")) == 6)
    stage.run("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    stage.run("document.getElementById('help').click()")
    assert violations(stage) == []
    ground = stage.run("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(244, 241, 234)" if light else "rgb(12, 14, 18)")
    stage.close()


def test_the_door_with_the_code_has_none_either(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    host, port = stage.remote.page_address
    stage.browser.get(f"http://{host}:{port}/pair.html")
    assert stage.one("#code").get_attribute("inputmode") == "numeric"
    assert violations(stage) == []
    stage.close()


def test_the_rules_find_what_is_wrong(tmp_path: Path) -> None:
    """The judge is judged: faint text, a nameless button."""
    stage = Stage(tmp_path)
    stage.run("document.getElementById('keep').replaceChildren()")
    stage.run("(document.querySelector('h2').style.color = '#4a5260')")
    assert {rule for rule, _ in violations(stage)} == {"button-name", "color-contrast"}
    stage.close()
