"""Split of the tune books, fixed once, by tune, in `split.txt`: learned from, or kept out.

The rule of `instrument.workshop.books.families` made the list. It is kept as a list because the rule's outcome moves
with every mend to the reader of ABC, and a loss can be set beside last year's only where the tunes are the same. A
line of it: a file, then sides, each with numbers of tunes ("oneills1850/0001-0050 train 2-8 valid 9").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from instrument.workshop.books.families import families, split

LISTED = Path(__file__).with_name("split.txt")
SIDES = ("train", "valid", "test")


def listed(path: Path = LISTED) -> dict[str, str]:
    """Name ("folder/file X:number") to side, of every tune in the list."""
    sides: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        file, *words = line.split()
        side = ""
        for word in words:
            if word in SIDES:
                side = word
            else:
                first, _, last = word.partition("-")
                sides |= {f"{file} X:{number}": side for number in range(int(first), int(last or first) + 1)}
    return sides


def side_of(names: Sequence[str], tunes: Sequence[Sequence[str]]) -> list[str]:
    """The side of each tune: "train", "valid", "test", or "" for one that is to be left out.

    A tune in the list has its side there. One that is not (a user's own, or one that a later reader can read) is
    trained on, unless it is of a family with a tune that is held out: then it would tell what is asked in the test,
    and is left out. Where no tune is listed, the rule for families splits them.
    """
    known = listed()
    sides = [known.get(_plain(name)) for name in names]
    if not any(sides):
        return split(tunes)
    asked = [i for i, side in enumerate(sides) if side != "train"]  # unlisted, or held out
    group = dict(zip(asked, families([tunes[i] for i in asked]), strict=True))
    kept_out = {group[i] for i in asked if sides[i]}
    return [side or ("" if group[i] in kept_out else "train") for i, side in enumerate(sides)]


def written(names: Iterable[str], sides: Iterable[str]) -> str:
    """The list as text, for a split made anew. Pure."""
    files: dict[str, dict[str, list[int]]] = {}
    for name, side in zip(names, sides, strict=True):
        file, _, number = name.rpartition(" X:")
        files.setdefault(file, {}).setdefault(side, []).append(int(number))
    lines = []
    for file, by_side in files.items():
        parts = [f"{side} {' '.join(_ranges(by_side[side]))}" for side in SIDES if side in by_side]
        lines.append(f"{file} {' '.join(parts)}\n")
    return "".join(lines)


def _plain(name: str) -> str:
    """Without the zeros that some files put before their numbers."""
    file, _, number = name.rpartition(" X:")
    return f"{file} X:{int(number)}" if number.isdigit() else name


def _ranges(numbers: list[int]) -> list[str]:
    """[1, 2, 3, 7] -> ["1-3", "7"]."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return [str(a) if a == b else f"{a}-{b}" for a, b in spans]
