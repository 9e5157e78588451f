"""Bank of plans: the forms of the books' own tunes, by dance and meter, without a note of them.

A line a form: dance, meter, pick-up in eighths, parts ("8r" is eight bars with a repeat), then a word a bar: "." is
new, "4" says again the bar four before, "4:0f" only its first four eighths, "4+1" a scale step higher. `run.py train
forms` writes the file from the training books (`instrument.workshop.form.bank_source`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "plans.txt"
_WORD = re.compile(r"(\d+)(?::([0-9a-f]+))?([+-]\d)?")
_PART = re.compile(r"(\d+)(r?)")


@dataclass(frozen=True, slots=True)
class Again:
    """A bar that says another again. back: whole bars before; cells: eighth notes that agree, a bit each; step: scale
    steps above it."""

    back: int
    cells: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """One tune's form. pickup: eighths; parts: (bars, repeated) of each; bars: of each whole bar what it says again."""

    dance: str
    meter: str
    pickup: int
    parts: tuple[tuple[int, bool], ...]
    bars: tuple[Again | None, ...]

    def __str__(self) -> str:
        parts = "+".join(f"{bars}{'r' if repeated else ''}" for bars, repeated in self.parts)
        words = [_word(again) for again in self.bars]
        return " ".join((self.dance.replace(" ", "_"), self.meter, str(self.pickup), parts, *words))

    @staticmethod
    def parse(line: str) -> Form:
        """Raises ValueError for a line that is none."""
        dance, meter, pickup, parts, *words = line.split()
        found = tuple((int(m[1]), bool(m[2])) for m in map(_PART.fullmatch, parts.split("+")) if m)
        form = Form(dance.replace("_", " "), meter, int(pickup), found, tuple(map(_again, words)))
        if sum(bars for bars, _ in found) != len(form.bars):
            raise ValueError(f"a form of {len(form.bars)} bars in parts of {parts}")
        return form

    @property
    def even(self) -> bool:
        """Two parts of eight bars, each of them repeated."""
        return self.parts == ((8, True), (8, True))


def _word(again: Again | None) -> str:
    if again is None:
        return "."
    return f"{again.back}:{again.cells:x}" + (f"{again.step:+d}" if again.step else "")


def _again(word: str) -> Again | None:
    if word == ".":
        return None
    match = _WORD.fullmatch(word)
    if not match:
        raise ValueError(f'"{word}" says no bar again')
    return Again(int(match[1]), int(match[2] or "ffff", 16), int(match[3] or 0))


@functools.cache
def shipped() -> tuple[Form, ...]:
    """Every form of the books, as often as it stands there. Reads a file once; thread: any."""
    return tuple(read(FILE.read_text(encoding="utf-8").splitlines()))


def read(lines: Iterable[str]) -> Sequence[Form]:
    return [Form.parse(line) for line in lines if line.strip() and not line.startswith("#")]
