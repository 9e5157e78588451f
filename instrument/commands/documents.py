"""Documents written from the code: `controls.md`, `map.md` and `sync-states.md` in `docs/`, and the README's controls.

`python run.py docs` writes them; a test says which of them are stale. For a checkout only.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

from instrument.controls.control import Control, figure
from instrument.controls.readings import READINGS
from instrument.controls.table import ACTIONS, CONTROLS, EFFECTS, GROUPS
from instrument.controls.voice import PARTS
from instrument.playing.time.song_position import TABLE, State

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- controls: written by `python run.py docs` -->", "<!-- end of controls -->"


def documents(root: Path = ROOT) -> dict[Path, str]:
    """Every document: its path and its text as the code would have it now. Reads the sources and the README."""
    readme = root / "README.md"
    return {
        root / "docs" / "controls.md": controls_page(), root / "docs" / "map.md": map_page(root),
        root / "docs" / "sync-states.md": sync_page(),
        readme: with_table(readme.read_text(encoding="utf-8")),
    }  # fmt: skip


def write(root: Path = ROOT) -> list[Path]:
    """Write those that are stale; returns them. Raises OSError, and ValueError outside a checkout."""
    if not (root / "docs").is_dir():
        raise ValueError("documents are written in a checkout; this is an installed package")
    changed = stale(root)
    for path in changed:
        path.write_text(documents(root)[path], encoding="utf-8")
    return changed


def stale(root: Path = ROOT) -> list[Path]:
    """Documents that are not as the code would have them."""
    return [
        path for path, text in documents(root).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]  # fmt: skip


def grouped() -> dict[str, list[Control]]:
    """Controls by the key of their group, in the table's order."""
    found: defaultdict[str, list[Control]] = defaultdict(list)
    for control in CONTROLS.values():
        found[control.group].append(control)
    return dict(found)


def controls_page() -> str:
    """All controls, actions and readings, in tables. Pure."""
    lines = [
        "# Controls, actions and readings", "",
        "Written from the tables in `instrument/controls` by `python run.py docs`. Each control is an OSC address, a",
        "patch key (its name with dots), a fader of the page (`ADDRESS f 0..1`) and a MIDI controller where a CC is",
        "given or learned.", "",
        "What a change does: " + "; ".join(f"**{key}**: {text}" for key, text in EFFECTS.items()) + ".", "",
    ]  # fmt: skip
    for group, controls in grouped().items():
        lines += [f"## {GROUPS[group]}", "", *_head("address", "values", "default", "CC", "a change", "")]
        lines += [
            f"| `{c.address}` | {_cell(c.range_text)} | {_cell(figure(c.default).strip(chr(39)))} | "
            f"{'' if c.cc is None else c.cc} | {c.effect} | {_cell(c.help)} |"
            for c in controls
        ]
        lines.append("")
    lines += ["## Actions", "", "Sent with no argument, or with a number of at least 0.5.", "", *_head("address", "")]
    lines += [f"| `{action.address}` | {_cell(action.help)} |" for action in ACTIONS.values()]
    lines += ["", "## Readings", "", "Asked for with `/lilt/get ADDRESS`, told to subscribers.", ""]
    lines += _head("address", "unit", "")
    lines += [f"| `{reading.address}` | {reading.unit} | {_cell(reading.help)} |" for reading in READINGS.values()]
    return "\n".join(lines) + "\n"


def readme_table() -> str:
    """The controls of each group by name, a row a group. Pure."""
    rows = ["| | `/lilt/...` |", "|---|---|"]
    for group, controls in grouped().items():
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(_of_any_voice(control.name) for control in controls))
        if group == "voice":
            names += f" of {', '.join(PARTS)}"
        rows.append(f"| {GROUPS[group]} | {names} |")
    rows.append("| Actions | " + ", ".join(f"`{action.name.replace('.', '/')}`" for action in ACTIONS.values()) + " |")
    return "\n".join(rows)


def _of_any_voice(name: str) -> str:
    """The address of a control, the mixer's as those of one voice."""
    words = name.split(".")
    return "/".join(["voice", "NAME", *words[2:]] if words[0] == "voice" and words[1] in PARTS else words)


def with_table(readme: str) -> str:
    """The README with the table of controls between its marks. Raises ValueError where the marks are missing. Pure."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no place for the table of controls: {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{readme_table()}\n{END}{after}"


def sync_page() -> str:
    """The table of song positions under a MIDI clock, as a diagram and in words. Pure."""
    lines = [
        "# Following a MIDI clock", "",
        "Drawn from the table in `instrument/playing/time/song_position.py` by `python run.py docs`. An event without",
        "an arrow changes nothing. A clock is one of 24 to the quarter note.", "",
        "```mermaid", "stateDiagram-v2", f"    [*] --> {State.OWN.name}",
    ]  # fmt: skip
    lines += [f"    {state.name}: {state.value}" for state in State]
    lines += [
        f"    {before.name} --> {after.name}: {event.value}" for (before, event), (after, _) in TABLE.items()
        if after is not before
    ]  # fmt: skip
    lines += ["```", "", *_head("state", "event", "what is done", "next")]
    lines += [
        f"| {before.value} | {event.value} | {action.value} | {after.value} |"
        for (before, event), (after, action) in TABLE.items()
    ]
    return "\n".join(lines) + "\n"


def map_page(root: Path = ROOT) -> str:
    """Every folder and file of the instrument with its first sentence. Reads the sources."""
    lines = [
        "# Map", "",
        "Every file in a phrase, written from its first sentence by `python run.py docs`. How the rooms hang together",
        "is in [architecture.md](architecture.md).", "",
    ]  # fmt: skip
    for folder in sorted({path.parent for path in (root / "instrument").rglob("*.py")}):
        lines += [f"## `{folder.relative_to(root)}/`", "", first_sentence(folder / "__init__.py"), ""]
        files = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
        lines += [f"- `{path.name}`: {first_sentence(path)}" for path in files]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


@cache
def first_sentence(path: Path) -> str:
    """The first sentence of a file's docstring, on one line; "" where it has none."""
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].split())
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]


def _head(*names: str) -> list[str]:
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
