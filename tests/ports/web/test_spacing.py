"""Spacing of the score, as the page computes it: nothing touches, longer notes have more room, seconds stand aside."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from instrument.ports.web.static import FOLDER

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(not shutil.which("node"), reason="node is not installed (Debian: nodejs)"),
]
HEAD, ACCIDENTAL = 1.28, 1.1  #: staff spaces
RUN = """
import { spread, turned } from "./spacing.mjs";
const { signs, length, chords } = JSON.parse(process.argv[2]);
const place = spread({ signs, length }, 10, 250, 9);
console.log(JSON.stringify({ places: signs.map(({ at }) => place(at)), end: place(length),
  sides: chords.map(([steps, way]) => turned(steps, way)) }));
"""


def run(folder: Path, signs: list[dict[str, Any]], length: float, chords: list[Any] | None = None) -> dict[str, Any]:
    (folder / "spacing.mjs").write_text((FOLDER / "spacing.js").read_text())
    (folder / "run.mjs").write_text(RUN)
    given = json.dumps({"signs": signs, "length": length, "chords": chords or []})
    command = ["node", str(folder / "run.mjs"), given]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout))


def sign(at: float, length: float, *heads: tuple[int, int | None]) -> dict[str, Any]:
    return {"at": at, "length": length, "heads": [list(head) for head in heads or ((4, None),)], "dots": 0}


def test_twelve_quavers_and_semiquavers_beside_a_long_note_do_not_touch(tmp_path: Path) -> None:
    rows = (
        [sign(n, 1) for n in range(12)],
        [sign(0, 4), *(sign(4 + n / 2, 0.5) for n in range(8))],
        [sign(n / 2, 0.5, (4, 1)) for n in range(8)],
    )
    for signs, length in zip(rows, (12, 8, 4), strict=True):
        found = run(tmp_path, signs, length)
        apart = [b - a for a, b in zip(found["places"], [*found["places"][1:], found["end"]], strict=True)]
        assert min(apart) >= HEAD * 9, apart
        assert found["places"][0] >= 10 and found["end"] == 250


def test_a_longer_note_has_more_room_but_not_in_proportion(tmp_path: Path) -> None:
    places = run(tmp_path, [sign(0, 1), sign(1, 1), sign(2, 2), sign(4, 4)], 8)["places"]
    short, middle = places[1] - places[0], places[3] - places[2]
    assert short < middle < 2 * short


def test_an_accidental_has_its_room_at_the_bar_line(tmp_path: Path) -> None:
    (first,) = run(tmp_path, [sign(0, 8, (3, 1))], 8)["places"]
    assert first == pytest.approx(10 + ACCIDENTAL * 9)


def test_grace_notes_have_their_room_behind_the_bar_line_and_an_accidental_is_between(tmp_path: Path) -> None:
    for count, accidental in ((1, None), (2, None), (2, 1)):
        (first,) = run(tmp_path, [sign(0, 8, (3, accidental)) | {"graces": count}], 8)["places"]
        furthest = first - (ACCIDENTAL * 9 if accidental else 0) - (1.5 + 0.75 * (count - 1)) * 9
        assert furthest - HEAD * 9 / 3 > 10 - 1.5 * 9, "the measure's first head stands so far behind its bar line"


def test_seconds_of_a_chord_stand_on_both_sides_of_the_stem(tmp_path: Path) -> None:
    chords = [([0, 1], -1), ([0, 1], 1), ([0, 2, 4], -1), ([0, 1, 2], -1), ([5, 0, 1], -1)]
    sides = run(tmp_path, [sign(0, 8)], 8, chords)["sides"]
    assert sides == [[False, True], [True, False], [False] * 3, [False, True, False], [False, False, True]]
