"""The mixer, saving and the set list on the page, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from instrument.controls.voice import PARTS
from tests.fakes.browser import DESKTOP, MARKS, PHONE, Stage, play
from tests.fakes.mixed import evening
from tests.fakes.puppet import eventually

pytestmark = MARKS


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("mixer")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        evening(folder / "patches")
        stage = Stage(folder, DESKTOP)
        play(stage.puppet, stage.remote)
        yield stage
        stage.close()


def text(stage: Stage, css: str) -> str:
    return str(stage.run("document.querySelector(arguments[0]).textContent", css))


def opened(stage: Stage) -> None:
    stage.run("[...document.querySelectorAll('#mixer')].forEach((one) => { one.closest('details').open = true; })")
    stage.run("document.getElementById('mixer').scrollIntoView()")


def test_every_voice_has_a_strip_and_says_whether_it_is_there(stage: Stage) -> None:
    opened(stage)
    assert [one.get_attribute("data-voice") for one in stage.find(".strip")] == list(PARTS)
    assert stage.run("document.querySelector('[data-voice=bass]').classList.contains('off')")
    stage.osc.send_message("/lilt/voice/bass/on", 1)
    assert eventually(lambda: not stage.run("document.querySelector('[data-voice=bass]').classList.contains('off')"))


def test_a_level_moved_on_the_page_and_over_osc_is_one(stage: Stage) -> None:
    opened(stage)
    slider = stage.slider("voice.melody.level")
    stage.run("(arguments[0].value = 0.25, arguments[0].dispatchEvent(new Event('input')))", slider)
    assert eventually(lambda: abs(stage.puppet.snapshot.number("voice.melody.level") - 0.25) < 0.02)
    stage.osc.send_message("/lilt/voice/melody/level", 0.7)
    assert eventually(lambda: stage.value("voice.melody.level") == "0.7")


def test_mute_and_solo_show_who_is_silent(stage: Stage) -> None:
    opened(stage)
    stage.osc.send_message("/lilt/voice/bass/on", 1)
    stage.osc.send_message("/lilt/voice/bass/solo", 1)
    found = "document.querySelector(`[data-voice=${arguments[0]}]`).classList.contains('silent')"
    silent = lambda part: stage.run(found, part)  # noqa: E731
    assert eventually(lambda: silent("melody") and not silent("bass"))
    stage.osc.send_message("/lilt/voice/bass/solo", 0)
    assert eventually(lambda: not silent("melody"))


def test_a_channel_that_is_taken_is_refused_in_one_line(stage: Stage) -> None:
    stage.run("document.querySelector(`[data-name='voice.melody.channel']`).closest('details').open = true")
    before = stage.puppet.snapshot.values["voice.melody.channel"]
    slider = stage.slider("voice.melody.channel")
    there = stage.puppet.snapshot.values["voice.bass.channel"]
    stage.osc.send_message("/lilt/voice/bass/on", 1)
    assert eventually(lambda: stage.puppet.snapshot.values["voice.bass.on"])
    stage.run("(arguments[0].value = arguments[1], arguments[0].dispatchEvent(new Event('input')))", slider, there)
    assert eventually(lambda: "give each voice its own" in text(stage, "#said"))
    assert stage.puppet.snapshot.values["voice.melody.channel"] == before
    assert eventually(lambda: stage.run("arguments[0].value", slider) == str(before)), "it shows how things stand"


def test_an_output_by_name_is_shown_beside_the_choices(stage: Stage) -> None:
    stage.osc.send_message("/lilt/voice/melody/output", "keys")
    assert eventually(lambda: stage.run("document.getElementById('control-voice-melody-output').value") == "keys")


def test_a_patch_is_saved_under_a_name_and_is_there_to_be_played(stage: Stage) -> None:
    stage.run("(document.getElementById('save-name').value = 'friday night', document.getElementById('save').click())")
    assert eventually(lambda: Path("patches/friday night.toml").exists())
    assert eventually(lambda: "friday night" in text(stage, "#patches"))
    stage.run("(document.getElementById('save-name').value = 'reel', document.getElementById('save').click())")
    assert eventually(lambda: "came with Lilt" in text(stage, "#said"))


def test_the_set_list_is_opened_and_stepped_and_says_what_is_next(stage: Stage) -> None:
    assert stage.run("document.getElementById('setlist').hidden")
    stage.run("document.getElementById('setlist-open').value = 'friday'")
    stage.run("document.getElementById('setlist-load').click()")
    assert eventually(lambda: "next: session" in text(stage, "#coming"))
    stage.run("document.getElementById('step-next').click()")
    assert eventually(lambda: "setlist.next" in stage.puppet.done)
    stage.remote.act_on_patches("setlist.next")
    assert eventually(lambda: "next: air" in text(stage, "#coming"))
    assert "Anna leads" in text(stage, "#steps .current")
    stage.find("#steps button")[2].click()
    assert eventually(lambda: stage.remote.playing == "jig" and "last step" in text(stage, "#coming"))


def test_on_a_phone_the_mixer_fits(tmp_path: Path) -> None:
    stage = Stage(tmp_path, PHONE, phone=True)
    try:
        opened(stage)
        assert stage.run("document.documentElement.scrollWidth <= innerWidth")
        assert all(one.size["height"] >= 30 for one in stage.find("#mixer input[type=range]"))
    finally:
        stage.close()
