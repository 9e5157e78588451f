"""The page at its sizes, in a real browser: long names, phones narrow and usual, a very large screen."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys
from zxingcpp import read_barcodes

from instrument.playing.messages import Announced
from tests.fakes.band import BAR, bar_of
from tests.fakes.browser import DESKTOP, MARKS, PHONE, Stage, play
from tests.fakes.puppet import eventually

pytestmark = MARKS
NARROW, LARGE = (320, 568), (3840, 2160)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_long_names_break_and_nothing_is_pushed_out(tmp_path: Path, size: tuple[int, int]) -> None:
    stage = Stage(tmp_path, size, phone=size == PHONE)
    long = "TheBoysOfTheOldBrigadeAndTheirGrandmothers" * 9
    stage.remote.playing = long
    stage.remote.tunes = lambda: [  # type: ignore[method-assign]
        {"number": 1, "title": long, "patch": long, "seed": 7, "kept": "2026-11-28T21:00:00"}
    ]
    stage.puppet.readings["midi.last"] = long
    stage.puppet.change([("clock.bpm", 99.0)])
    assert eventually(lambda: long in stage.one("#tunes").text)
    assert eventually(lambda: long in stage.one("#now").text)
    assert stage.run("document.documentElement.scrollWidth") <= size[0]
    over = stage.run(
        "[...document.querySelectorAll('.panel, button, select, input, li, p')].filter((e) => e.offsetParent)"
        ".filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.id || e.className)"
    )
    assert over == []
    stage.close()


def test_a_narrow_phone_has_it_too(tmp_path: Path) -> None:
    narrow = Stage(tmp_path, NARROW, phone=True)
    play(narrow.puppet, narrow.remote)
    assert eventually(lambda: len(narrow.find("#score .measure")) == 6)
    first_screen(narrow, NARROW)
    assert narrow.run("document.documentElement.scrollWidth") <= NARROW[0]
    narrow.close()


def test_on_a_very_large_screen_everything_grows_and_stays_sharp(tmp_path: Path) -> None:
    large = Stage(tmp_path, LARGE)
    play(large.puppet, large.remote)
    assert eventually(lambda: len(large.find("#score .measure")) == 6)
    assert large.run("document.getElementById('play').getBoundingClientRect().height") >= 100
    for name in ("roll", "heat"):
        dots = "((e) => [e.width, e.getBoundingClientRect().width * devicePixelRatio])(arguments[0])"
        drawn, seen = large.run(dots, large.one(f"#{name}"))
        assert drawn == pytest.approx(seen, rel=0.02), name
    controls_end_above_the_bar(large)
    large.close()


def controls_end_above_the_bar(stage: Stage) -> None:
    """The last control can be reached wherever the page is scrolled to."""
    for place in (0, 10_000):
        stage.run(f"scrollTo(0, {place})")
        bottom = stage.run("document.querySelector('.desk').getBoundingClientRect().bottom")
        assert bottom <= stage.run("document.querySelector('.bar').getBoundingClientRect().top")
    stage.run("scrollTo(0, 0)")


def test_no_control_is_under_the_bar(stage: Stage) -> None:
    controls_end_above_the_bar(stage)


def test_a_page_for_this_machine_only_says_how_a_phone_gets_it(stage: Stage) -> None:
    stage.one("#phone summary").click()
    assert eventually(lambda: "--page-host 0.0.0.0" in stage.one("#phone-what").text)
    assert not stage.one("#qr").is_displayed()
    stage.one("#phone summary").click()


@pytest.mark.parametrize("size", [DESKTOP, NARROW])
def test_a_phone_can_scan_the_address_from_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr("instrument.ports.web.qr_code.our_addresses", lambda: ["192.168.178.105"])
    stage = Stage(tmp_path, size, phone=size == NARROW, page_host="0.0.0.0")
    address = f"http://192.168.178.105:{stage.remote.page_address[1]}/"
    stage.run("(document.getElementById('phone').open = true)")
    picture = stage.one("#qr")
    assert eventually(lambda: stage.run("arguments[0].naturalWidth > 0", picture))
    stage.run("arguments[0].scrollIntoView({block: 'center'})", picture)
    seen = read_barcodes(Image.open(BytesIO(picture.screenshot_as_png)))
    assert [code.text for code in seen] == [f"{address}?code={stage.remote.pairing.code}"]
    assert address in stage.one("#phone-what").text and str(stage.remote.pairing.code) in stage.one("#phone-what").text
    assert picture.get_attribute("alt") == f"QR code of {address}"
    stage.close()


def test_a_phone_has_what_a_player_needs_on_its_first_screen(phone: Stage) -> None:
    first_screen(phone, PHONE)
    phone.one("[data-name='clock.bpm'] input").send_keys(Keys.END)
    assert phone.puppet.until(lambda: phone.puppet.snapshot.values["clock.bpm"] == 300.0)


def first_screen(phone: Stage, size: tuple[int, int]) -> None:
    """Play, new, panic, tempo and mixer are on it, in reach and under nothing else."""
    phone.run("scrollTo(0, 0)")
    for css in ("#play", "#new", "#panic", "[data-name='clock.bpm'] input", "[data-name='sound.level'] input",
                "[data-name='harmony.on'] input"):  # fmt: skip
        box = phone.run("arguments[0].getBoundingClientRect().toJSON()", phone.one(css))
        assert box["top"] >= 0 and box["bottom"] <= size[1] and box["height"] > 30, css
        middle = (box["left"] + box["width"] / 2, box["top"] + box["height"] / 2)
        assert phone.run("document.elementFromPoint(...arguments) === arguments[2]", *middle, phone.one(css)), css


def test_on_a_phone_nothing_is_cut_off_and_every_target_is_a_thumb_wide(phone: Stage) -> None:
    play(phone.puppet, phone.remote)
    assert eventually(lambda: len(phone.find("#score .measure")) == 6)
    assert phone.run("document.documentElement.scrollWidth") <= PHONE[0]
    phone.run("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    heights = phone.run(
        "[...document.querySelectorAll('button, select, input[type=range], input[type=number], summary')]"
        ".filter((e) => e.offsetParent).map((e) => [e.id || e.textContent, e.getBoundingClientRect().height])"
    )
    assert len(heights) > 40
    assert [name for name, height in heights if height < 43.5] == []
    phone.slider("search.beam").send_keys(Keys.END)
    assert phone.puppet.until(lambda: phone.puppet.snapshot.values["search.beam"] == 137)


def test_each_row_of_the_score_has_room_for_all_that_is_drawn_in_it(tmp_path: Path) -> None:
    """Beams above high notes, whose group is lower still, and ledger lines below low ones; nothing is cut off at the
    top, and no row reaches into the next."""
    stage = Stage(tmp_path)
    far, near = ("C,", "e'", "C,", "e'", "C,", "D,", "C,", "e'"), ("G", "A", "B", "c", "d", "c", "B", "A")
    for number in range(12):
        notes = far if number % 8 < 4 else near
        span = replace(bar_of(72, start=number * BAR), written=("M:4/4", "K:Cmaj", *notes, "|"))
        stage.remote.state.planned(span)
        stage.puppet.tell(Announced(span))
    assert eventually(lambda: len(stage.find("#score .measure")) == 12)
    boxes = stage.run(
        "[...document.querySelectorAll('#score > g')].map((row) => row.getBoundingClientRect())"
        ".map(({ top, bottom }) => [top, bottom])"
    )
    beams = stage.run(
        "[...document.querySelectorAll('#score > g:first-child path.solid')].map((e) => e.getBoundingClientRect().top)"
    )
    ceiling = stage.run("document.getElementById('score').getBoundingClientRect().top")
    stage.browser.save_screenshot(str(tmp_path / "rows.png"))
    assert len(boxes) == 3 and min(beams) >= ceiling and boxes[0][0] >= ceiling
    assert all(row[1] <= following[0] for row, following in pairwise(boxes))
    stage.close()
