"""TOML files of a performer, read within bounds: a patch is a screen, a rig file a few, and neither nests deeply.

The standard library's reader takes time and memory with the square of a key's parts; such keys are refused before it
sees them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from instrument.files.bounded import read_text

LARGEST = 256_000  #: bytes of a file
PARTS = 12  #: of a key: a.b.c has three
DEPTH = 40  #: brackets within brackets
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?m)(?:^|[\[{{,])[ \t]*{_PART}(?:[ \t]*\.[ \t]*{_PART}){{{PARTS},}}[ \t]*[=\]]")
_TEXT = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)


def load(path: Path) -> dict[str, Any]:
    """What a file says. Raises ValueError, one line without the path; FileNotFoundError for none."""
    return loads(read_text(path, LARGEST))


def loads(text: str) -> dict[str, Any]:
    """What a text says. Raises ValueError, one line. Pure."""
    if long := _LONG_KEY.search(text):
        line = text.count("\n", 0, long.start()) + 1
        raise ValueError(f"is not ours: line {line} has a key of over {PARTS} parts")
    depth = 0
    for sign in re.findall(r"[\[\]{}]", _TEXT.sub("", text)):
        depth += 1 if sign in "[{" else -1
        if depth > DEPTH:
            raise ValueError("is not TOML of ours: nested too deeply")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not TOML: {' '.join(str(error).split())}") from None


def table_of(data: Mapping[str, object], key: str, prefix: str = "") -> Mapping[str, object]:
    """The table of that name, empty where there is none. Raises ValueError, one line, for what is no table. Pure."""
    table = data.get(key, {})
    if isinstance(table, dict):
        return table
    raise ValueError(f"{prefix}{key} is not a table; write [{prefix}{key}] above its keys")


def check_keys(keys: Iterable[str], legal: Iterable[str], prefix: str = "") -> None:
    """Raises ValueError, one line with the likeliest word, for a key that is not legal. prefix: of the table. Pure."""
    legal = list(legal)
    for key in keys:
        if key not in legal:
            hint = suggestion(key, legal) or f"; it may be {', '.join(legal)}"
            raise ValueError(f'unknown key "{prefix}{key}"{hint}')


def suggestion(word: str, words: Iterable[str]) -> str:
    """The likeliest word that was meant, as the end of a line; "" where none is near. Pure."""
    near = difflib.get_close_matches(word[:80], list(words), 1)
    return f'; did you mean "{near[0]}"?' if near else ""
