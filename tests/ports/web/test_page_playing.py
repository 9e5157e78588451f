"""Keys of the page in a real browser: several fingers, the computer's keys, MIDI devices, pads, sound, and leaving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from instrument.playing.messages import Sounding, Status
from instrument.playing.time.clock import SystemClock
from tests.fakes.browser import DESKTOP, MARKS, PHONE, Stage
from tests.fakes.puppet import Puppet, eventually
from tests.fakes.thorough import every

pytestmark = MARKS
NARROW, LAPTOP, LARGE = (320, 640), (1366, 768), (3840, 2160)


def opened(folder: Path, size: tuple[int, int] = DESKTOP, phone: bool = False) -> Stage:
    """A page with its keys opened, on its line."""
    stage = Stage(folder, size, phone=phone)
    stage.run("(document.getElementById('keys-panel').open = true)")
    assert eventually(lambda: stage.find("[data-note]") and stage.one("#keys-page").text == "page 1")
    stage.run("document.getElementById('keys-panel').scrollIntoView()")
    return stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = opened(tmp_path_factory.mktemp("keys"))
    yield stage
    stage.close()


@pytest.fixture
def puppet(stage: Stage) -> Puppet:
    stage.puppet.done.clear()
    stage.puppet.played.clear()
    stage.puppet.tapped.clear()
    return stage.puppet


def midi(puppet: Puppet) -> list[tuple[int, ...]]:
    return [tuple(record[3]) for record in puppet.played if record[0] == "midi"]


def middle(stage: Stage, note: int, down: float = 0.9) -> dict[str, float]:
    """A place on a key of the screen. down: how far towards the near edge."""
    box = stage.run("arguments[0].getBoundingClientRect().toJSON()", stage.one(f"[data-note='{note}']"))
    return {"x": box["left"] + box["width"] / 2, "y": box["top"] + box["height"] * down}


def touch(stage: Stage, kind: str, *points: dict[str, float]) -> None:
    found = [{**point, "id": n} for n, point in enumerate(points)]
    stage.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": found})


def test_three_fingers_are_a_chord_louder_towards_the_near_edge(stage: Stage, puppet: Puppet) -> None:
    chord = [middle(stage, 60, 0.95), middle(stage, 64, 0.75), middle(stage, 67, 0.6)]
    for count in (1, 2, 3):
        touch(stage, "touchStart", *chord[:count])
    assert puppet.until(lambda: len(midi(puppet)) == 3)
    assert [data[:2] for data in midi(puppet)] == [(0x90, 60), (0x90, 64), (0x90, 67)]
    loud = [data[2] for data in midi(puppet)]
    assert loud == sorted(loud, reverse=True) and loud[0] > loud[2] + 15
    assert len(stage.find("#keyboard .down")) == 3
    touch(stage, "touchEnd")
    assert puppet.until(lambda: len(midi(puppet)) == 6)
    assert {data[:2] for data in midi(puppet)[3:]} == {(0x80, 60), (0x80, 64), (0x80, 67)}
    assert stage.find("#keyboard .down") == []


def test_a_finger_slides_from_key_to_key(stage: Stage, puppet: Puppet) -> None:
    touch(stage, "touchStart", middle(stage, 60))
    touch(stage, "touchMove", middle(stage, 62))
    touch(stage, "touchEnd")
    assert puppet.until(lambda: len(midi(puppet)) == 4)
    assert [data[:2] for data in midi(puppet)] == [(0x90, 60), (0x80, 60), (0x90, 62), (0x80, 62)]


def test_a_note_has_the_moment_of_the_touch(stage: Stage, puppet: Puppet) -> None:
    assert eventually(lambda: "ms late" in stage.one("#keys-late").text)
    before = SystemClock().now()
    touch(stage, "touchStart", middle(stage, 65))
    touch(stage, "touchEnd")
    assert puppet.until(lambda: len(midi(puppet)) == 2)
    at = next(record[2] for record in puppet.played if record[0] == "midi")
    assert before - 0.05 <= at <= SystemClock().now()


def test_two_rows_of_the_computers_keys_play_and_shift_and_octave_keys_count(stage: Stage, puppet: Puppet) -> None:
    body = stage.one("body")
    body.send_keys("zsq")
    assert puppet.until(lambda: len(midi(puppet)) == 6)
    assert [data[1] for data in midi(puppet) if data[0] == 0x90] == [60, 61, 72]
    body.send_keys("=", "z", "-", Keys.SHIFT + "x")
    assert puppet.until(lambda: len(midi(puppet)) == 10)
    (high, soft), (low, loud) = [data[1:] for data in midi(puppet)[6:] if data[0] == 0x90]
    assert (high, low) == (72, 62) and loud > soft
    assert stage.one("#octave").text == "C4"


def test_the_pages_shortcuts_are_back_when_letters_steer(stage: Stage, puppet: Puppet) -> None:
    body = stage.one("body")
    body.send_keys("n")
    assert puppet.until(lambda: len(midi(puppet)) == 2) and puppet.done == []
    body.send_keys(Keys.ESCAPE)
    assert puppet.until(lambda: puppet.done == ["panic"]), "panic is always that"
    stage.one("#letters").click()
    body.send_keys("n")
    assert puppet.until(lambda: puppet.done == ["panic", "tune.new"])
    stage.one("#letters").click()


def test_the_keyboard_is_one_stop_and_played_with_space(stage: Stage, puppet: Puppet) -> None:
    assert stage.run("document.querySelectorAll('#keyboard [tabindex=\"0\"]').length") == 1
    key = stage.one("#keyboard [tabindex='0']")
    stage.run("arguments[0].focus()", key)
    ActionChains(stage.browser).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).key_down(Keys.SPACE).perform()
    assert puppet.until(lambda: midi(puppet) == [(0x90, 62, 80)])
    ActionChains(stage.browser).key_up(Keys.SPACE).perform()
    assert puppet.until(lambda: midi(puppet)[1:] == [(0x80, 62, 0)])
    assert stage.run("document.activeElement.getAttribute('aria-label')") == "D4"
    assert puppet.done == [], "nothing was started or stopped"


def test_the_grid_has_the_notes_of_the_key(stage: Stage, puppet: Puppet) -> None:
    stage.osc.send_message("/lilt/tune/key", "G mixolydian")
    stage.one("#as-grid").click()
    assert eventually(lambda: stage.one("#as-grid").text == "Notes of G mixolydian")
    notes = [int(one.get_attribute("data-note")) for one in stage.find("#keyboard [data-note]")]
    assert {note % 12 for note in notes} == {7, 9, 11, 0, 2, 4, 5} and len(notes) == 21
    touch(stage, "touchStart", middle(stage, notes[0], 0.5))
    touch(stage, "touchEnd")
    assert puppet.until(lambda: [data[1] for data in midi(puppet)] == [notes[0], notes[0]])
    stage.one("#as-keys").click()


def test_the_pads(stage: Stage, puppet: Puppet) -> None:
    for _ in range(3):
        stage.one("#pad-tempo").click()
    assert puppet.until(lambda: puppet.done == ["clock.tap"] * 3)
    assert all(at is not None for at in puppet.tapped) and puppet.tapped == sorted(puppet.tapped)  # type: ignore[type-var]
    stage.one("#pad-tune").click()
    assert puppet.until(lambda: puppet.snapshot.values["play.way"] == "tap")
    assert eventually(lambda: "on" in stage.one("#pad-tune").get_attribute("class"))
    stage.one("#pad-tune").click()
    assert puppet.until(lambda: len(midi(puppet)) == 2)
    stage.one("#pad-next").click()
    stage.one("#pad-last").click()
    assert puppet.until(lambda: puppet.done[3:] == ["set.next", "set.last"])
    next(one for one in stage.find("#ways button") if one.text == "Play along").click()
    assert puppet.until(lambda: puppet.snapshot.values["play.way"] == "listen")


def test_midi_devices_of_the_machine_are_heard_and_let_go_when_they_go(stage: Stage, puppet: Puppet) -> None:
    stage.run(
        "(window.fake = {inputs: new Map([['a', {id: 'a', name: 'Keys', state: 'connected'}]])},"
        " navigator.requestMIDIAccess = async () => window.fake)"
    )
    stage.one("#midi-devices").click()
    assert eventually(lambda: stage.one("#midi-what").text == "Heard: Keys")
    hear = (
        "window.fake.inputs.get('a').onmidimessage({data: Uint8Array.from(arguments[0]), timeStamp: performance.now()})"
    )
    for data in ([0x91, 50, 70], [0xB1, 64, 127], [0xF8], [0xE1, 0, 70]):
        stage.run(hear, data)
    assert puppet.until(lambda: midi(puppet) == [(0x91, 50, 70), (0xB1, 64, 127), (0xE1, 0, 70)])
    stage.run("(window.fake.inputs.get('a').state = 'disconnected', window.fake.onstatechange())")
    assert puppet.until(lambda: set(midi(puppet)[3:]) == {(0x81, 50, 0), (0xB1, 64, 0)})


def test_who_hides_the_page_holds_nothing(stage: Stage, puppet: Puppet) -> None:
    touch(stage, "touchStart", middle(stage, 60))
    assert puppet.until(lambda: len(midi(puppet)) == 1)
    hide = "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true})"
    stage.run(f"({hide}, document.dispatchEvent(new Event('visibilitychange')))", True)
    assert puppet.until(lambda: ("gone", "page 1") in puppet.played)
    assert (0x80, 60, 0) in midi(puppet)
    stage.run(hide, False)
    touch(stage, "touchEnd")


def test_what_sounds_is_sounded_in_the_page_once_asked(stage: Stage, puppet: Puppet) -> None:
    stage.run("(window.tones = [], window.AudioContext = class extends AudioContext {"
              " createOscillator() { const tone = super.createOscillator(); window.tones.push(tone);"
              " for (const what of ['start', 'stop']) { const own = tone[what].bind(tone);"
              " tone[what] = (at) => { tone[what + 'ed'] = at; own(at); }; } return tone; } })")  # fmt: skip
    assert puppet.snapshot.values["page.sound"] is False and not puppet.told_notes
    stage.one("#sound-here").click()
    assert puppet.until(lambda: puppet.snapshot.values["page.sound"] is True)
    puppet.tell(Status(True, 1, 112.0, 4.0, 0, 1.5))
    assert puppet.until(lambda: puppet.told_notes), "the player says what sounds from now on"
    now = SystemClock().now()
    puppet.tell(Sounding(1, ((now + 0.3, "melody", 69, 90), (now + 0.8, "melody", 69, 0), (now, "drone", 45, 90))))
    assert eventually(lambda: stage.run("window.tones.length") == 2)
    melody, drone = stage.run("window.tones.map((tone) => [tone.frequency.value, tone.started, tone.stoped ?? null])")
    assert melody[0] == pytest.approx(440.0) and drone[0] == pytest.approx(110.0)
    assert melody[1] - drone[1] == pytest.approx(0.3, abs=0.07), "each at its moment"
    assert melody[2] is not None and melody[2] > melody[1] + 0.45, "and ended at its own"
    assert drone[2] is None
    stage.one("#panic").click()
    assert eventually(lambda: stage.run("window.tones[1].stoped ?? null") is not None), "a panic ends it here too"
    stage.one("#sound-here").click()
    assert puppet.until(lambda: not puppet.told_notes)


def test_a_note_in_the_page_bends_and_wavers_as_it_is_played(stage: Stage, puppet: Puppet) -> None:
    stage.run("(window.tones = [], window.AudioContext = class extends AudioContext {"
              " createOscillator() { const tone = super.createOscillator(); window.tones.push(tone);"
              " return tone; } })")  # fmt: skip
    stage.one("#sound-here").click()
    puppet.tell(Status(True, 1, 112.0, 4.0, 0, 1.5))
    assert puppet.until(lambda: puppet.told_notes)
    now = SystemClock().now()
    puppet.tell(Sounding(1, ((now, "soprano", 69, 90), (now, "soprano", 64, 90))))
    assert eventually(lambda: stage.run("window.tones.length") == 2)
    puppet.tell(Sounding(2, (), ((now + 0.01, "soprano", 69, "bend", -1.5), (now, "soprano", 90, "bend", 3.0))))
    assert eventually(lambda: abs(stage.run("window.tones[0].detune.value") + 150) < 1), "cents"
    assert stage.run("window.tones[1].detune.value") == 0
    puppet.tell(Sounding(3, (), ((now + 0.02, "soprano", 64, "pressure", 127.0),)))
    assert eventually(lambda: stage.run("window.tones.length") == 3), "a vibrato"
    puppet.tell(Sounding(4, ((now + 0.1, "soprano", 69, 0), (now + 0.1, "soprano", 69, 90))))
    assert eventually(lambda: stage.run("window.tones.length") == 4)
    assert eventually(lambda: stage.run("window.tones[3].detune.value") == 0), "another note begins unbent"
    stage.one("#sound-here").click()


@pytest.mark.parametrize("size", every(2, [NARROW, PHONE, LAPTOP, LARGE]))
def test_every_key_is_a_thumb_wide_and_nothing_is_pushed_out(tmp_path: Path, size: tuple[int, int]) -> None:
    stage = opened(tmp_path, size, phone=size in (NARROW, PHONE))
    for kind in ("keys", "grid"):
        stage.one(f"#as-{kind}").click()
        boxes: list[Any] = stage.run(
            "[...document.querySelectorAll('#keys-panel button')].map((e) => e.getBoundingClientRect())"
            ".map(({width, height, left, right}) => [width, height, left, right])"
        )
        assert len(boxes) > 25
        assert [box for box in boxes if min(box[0], box[1]) < 43.5] == []
        assert min(box[2] for box in boxes) >= 0 and max(box[3] for box in boxes) <= size[0]
    assert stage.run("document.documentElement.scrollWidth") <= size[0]
    stage.close()


def test_a_line_that_breaks_comes_back_and_holds_nothing(stage: Stage, puppet: Puppet) -> None:
    touch(stage, "touchStart", middle(stage, 60))
    assert puppet.until(lambda: len(midi(puppet)) == 1)
    for connection in list(stage.remote._web._waiting):
        stage.remote._web._loop.call_soon_threadsafe(connection.transport.abort)
    assert puppet.until(lambda: ("gone", "page 1") in puppet.played)
    assert eventually(lambda: stage.find("#keyboard .down") == [])
    touch(stage, "touchEnd")
    assert eventually(lambda: stage.one("#keys-page").text == "page 1")
