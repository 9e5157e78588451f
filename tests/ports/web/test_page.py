"""The page in a real browser (headless Chromium): what it draws, and sliders in both directions, desktop and phone."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from instrument.controls.table import CONTROLS
from instrument.playing.messages import Announced, Status
from tests.fakes.band import BAR, planner
from tests.fakes.browser import MARKS, Stage, play
from tests.fakes.puppet import Puppet, eventually

pytestmark = MARKS


def test_every_control_has_its_row_and_shows_its_value(stage: Stage) -> None:
    shown = stage.run("[...document.querySelectorAll('.control')].map((row) => [row.dataset.name, row.dataset.value])")
    rows = dict(shown)
    assert len(rows) == len(shown) and set(rows) == set(CONTROLS)
    for name, value in stage.puppet.snapshot.values.items():
        assert rows[name] == (str(value).lower() if isinstance(value, bool) else f"{value:g}"
                                     if isinstance(value, float) else str(value))  # fmt: skip


def count_lamp(stage: Stage) -> str:
    """What the lamp says that is there only before the music begins."""
    lamp = "document.querySelector(\"[data-lamp='count-in'] dd, [data-lamp='armed'] dd\")"
    return str(stage.run(f"{lamp}?.textContent ?? ''"))  # in one step: the page draws its lamps anew


@pytest.mark.parametrize("on", ["stage", "phone"])
def test_arm_is_a_button_and_the_count_is_shown(on: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    stage: Stage = request.getfixturevalue(on)
    puppet = stage.puppet
    puppet.done.clear()
    stage.one("#arm").click()
    assert puppet.until(lambda: "transport.arm" in puppet.done)
    for state, left, said in (("armed", 0, "next bar"), ("counting in", 5, "5 to go"), ("playing", 0, "")):
        puppet.readings.update({"transport.state": state, "transport.left": left})
        puppet.remote.turned()
        assert eventually(lambda said=said: count_lamp(stage) == said)
        assert stage.one("#arm").get_attribute("aria-pressed") == str(state == "armed").lower()
        stage.browser.save_screenshot(str(tmp_path / f"{state}.png"))
    boxes = [button.rect for button in stage.find("nav button")]
    assert all(a["x"] + a["width"] <= b["x"] for a, b in itertools.pairwise(boxes)), "side by side"
    width = stage.run("document.documentElement.scrollWidth")
    assert width <= stage.run("window.innerWidth"), "nothing is wider than the screen"


def test_a_slider_follows_osc(stage: Stage) -> None:
    stage.osc.send_message("/lilt/clock/bpm", 160)
    assert eventually(lambda: stage.value("clock.bpm") == "160")
    assert float(stage.slider("clock.bpm").get_attribute("value")) == 160
    assert stage.slider("clock.bpm").get_attribute("aria-valuetext") == "160 quarter notes per minute"
    stage.osc.send_message("/lilt/tune/key", "A dorian")
    assert eventually(lambda: "A dorian" in stage.one("#now").text)


def test_a_slider_turns_the_instrument(stage: Stage, puppet: Puppet) -> None:
    slider = stage.slider("tune.temperature")
    slider.send_keys(Keys.HOME)
    assert puppet.until(lambda: puppet.snapshot.values["tune.temperature"] == 0.1)
    slider.send_keys(Keys.END)
    assert puppet.until(lambda: puppet.snapshot.values["tune.temperature"] == 2.0)
    stage.run("arguments[0].click()", stage.one("[data-name='tune.guard'] input"))
    assert puppet.until(lambda: puppet.snapshot.values["tune.guard"] is False)


def test_the_finger_on_a_slider_is_not_fought(stage: Stage, puppet: Puppet) -> None:
    slider = stage.slider("sound.level")
    ActionChains(stage.browser).click_and_hold(slider).perform()
    assert puppet.until(lambda: abs(float(puppet.snapshot.values["sound.level"]) - 0.5) < 0.05)
    held = slider.get_attribute("value")
    stage.osc.send_message("/lilt/sound/level", 0.9)
    stage.osc.send_message("/lilt/clock/bpm", 99)
    assert eventually(lambda: stage.value("clock.bpm") == "99"), "the others follow meanwhile"
    assert slider.get_attribute("value") == held
    ActionChains(stage.browser).release().perform()
    assert eventually(lambda: float(slider.get_attribute("value")) == 0.9), "and this one when the finger is off"


def test_the_buttons_and_keys_fire(stage: Stage, puppet: Puppet) -> None:
    for name, action in (("new", "tune.new"), ("keep", "tune.keep"), ("panic", "panic"), ("play", "transport.play")):
        stage.one(f"#{name}").click()
        assert puppet.until(lambda action=action: puppet.done[-1:] == [action])
    stage.one("body").send_keys(Keys.ESCAPE)
    assert puppet.until(lambda: puppet.done[-1:] == ["panic"])
    assert len(puppet.done) == 5


def test_space_on_what_has_the_focus_presses_that_and_elsewhere_plays(stage: Stage, puppet: Puppet) -> None:
    for name, action in (("keep", "tune.keep"), ("new", "tune.new"), ("learn", "midi.learn")):
        stage.run("document.getElementById(arguments[0]).focus()", name)
        stage.one(f"#{name}").send_keys(Keys.SPACE)
        assert puppet.until(lambda action=action: puppet.done[-1:] == [action])
    summary = stage.one("#controls details:nth-of-type(2) summary")
    was = stage.run("arguments[0].parentNode.open", summary)
    stage.run("arguments[0].focus()", summary)
    summary.send_keys(Keys.SPACE)
    assert eventually(lambda: stage.run("arguments[0].parentNode.open", summary) != was)
    summary.send_keys(Keys.SPACE)
    guard = stage.one("[data-name='tune.guard'] input")
    stage.run("(arguments[0].closest('details').open = true, arguments[0].focus())", guard)
    before = puppet.snapshot.values["tune.guard"]
    guard.send_keys(Keys.SPACE)
    assert puppet.until(lambda: puppet.snapshot.values["tune.guard"] is not before)
    guard.send_keys(Keys.SPACE)
    assert puppet.done == ["tune.keep", "tune.new", "midi.learn"], "and nothing was played or stopped"
    stage.run("document.activeElement.blur()")
    stage.one("body").send_keys(Keys.SPACE)
    assert puppet.until(lambda: puppet.done[-1:] == ["transport.play"])


def test_what_a_patch_cannot_bring_is_marked_and_says_why(stage: Stage, puppet: Puppet) -> None:
    chips = {chip.text: chip for chip in stage.find("#patches button")}
    assert "partly" in chips["chorale"].get_attribute("class")
    assert "partly" not in chips["first"].get_attribute("class")
    why = chips["chorale"].get_attribute("aria-description")
    assert why == "chorale: its controls and voices only; start Lilt with it for its melody, which is yours to play"
    puppet.said.clear()
    chips["chorale"].click()
    assert puppet.until(lambda: puppet.said == [why])
    assert eventually(lambda: stage.one("#patch-why").text == why)
    chips["first"].click()
    assert eventually(lambda: stage.one("#patches .on").text == "first")
    assert chips["first"].get_attribute("aria-pressed") == "true"


def test_what_each_control_does_is_said_on_the_page(stage: Stage) -> None:
    stage.one("#help").click()
    stage.slider("clock.bpm")
    text = stage.one("[data-name='clock.bpm'] .help").text
    assert CONTROLS["clock.bpm"].help in text and "/lilt/clock/bpm" in text
    stage.one("#help").click()
    assert not stage.one("[data-name='clock.bpm'] .help").is_displayed()
    described = stage.one("[data-name='clock.bpm'] input").get_attribute("aria-describedby")
    assert CONTROLS["clock.bpm"].help in stage.run("document.getElementById(arguments[0]).textContent", described)


def test_a_key_of_the_keyboard_moves_a_slider_by_a_round_step(stage: Stage, puppet: Puppet) -> None:
    stage.osc.send_message("/lilt/clock/bpm", 120)
    assert eventually(lambda: stage.value("clock.bpm") == "120")
    stage.slider("clock.bpm").send_keys(Keys.ARROW_RIGHT)
    assert puppet.until(lambda: puppet.snapshot.values["clock.bpm"] == 121.0)
    stage.osc.send_message("/lilt/tune/temperature", 1.0)
    assert eventually(lambda: stage.value("tune.temperature") == "1")
    stage.slider("tune.temperature").send_keys(Keys.ARROW_RIGHT)
    assert puppet.until(lambda: puppet.snapshot.values["tune.temperature"] == 1.005)


def test_a_patch_is_loaded(stage: Stage, puppet: Puppet) -> None:
    next(chip for chip in stage.find("#patches button") if chip.text == "jig").click()
    assert puppet.until(lambda: puppet.snapshot.values["tune.meter"] == "6/8")
    assert eventually(lambda: stage.one("#patches .on").text == "jig")


def test_the_score_the_roll_the_heat_map_and_the_credits_are_drawn(stage: Stage, puppet: Puppet) -> None:
    play(puppet, stage.remote)
    assert eventually(lambda: len(stage.find("#score .measure.announced")) == 2)
    assert len(stage.find("#score .measure.tentative")) == 4
    revision, news = stage.remote.state.since(-1)
    signs = sum(len(span["score"]["signs"]) for span in news["spans"])
    assert len(stage.find("#score .sign")) == signs > 0
    assert eventually(lambda: int(stage.one("#heat").get_attribute("data-cells")) >= 12)
    assert int(stage.one("#roll").get_attribute("data-notes")) > 0
    assert eventually(lambda: stage.one("#credit").get_attribute("data-notes") == "1")
    colours = "new Set(document.getElementById(arguments[0]).getContext('2d').getImageData(0, 0, 300, 150).data).size"
    for name in ("heat", "roll", "credit"):
        assert stage.run(colours, name) > 8, f"{name} is empty"
    faint = "getComputedStyle(document.querySelector('#score .tentative')).opacity"
    assert float(stage.run(faint)) < 0.5
    assert revision >= 8
    assert stage.one("[data-lamp='ahead']").text.split() == ["ahead", "4.0", "bars"]


def test_it_comes_back_when_lilt_does(stage: Stage) -> None:
    nobody = "class { constructor() { setTimeout(() => this.onclose(), 1); } }"
    stage.run(f"(window.kept = WebSocket, window.WebSocket = {nobody})")
    for connection in list(stage.remote._web._waiting):
        stage.remote._web._loop.call_soon_threadsafe(connection.transport.abort)
    assert eventually(lambda: stage.run("document.body.classList.contains('away')"))
    stage.run("(window.WebSocket = window.kept)")
    assert eventually(lambda: not stage.run("document.body.classList.contains('away')"))
    stage.osc.send_message("/lilt/clock/bpm", 77)
    assert eventually(lambda: stage.value("clock.bpm") == "77")


def cut(stage: Stage) -> None:
    """The line breaks, and cannot be had again until `mended`."""
    nobody = "class { constructor() { setTimeout(() => this.onclose(), 1); } }"
    stage.run(f"(window.kept = WebSocket, window.WebSocket = {nobody})")
    for connection in list(stage.remote._web._waiting):
        stage.remote._web._loop.call_soon_threadsafe(connection.transport.abort)
    assert eventually(lambda: stage.run("document.body.classList.contains('away')"))


def mended(stage: Stage) -> None:
    stage.run("(window.WebSocket = window.kept)")
    assert eventually(lambda: not stage.run("document.body.classList.contains('away')"))


def test_when_lilt_has_gone_no_lamp_is_green_and_no_move_is_lost(stage: Stage, puppet: Puppet) -> None:
    play(puppet, stage.remote)
    assert eventually(lambda: stage.find("#lamps .good"))
    cut(stage)
    assert stage.find("#lamps .good, #lamps .warn, #lamps .bad") == []
    assert stage.run("[...document.querySelectorAll('#lamps dd')].map((e) => e.textContent)") == ["–"] * 4
    assert stage.one("#play").text.startswith("Play")
    stage.slider("tune.temperature").send_keys(Keys.HOME)
    stage.one("#panic").click()
    assert eventually(lambda: stage.one("#said").text == "Lilt is not there; that was not done")
    stage.osc.send_message("/lilt/clock/bpm", 88)
    mended(stage)
    assert puppet.until(lambda: puppet.snapshot.values["tune.temperature"] == 0.1), "what was turned meanwhile"
    assert eventually(lambda: stage.value("clock.bpm") == "88")
    assert stage.value("tune.temperature") == "0.1"
    assert puppet.done == [], "a panic of then is none of now"


def test_a_line_that_is_dead_without_a_word_is_noticed_and_its_moves_go_out_again(stage: Stage, puppet: Puppet) -> None:
    deaf = (
        "class extends EventTarget { constructor() { super(); setTimeout(() => this.onopen?.(), 1); }"
        " get readyState() { return 1; } send() {} close() {} }"
    )
    cut(stage)
    stage.run(f"(window.deaf = {deaf}, window.deaf.OPEN = 1, window.WebSocket = window.deaf)")
    assert eventually(lambda: not stage.run("document.body.classList.contains('away')"))
    stage.slider("search.beam").send_keys(Keys.END)
    assert eventually(lambda: stage.run("document.body.classList.contains('away')"), 15)
    stage.run("(window.WebSocket = window.kept)")
    assert puppet.until(lambda: puppet.snapshot.values["search.beam"] == 137, 30)


def test_a_sets_later_tune_is_told_by_its_number_and_its_own_key(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        plan = planner(stage.puppet.snapshot)
        spans = [plan.next_span() for _ in range(4)]
        later = [replace(span, tune=4, key="E minor", of_set=replace(span.of_set, first=3)) for span in spans]
        for span in later:
            stage.remote.state.planned(span)
            stage.puppet.tell(Announced(span))
        status = Status(True, 2, 112.0, 4.0, 0, 1.5, tick=BAR // 2)
        stage.puppet.readings.update(status.readings())
        stage.puppet.tell(status)
        assert eventually(lambda: "tune 2 · E minor" in stage.one("#score").text)
        said = r"tune 2, bar \d, E minor"  # the page goes on by itself from where the music was
        assert eventually(lambda: re.match(said, stage.one("#score-what").text)), stage.one("#score-what").text
        stage.puppet.change([("tune.key", "C major")])
        assert eventually(lambda: "E minor (C major is set)" in stage.one("#now").text), stage.one("#now").text
        stage.browser.save_screenshot(str(tmp_path / "later.png"))
    finally:
        stage.close()


COUNTED = """
window.counted = {frames: 0, drawn: 0};
const {clearRect} = CanvasRenderingContext2D.prototype, ask = window.requestAnimationFrame;
CanvasRenderingContext2D.prototype.clearRect = function (...box) { counted.drawn += 1; clearRect.apply(this, box); };
window.requestAnimationFrame = (draw) => { counted.frames += 1; return ask(draw); };
"""


def counted(stage: Stage, milliseconds: int) -> tuple[int, int]:
    """Frames asked for, and canvases drawn, in that time."""
    found = stage.browser.execute_async_script(
        "Object.assign(counted, {frames: 0, drawn: 0});"
        "setTimeout(arguments[1], arguments[0])", milliseconds
    ) or stage.run("[counted.frames, counted.drawn]")  # fmt: skip
    return tuple(found)


def test_it_draws_while_the_music_moves_and_at_rest_nothing(tmp_path: Path) -> None:
    """A page that nobody plays on costs the computer that plays nothing."""
    stage = Stage(tmp_path)
    stage.browser.execute_script(COUNTED)
    assert eventually(lambda: counted(stage, 300)[1] == 0)
    frames, drawn = counted(stage, 2000)
    assert frames <= 6 and drawn == 0
    play(stage.puppet, stage.remote)
    assert eventually(lambda: stage.run("Number(document.getElementById('roll').dataset.notes)") > 5)
    assert counted(stage, 1000)[1] > 5
    stood = Status(False, 2, 112.0, 4.0, 0, 1.5, tick=BAR // 2)
    stage.puppet.readings.update(stood.readings())
    stage.puppet.tell(stood)
    assert eventually(lambda: counted(stage, 300)[1] == 0)
    stage.browser.set_window_size(900, 800)
    assert eventually(lambda: counted(stage, 300)[1] == 0)
    roll = stage.run("[document.getElementById('roll').width, document.getElementById('roll').clientWidth]")
    assert roll[0] == roll[1], "drawn anew at its new size"
    stage.close()
