"""Writing into a rig file what was learned and what was measured, and leaving the rest as its owner wrote it.

TOML has many spellings of the same thing: tables, inline tables, dotted and quoted keys. tomlkit edits whichever stands
there, and what comes out is read again: it must say what was wanted, and of all else what was said before, or nothing
is written. Texts in, texts out; `save` alone touches the file, whole or not at all.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Array

from instrument.controls.knobs.knob import KINDS, Knob
from instrument.files import bounded

_HEAD = re.compile(r"""(?m)^[ \t]*\[\[[ \t]*(?:knobs|"knobs"|'knobs')[ \t]*\]\][^\n]*(?:\n|\Z)""")
_TEXTS = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)  # fmt: skip
_UNSAID: dict[str, object] = {"kind": KINDS[0], "number": 0} | {
    field.name: field.default for field in fields(Knob) if field.default is not MISSING
}


def with_knobs(text: str, knobs: Iterable[Knob]) -> str:
    """The rig file with these knobs in place of those it had; those that stay are as their owner wrote them. Pure.

    Raises ValueError, one line, for a file that cannot be edited without harm.
    """
    wanted = [asdict(knob) for knob in knobs]
    document = tomlkit.parse(text)
    held: Any = document.get("knobs", [])
    new, gone = list(wanted), []
    for place, table in enumerate(held):
        if _said(table) in new:
            new.remove(_said(table))
        else:
            gone.append(place)
    in_place = tomlkit.dumps(document) == text  # tables of one list that stand apart are moved together by it
    for place in list(gone) if in_place else ():
        again = next((knob for knob in new if knob["turns"] == held[place].get("turns")), None)
        if again is not None:  # another knob for the same control
            held[place].update({k: v for k, v in again.items() if v != _said(held[place])[k]})
            new.remove(again)
            gone.remove(place)
    if isinstance(held, Array):
        for place in reversed(gone):
            del held[place]
        for knob in new:
            table = tomlkit.inline_table()
            table.update(knob)
            held.append(table)
        found = tomlkit.dumps(document)
    else:
        found = _without(tomlkit.dumps(document) if in_place else text, gone)
        found = "".join([found, *(_table(found, "[[knobs]]", knob) for knob in new)])
    return _checked(found, {**tomllib.loads(text), "knobs": wanted})


def with_latency(text: str, output: str, port: str | None, latency_ms: float) -> str:
    """The rig file with what an output was measured to add. Its table is made where there is none; port: part of the
    system's name, None for a port of ours. Pure. Raises ValueError, one line, as `with_knobs`."""
    latency = round(latency_ms, 2)
    added: dict[str, Any] = {"virtual": True} if port is None else {"port": port}
    document, wanted = tomlkit.parse(text), tomllib.loads(text)
    wanted.setdefault("outputs", {}).setdefault(output, added)["latency_ms"] = latency
    outputs: Any = document.get("outputs", {})
    if output in outputs:
        outputs[output]["latency_ms"] = latency
        return _checked(tomlkit.dumps(document), wanted)
    name = output if re.fullmatch(r"[A-Za-z0-9_-]+", output) else tomlkit.item(output).as_string()
    try:
        return _checked(text + _table(text, f"[outputs.{name}]", {**added, "latency_ms": latency}), wanted)
    except ValueError:  # where outputs is written in one line no table can be added to it
        table = tomlkit.inline_table()
        table.update({**added, "latency_ms": latency})
        outputs[output] = table
        return _checked(tomlkit.dumps(document), wanted)


def save(path: Path, text: str) -> None:
    """Put a text in a file's place. Raises OSError; the file is then as it was."""
    bounded.replace(path, text.encode())


def _said(table: Mapping[str, Any]) -> dict[str, object]:
    """A knob's table with what it leaves out."""
    plain = table.unwrap() if hasattr(table, "unwrap") else dict(table)
    return {name: plain.get(name, _UNSAID.get(name)) for name in (field.name for field in fields(Knob))}


def _table(text: str, head: str, values: Mapping[str, Any]) -> str:
    """A table to put behind a text."""
    rows = [f"{name} = {tomlkit.item(value).as_string()}" for name, value in values.items()]
    gap = "\n" if text and not text.endswith("\n") else ""
    return "\n".join([gap + head, *rows]) + "\n"


def _without(text: str, gone: Iterable[int]) -> str:
    """Without those of its [[knobs]] tables; comments behind a table's last key belong to what follows and stay."""
    within = [match.span() for match in _TEXTS.finditer(text)]
    heads = [head for head in _HEAD.finditer(text) if not any(a < head.start() < b for a, b in within)]
    for place in sorted(gone, reverse=True):
        head = heads[place]
        nexts = (m.start() for m in re.finditer(r"(?m)^[ \t]*\[", text) if m.start() >= head.end())
        end = next((at for at in nexts if not any(a < at < b for a, b in within)), len(text))
        text = text[: head.start()] + "".join(_after(text[head.end() : end])) + text[end:]
    return text


def _after(body: str) -> Iterator[str]:
    """The comments and empty lines behind the last key."""
    lines = body.splitlines(keepends=True)
    last = max((n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), default=-1)
    comments = lines[last + 1 :]
    return iter(comments if any(line.strip() for line in comments) else ())


def _checked(found: str, wanted: Mapping[str, Any]) -> str:
    """What was found, if it says what is wanted, the knobs in any order."""
    try:
        said = tomllib.loads(found)
    except ValueError as error:
        raise ValueError(f"cannot be edited without harm: {error}") from None
    if _in_order(said) != _in_order(wanted):
        raise ValueError("cannot be edited without harm; write it in yourself")
    return found


def _in_order(data: Mapping[str, Any]) -> dict[str, Any]:
    knobs = data.get("knobs", [])
    return {**data, "knobs": sorted(str(_said(knob)) for knob in knobs)}
