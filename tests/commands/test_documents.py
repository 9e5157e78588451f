"""Documents written from the code: current in the repository, complete, and none without its mark."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrument.commands.documents import (
    BEGIN,
    END,
    controls_page,
    first_sentence,
    map_page,
    stale,
    sync_page,
    with_table,
)
from instrument.controls.table import ACTIONS, CONTROLS, EFFECTS, GROUPS
from instrument.playing.time.song_position import TABLE, Action, Event, State
from tests.fakes.paths import ROOT


def test_what_is_committed_is_current() -> None:
    assert stale() == [], "run: python run.py docs"


def test_every_control_says_what_a_change_does_and_has_a_heading() -> None:
    assert not [name for name, control in CONTROLS.items() if control.effect not in EFFECTS]
    assert {control.group for control in CONTROLS.values()} == set(GROUPS)
    page = controls_page()
    for row in (*CONTROLS.values(), *ACTIONS.values()):
        assert f"| `{row.address}` |" in page


def test_the_diagram_of_sync_has_every_arrow_of_its_table_and_no_other() -> None:
    lines = sync_page().splitlines()
    arrows = {line.strip() for line in lines if " --> " in line and "[*]" not in line}
    moves = {f"{a.name} --> {b.name}: {event.value}" for (a, event), (b, _) in TABLE.items() if a is not b}
    assert arrows == moves
    assert {state.name for state in State} == {line.split(":")[0].strip() for line in lines if line.startswith("    ")
                                               and "-->" not in line}  # fmt: skip
    assert sum(line.startswith("| ") for line in lines) == 1 + len(TABLE)


def test_every_state_of_sync_is_reached_and_left_and_every_action_done() -> None:
    assert {after for after, _ in TABLE.values()} == {before for before, _ in TABLE} == set(State)
    assert {action for _, action in TABLE.values()} == set(Action) and {event for _, event in TABLE} == set(Event)


def test_the_map_has_a_phrase_for_every_file() -> None:
    page = map_page()
    for path in (ROOT / "instrument").rglob("*.py"):
        assert first_sentence(path).strip(), f"{path} says nothing of itself"
        assert path.name == "__init__.py" or f"- `{path.name}`: " in page


def test_first_sentences_begin_with_what_a_thing_is() -> None:
    """A question word names nothing that anybody would search for."""
    riddles = ("What ", "Who ", "How ", "Where ", "When ", "Why ", "Which ")
    found = [str(path.relative_to(ROOT)) for path in (ROOT / "instrument").rglob("*.py")
             if first_sentence(path).startswith(riddles)]  # fmt: skip
    assert not found


def test_a_readme_without_the_marks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no place for the table"):
        with_table("# Lilt\n")
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb").startswith("a\n" + BEGIN)
