"""The files for surfaces and DAWs are current, and say nothing that Lilt does not understand."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instrument.commands.controller_files import CONTROLLERS, files, stale, write
from instrument.controls.table import ACTIONS, CONTROLS
from instrument.ports.osc.addresses import ADDRESSES
from instrument.ports.osc.packet import Message
from instrument.ports.osc.request import Do, Set, understand


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
                (request,) = understand(Message(row["address"], (number,))) or [Do("let go")]
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
            assert all(isinstance(request, Set | Do) for request in understand(Message(widget["address"], (value,))))


def test_every_fader_and_dropdown_shows_its_name_and_value() -> None:
    session = json.loads((CONTROLLERS / "lilt.open-stage-control.json").read_text())
    everything = list(widgets(session["content"]))
    names = {widget["id"]: widget for widget in everything if widget["type"] == "text"}
    shown = [widget for widget in everything if widget["type"] in ("fader", "dropdown")]
    assert len(shown) == len(names) == sum(c.kind != "bool" for c in CONTROLS.values())
    for widget in shown:
        name = names[f"{widget['id']}_name"]
        assert name["top"] + name["height"] <= widget["top"]
        assert name["value"].startswith(widget["address"].split("/", 3)[-1].replace("/", " "))
        assert (f"@{{{widget['id']}}}" in name["value"]) == (widget["type"] == "fader")
        assert widget.get("label") == ("auto" if widget["type"] == "dropdown" else None), "auto: the value chosen"


def test_the_reaper_patterns_are_ours() -> None:
    lines = (CONTROLLERS / "Lilt.ReaperOSC").read_text().splitlines()
    patterns = [line.split()[1] for line in lines if line and not line.startswith("#")]
    assert len(patterns) == 4
    assert all(pattern[0] in "nft" and pattern[1:] in ADDRESSES for pattern in patterns)
