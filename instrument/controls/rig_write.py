"""Writing into a rig file what was learned and what was measured, and leaving the rest as its owner wrote it.

Texts in, texts out; `save` alone touches the file, whole or not at all.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from instrument.controls.knob import Knob

_KNOBS = re.compile(r"(?m)^\[\[knobs\]\][^\n]*\n(?:(?!^\[).*\n?)*?(?=^\[|\Z)")


def with_knobs(text: str, knobs: Iterable[Knob]) -> str:
    """The rig file with these knobs in place of those it had. Pure."""
    kept = _KNOBS.sub("", text).rstrip("\n")
    tables = [_table(knob) for knob in knobs]
    return "\n".join([*([kept] if kept else []), *tables]) + "\n"


def with_latency(text: str, output: str, port: str | None, latency_ms: float) -> str:
    """The rig file with what an output was measured to add. Its table is made where there is none; port: part of the
    system's name, None for a port of ours. Pure."""
    line = f"latency_ms = {latency_ms:.2f}"
    head = re.search(rf"(?m)^\[outputs\.(?:{re.escape(output)}|{re.escape(_toml(output))})\][^\n]*\n?", text)
    if head is None:
        name = output if re.fullmatch(r"[A-Za-z0-9_-]+", output) else _toml(output)
        way = "virtual = true" if port is None else f"port = {_toml(port)}"
        return f"{text.rstrip()}\n[outputs.{name}]\n{way}\n{line}\n".lstrip("\n")
    following = re.search(r"(?m)^\[", text[head.end() :])
    end = head.end() + following.start() if following else len(text)
    body = re.sub(r"(?m)^latency_ms\s*=.*\n?", "", text[head.end() : end])
    opened = head[0] if head[0].endswith("\n") else head[0] + "\n"
    return text[: head.start()] + opened + line + "\n" + body + text[end:]


def save(path: Path, text: str) -> None:
    """Put a text in a file's place. Raises OSError; the file is then as it was."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _table(knob: Knob) -> str:
    fields = {name: getattr(knob, name) for name in ("turns", "kind", "number", "port", "channel", "mode")}
    lines = [f"{name} = {_toml(value)}" for name, value in fields.items()]
    return "\n".join(["[[knobs]]", *lines])


def _toml(value: str | int) -> str:
    """A text or number as TOML writes it, which is as JSON does but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
