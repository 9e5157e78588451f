"""Files of tunes with their dance, for counting: tokens, JSON Lines, or ABC.

In JSON Lines a line is {"dance": "reel", "tokens": ["M:4/4", "K:Cmaj", ...]}, the tokens perhaps as one text; other
keys are passed over. Of a tune that names no dance, its rhythm tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from instrument.music.abc import parse
from instrument.music.dances.dance import dance_of_rhythm
from instrument.music.tokens.encode import tokens
from instrument.workshop.form.rows import read


@dataclass(frozen=True, slots=True)
class Danced:
    """Tune with its dance. dance: of `instrument.music.dances.dance`; tokens: `M:` and `K:` first."""

    dance: str
    tokens: tuple[str, ...]


def tunes_of(path: Path, dance: str = "") -> list[Danced]:
    """Every tune of a file. dance: of those that name none; "" to find it. Raises ValueError, OSError: one line."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if text.lstrip().startswith("{"):
        found = [each for number, line in enumerate(text.splitlines(), 1) for each in _entry(path, number, line, dance)]
    elif any(line.startswith("X:") for line in text.splitlines()):
        found = [each for tune in parse.tunes(text) for each in _abc(tune, dance)]
    else:
        found = danced((block.split() for block in text.replace("\r", "").split("\n\n")), dance)
    if not found:
        raise ValueError(f"{path}: no tune in it; write tokens (M: first), a tune a paragraph, or JSON Lines, or ABC")
    return found


def danced(tunes: Iterable[Sequence[str]], dance: str = "") -> list[Danced]:
    """Tunes with their dances: the one named, or what their rhythm says. What has no head is left out."""
    found: list[Danced] = []
    for each in tunes:
        try:
            tune = read(each)
        except ValueError:
            continue
        found.append(Danced(dance or dance_of_rhythm(tune), tuple(each)))
    return found


def _entry(path: Path, number: int, line: str, dance: str) -> list[Danced]:
    if not line.strip():
        return []
    try:
        entry = json.loads(line)
        written = entry["tokens"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f'{path}: line {number} is not {{"dance": ..., "tokens": [...]}}') from None
    texts = written.split() if isinstance(written, str) else [str(each) for each in written]
    return danced([texts], dance or str(entry.get("dance", "")))


def _abc(tune: str, dance: str) -> list[Danced]:
    """None for a tune that our notation has no words for."""
    try:
        return danced([tokens(parse.read(tune))], dance)
    except ValueError:
        return []
