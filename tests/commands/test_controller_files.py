"""The files for surfaces and DAWs are current, and say nothing that Lilt does not understand."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument.commands.controller_files import CONTROLLERS, files, stale, write
from instrument.controls.table import ACTIONS, CONTROLS
from instrument.ports.osc.addresses import ADDRESSES
from instrument.ports.osc.packet import OscCall
from instrument.ports.osc.request import Do, Set, understand

LETTER = 6.4  #: pixels a letter, on average, of Roboto at 13 pixels, spaced by a half: measured in Chromium
DOES = {action.address for action in ACTIONS.values()}


def test_what_is_committed_is_current() -> None:
    assert stale() == [], "run: python run.py controllers"


def test_writing_makes_them_current_and_a_change_makes_them_stale(tmp_path: Path) -> None:
    assert set(stale(tmp_path)) == set(files())
    write(tmp_path)
    assert stale(tmp_path) == []
    (tmp_path / "addresses.csv").write_text("mine")
    assert stale(tmp_path) == ["addresses.csv"]


def test_every_row_of_the_address_list_is_understood_at_both_ends_of_its_range() -> None:
    rows = list(csv.DictReader((CONTROLLERS / "addresses.csv").open(encoding="utf-8")))
    assert {row["address"] for row in rows} >= {c.address for c in CONTROLS.values()}
    assert {row["address"] for row in rows} >= {a.address for a in ACTIONS.values()}
    for row in rows:
        for value in (row["minimum"], row["maximum"], row["default"]):
            if value != "":
                number = value if row["type"] == "s" else float(value)
                (request,) = understand(OscCall(row["address"], (number,))) or [Do("let go")]
                assert isinstance(request, Set | Do), row
                assert not (isinstance(request, Set) and request.said), row


def widgets(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in [*node.get("tabs", []), *node.get("widgets", [])]:
        yield child
        yield from widgets(child)


def test_every_widget_of_the_session_sends_what_is_understood() -> None:
    session = json.loads((CONTROLLERS / "lilt.open-stage-control.json").read_text())
    found = [widget for widget in widgets(session["content"]) if widget["type"] not in ("tab", "text")]
    assert {widget["address"] for widget in found} == {one.address for one in (*CONTROLS.values(), *ACTIONS.values())}
    assert len({widget["id"] for widget in found}) == len(found)
    for widget in found:
        span = widget.get("range", {})
        for value in (*widget.get("values", ()), *span.values(), *(widget[k] for k in ("on", "off") if k in widget)):
            assert all(isinstance(request, Set | Do) for request in understand(OscCall(widget["address"], (value,))))


def test_every_fader_and_dropdown_shows_its_name_and_value() -> None:
    session = json.loads((CONTROLLERS / "lilt.open-stage-control.json").read_text())
    everything = list(widgets(session["content"]))
    names = {widget["id"]: widget for widget in everything if widget["type"] == "text"}
    shown = [widget for widget in everything if widget["type"] in ("fader", "dropdown")]
    assert len(shown) == len(names) == sum(c.kind != "bool" for c in CONTROLS.values())
    for widget in shown:
        name = names[f"{widget['id']}_name"]
        assert name["top"] + name["height"] <= widget["top"]
        assert name["value"].startswith(widget["address"].split("/", 3)[-1].replace("/", " ").replace("_", " ")) or (
            name["value"].startswith(widget["address"].split("/", 2)[-1].replace("/", " ").replace("_", " "))
            or name["value"].startswith(widget["address"].rsplit("/", 1)[-1].replace("_", " "))  # a voice's own tab
        )
        assert (f"@{{{widget['id']}}}" in name["value"]) == (widget["type"] == "fader")
        assert widget.get("label") == ("auto" if widget["type"] == "dropdown" else None), "auto: the value chosen"


def tabs() -> list[dict[str, Any]]:
    return list(json.loads((CONTROLLERS / "lilt.open-stage-control.json").read_text())["content"]["tabs"])


def box(widget: dict[str, Any], screen: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom, in pixels of a screen that wide."""
    left, width = (float(widget[side].rstrip("%")) * screen / 100 for side in ("left", "width"))
    return left, widget["top"], left + width, widget["top"] + widget["height"]


@pytest.mark.parametrize("tab", tabs(), ids=lambda tab: tab["label"])
@pytest.mark.parametrize(("wide", "high"), [(1024, 700), (1280, 720), (1920, 1000)])
def test_nothing_on_a_tab_overlaps_or_leaves_the_screen(tab: dict[str, Any], wide: int, high: int) -> None:
    boxes = [box(widget, wide) for widget in tab["widgets"]]
    assert all(0 <= left < right <= wide and 0 <= top < bottom <= high for left, top, right, bottom in boxes)
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1], (one, other)


@pytest.mark.parametrize("tab", tabs(), ids=lambda tab: tab["label"])
def test_every_text_fits_its_widget_on_a_tablet(tab: dict[str, Any]) -> None:
    for widget in tab["widgets"]:
        left, _, right, _ = box(widget, 1024)
        texts = [widget["value"]] if widget["type"] == "text" else [*widget.get("values", ()), widget.get("label", "")]
        room = right - left - (40 if widget["type"] == "dropdown" else 16)
        for text in texts:
            assert len(re.sub(r"@\{.*?\}", "0.00", text)) * LETTER <= room, (widget["id"], text)


def test_every_action_is_in_the_same_place_on_every_tab_and_what_ends_all_notes_is_red() -> None:
    places = [
        [(w["address"], box(w, 1000)) for w in tab["widgets"] if w["address" if "address" in w else "id"] in DOES]
        for tab in tabs()
    ]
    assert len(places[0]) == len(ACTIONS) and all(each == places[0] for each in places)
    panics = [w for tab in tabs() for w in tab["widgets"] if w.get("address") == "/lilt/panic"]
    assert {w["colorWidget"] for w in panics} == {"#ff5d5d"} and len(panics) == len(tabs())


def test_labels_are_words() -> None:
    for widget in (widget for tab in tabs() for widget in tab["widgets"]):
        text = widget["value"].split("@")[0] if widget["type"] == "text" else ""
        assert "_" not in widget.get("label", "") + text


def test_the_reaper_patterns_are_ours() -> None:
    lines = (CONTROLLERS / "Lilt.ReaperOSC").read_text().splitlines()
    patterns = [line.split()[1] for line in lines if line and not line.startswith("#")]
    assert len(patterns) == 4
    assert all(pattern[0] in "nft" and pattern[1:] in ADDRESSES for pattern in patterns)
